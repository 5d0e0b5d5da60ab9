"""The benchmarks of searching: their figures say what was shown, and of what a search does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.search_baseline import figures_of
from benchmarks.search_noise import CANDIDATES, LUCKY_WINDOWS, luck_of, lucky_search
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.search.candidate import cut_of, later_config, search_config


def summary(verdict: str, low: float) -> dict[str, Any]:
    later = {"later": {"auc:clean": {"value": 0.7}}}
    gain = {"search": 0.003, "value": low + 0.001, "low": low, "high": low + 0.002}
    best = {"verdict": verdict, "because": "so", "settings": {}}
    return {"best": [later | best | {"over_baseline": {"auc:clean": gain}}], "baseline": later}


@pytest.mark.parametrize(
    ("verdict", "low", "met"),
    [
        ("better", 0.0008, True),
        ("as good", -0.0004, True),
        ("no better", -0.01, False),
        ("inconclusive", 0.0008, False),
        ("worse", -0.005, False),
        ("baseline", 0.0, None),  # nothing was played against it, so nothing is shown
    ],
)
def test_a_fair_baseline_must_be_shown(verdict: str, low: float, met: bool | None) -> None:
    gain, shown = figures_of(summary(verdict, low))
    assert shown.met is met
    assert shown.detail == "so"
    assert gain.low == (None if met is None else low)


def test_the_luckiest_training_grows_and_what_is_reported_need_not() -> None:
    search = [(0.001 * n, 0.001 * n) for n in range(CANDIDATES)]
    with_the_same_luck = {"search": search, "later": search}
    with_its_own = {"search": search, "later": [(0.6, 0.6)] * CANDIDATES}
    for worlds, met in (([with_its_own] * 2, True), ([with_the_same_luck] * 2, False)):
        grown, reported = luck_of(worlds)
        assert grown.value == pytest.approx(0.0155)
        assert (reported.name, reported.met) == ("optimism_noise_training", met)


def test_the_candidates_are_as_many_as_are_drawn_from_and_trained_as_a_search_does(
    tmp_path: Path,
) -> None:
    dataset = write_synthetic(SyntheticSpec(events=3_000, users=60, items=30), tmp_path / "world")
    tune = lucky_search(dataset, 3)
    cut = cut_of(tune, dataset)
    assert (cut.windows, cut.warmup, cut.total) == (LUCKY_WINDOWS // 2, 1, LUCKY_WINDOWS)
    settings = tune.space.grid()
    assert len(settings) == CANDIDATES
    trial = search_config(tune, settings[0], cut.windows, cut.warmup)
    later = later_config(tune, settings[0], cut.windows)
    assert later.seed == 3 != trial.seed
