"""The tune configs that are shipped, and the benchmarks of searching on made-up results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.search_family import (
    BEST,
    CUT,
    WINDOWS,
    construction_of,
    constructions,
    family_search,
    world,
)
from benchmarks.search_found import HALVED, SHIPPED
from benchmarks.search_found import figures_of as figures_of_searches
from benchmarks.search_noise import figures_of as figures_of_noise
from benchmarks.search_playing import Searched
from lis_sim.data.synthetic import write_synthetic
from lis_sim.search.candidate import Cut, cut_of, search_config
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.settings import TuneConfig, load_tune
from lis_sim.search.space import Settings

CONFIGS = Path(__file__).parents[3] / "configs"
ON_KUAIRAND = "data={source: somewhere, preset: kuairand}"
COLLECTED = "preferences=[{name: co_click, settings: {behaviour: long_view}}]"
BEHAVIOUR = "search.space.preferences.co_click.settings.behaviour={choice: [label, long_view]}"


@pytest.mark.parametrize("name", ["tune-baseline", "tune-preference"])
@pytest.mark.parametrize("overrides", [(), (ON_KUAIRAND,)])
def test_shipped_searches_are_whole(name: str, overrides: tuple[str, ...]) -> None:
    tune = load_tune(CONFIGS / f"{name}.yaml", overrides)
    assert not tune.cautions
    assert (tune.search.algorithm, tune.search.stopping.kind) == ("optuna", "asha")


def test_the_behaviours_of_another_log_take_the_place_of_the_worlds() -> None:
    tune = load_tune(CONFIGS / "tune-preference.yaml", [ON_KUAIRAND, COLLECTED, BEHAVIOUR])
    assert tune.base.preferences[0].settings == {"behaviour": "long_view"}
    behaviours = next(one for one in tune.space.dimensions if one.path.endswith("behaviour"))
    assert behaviours.choices == ("label", "long_view")


def test_the_baseline_is_searched_for_without_preference_data() -> None:
    tune = load_tune(CONFIGS / "tune-baseline.yaml")
    assert search_config(tune, {}, 10, 2).arms == ("clean",)


def test_the_family_has_one_best_that_a_grid_meets(tmp_path: Path) -> None:
    tune = _family(tmp_path)
    met = [construction_of(settings) for settings in tune.space.grid()]
    assert len(constructions()) == 32
    assert sorted(map(str, met)) == sorted(map(str, constructions()))
    assert tune.trials == 31  # beside the config as written, which is one of them
    cut = cut_of(tune)
    assert (cut.windows, cut.warmup, cut.total) == (CUT, 1, WINDOWS)


@pytest.mark.parametrize("search", [SHIPPED, HALVED])
def test_the_searches_of_the_benchmark_can_be_made(search: Settings, tmp_path: Path) -> None:
    assert _family(tmp_path, search).trials < 32


def test_found_and_events_are_counted_over_searches(tmp_path: Path) -> None:
    tune = _family(tmp_path)
    best = next(one for one in tune.space.grid() if construction_of(one) == BEST)
    found, share = figures_of_searches([_searched(best, 640), _searched({}, 320)], "")
    assert (found.value, found.met) == (0.5, False)
    assert share.value == pytest.approx((640 + 320) / 2 / (32 * 100))
    assert share.met


def test_the_best_of_noise_grows_and_what_is_reported_need_not() -> None:
    """The bound chooses; the value is what grows, and after the cut it is anybody's."""
    search = [(float(n), 0.001 * n) for n in range(32)]
    one = {"search": search, "later": [(0.0, 0.0002)] * 32}
    grown, reported = figures_of_noise([one, one])
    assert grown.value == pytest.approx(0.031 - 0.0155)
    assert reported.value == pytest.approx(0.0)
    assert reported.met


def _family(folder: Path, search: Settings | None = None) -> TuneConfig:
    small = replace(world(0), events=3_000, users=60, items=30)
    dataset = write_synthetic(small, folder / "world")
    return family_search(dataset, 0, search or {"algorithm": "grid", "stopping": "halving"})


def _searched(settings: Settings, events: int) -> Searched:
    record = TrialRecord(1, settings, "finished", 16, events)
    return Searched(Cut(16, 1, 32, 0, 100, 200), [record], record)
