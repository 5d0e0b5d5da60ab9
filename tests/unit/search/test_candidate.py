"""What a search runs: where its part of the log ends, and what is left out of a trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError
from lis_sim.search.candidate import Cut, cut_of, digits, later_config, search_config
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.training.plan import make_plan
from lis_sim.types import RepresentationTable
from tests.unit.training import worlds

RANK = "preferences.co_click.settings.rank"
SPEC = SyntheticSpec(events=1200, users=40, items=30, seed=3)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_synthetic(SPEC, tmp_path_factory.mktemp("candidate") / "log")


def stream(windows: int = 8, **changes: Any) -> dict[str, Any]:
    return {"window": {"count": windows}, "step_events": 100, **changes}


def tune_of(log: Dataset, search: dict[str, Any] | None = None, **changes: Any) -> TuneConfig:
    raw = worlds.settings(log, **({"stream": stream()} | changes))
    return parse_tune(raw, {"space": {RANK: {"integer": [2, 4]}}} | (search or {}))


def test_the_cut_is_a_window_of_the_whole_log(log: Dataset) -> None:
    tune = tune_of(log)
    windows = make_plan(tune.base, log).windows
    cut = cut_of(tune)
    assert (cut.windows, cut.warmup, cut.total) == (4, 1, 8)
    assert (cut.end_us, cut.events) == (windows[3].end_us, windows[3].end_row)
    assert cut.events_total == log.rows
    assert cut == cut_of(tune, log) == Cut(**cut.record())


@pytest.mark.parametrize(
    ("until", "given", "expected"),
    [
        (0.75, {}, (6, 2, 8)),
        (0.5, {"warmup": 0.0}, (4, 0, 8)),
        (0.5, {"warmup": 0.5}, (4, 2, 8)),
        (0.5, {"warmup_windows": 3}, (4, 3, 8)),
        (0.5, {"first_windows": 6}, (3, 1, 6)),  # as if the log ended there
    ],
)
def test_the_warmup_is_the_configs_own_rule_for_the_shorter_log(
    log: Dataset, until: float, given: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    tune = tune_of(log, {"until": until}, stream=stream(**given))
    cut = cut_of(tune, log)
    assert (cut.windows, cut.warmup, cut.total) == expected
    trial = make_plan(search_config(tune, {}, cut.windows, cut.warmup), log)
    assert (len(trial.windows), trial.family.warmup) == expected[:2]
    assert trial.log.rows == cut.events
    later = make_plan(later_config(tune, {}, cut.windows), log)
    assert (len(later.windows), later.family.warmup) == (cut.total, cut.windows)


@pytest.mark.parametrize(
    ("until", "given", "message"),
    [
        (0.01, {}, r"search\.until 0\.01 of 8 windows is none: the search would have nothing"),
        (0.99, {}, r"search\.until 0\.99 of 8 windows is all of them: nothing would be left"),
        (
            0.5,
            {"warmup_windows": 4},
            r"lets the search see the first 4 of 8 windows, and there: stream\.warmup_windows 4 of",
        ),
        (0.1, {}, r"the first 1 of 8 windows, and there: stream\.warmup 0\.25 of 1 windows leaves"),
    ],
)
def test_a_cut_that_leaves_nothing_to_score(
    log: Dataset, until: float, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        cut_of(tune_of(log, {"until": until}, stream=stream(**given)), log)


def test_a_trial_has_what_its_objectives_need(log: Dataset) -> None:
    two = [{"name": "co_click"}, {"name": "other", "kind": "sparse_id"}]
    search = {"objective": ["lis_crossfit:co_click", "auc:clean"], "replicates": 1}
    tune = tune_of(log, search, preferences=two, training={"workers": 2, "engine": "ray"})
    trial = search_config(tune, {RANK: 3}, 4, 1)
    assert trial.arms == ("clean", "leaked_crossfit:co_click")
    assert [(one.name, dict(one.settings)) for one in trial.preferences] == [
        ("co_click", {"rank": 3})
    ]
    assert trial.replicates == 1
    assert (trial.drift.enabled, trial.monitoring.enabled) == (False, False)
    assert (trial.training.engine, trial.training.workers) == ("local", 2)
    assert search_config(tune, {}, 4, 1, "ray").training.engine == "ray"


def test_what_is_reported_has_not_the_luck_that_trials_had(log: Dataset) -> None:
    """Chosen for the luck of its training too, a winner must not have it again."""
    tune = tune_of(log)
    trials = [search_config(tune, settings, 4, 1) for settings in ({}, {RANK: 3})]
    assert trials[0].seed == trials[1].seed  # a difference of two trials is not one of luck
    seeds = {make_plan(one, log).seeds for one in trials}
    seeds |= {make_plan(later_config(tune, {}, 4), log).seeds}
    each = [seed for one in seeds for seed in one]
    assert len(seeds) == 2
    assert len(set(each)) == len(each)


def test_what_is_reported_is_an_ordinary_run_of_the_config(log: Dataset) -> None:
    tune = tune_of(log, drift={"psi": 0.3})
    later = later_config(tune, {RANK: 3}, 4)
    given = tune.base.model_dump()
    given["stream"]["warmup_windows"] = 4
    given["preferences"][0]["settings"] = {"rank": 3, "extra": 3}
    assert later.model_dump() == given
    assert later.arm_list == tune.base.arm_list


def test_values_that_this_log_cannot_fulfil_are_one_error(log: Dataset) -> None:
    behaviour = "preferences.co_click.settings.behaviour"
    for space, message in (
        ({behaviour: {"choice": [None, "dwel >= 3"]}}, r"behaviour cannot be 'dwel >= 3': .*dwell"),
        ({RANK: {"integer": [2, 16]}}, rf"{RANK} cannot be 16: .*tower_dim"),
        ({"content": {"choice": [None, "nothing"]}}, r"content cannot be 'nothing': .*no represen"),
    ):
        with pytest.raises(ConfigError, match=message):
            cut_of(tune_of(log, {"space": space}), log)


def table(log: Dataset, trained_until_us: int) -> None:
    vectors = np.ones((log.schema.items, 2), np.float32)
    items = np.arange(log.schema.items, dtype=np.int32)
    folder = log.path / "representations"
    folder.mkdir(exist_ok=True)
    write_table(
        folder / "late.parquet", RepresentationTable("late", items, vectors, trained_until_us)
    )


def test_a_table_trained_after_the_cut_matters_only_where_it_is_looked_at(
    tmp_path: Path,
) -> None:
    log = write_synthetic(SPEC, tmp_path / "log")
    windows = make_plan(tune_of(log).base, log).windows
    table(log, windows[5].start_us)
    late: Any = {"representations": ["late"]}
    assert search_config(tune_of(log, **late), {}, 4, 1).representations == ()
    assert cut_of(tune_of(log, **late), log).windows == 4
    space = {"policy.settings.dim": {"integer": [2, 4]}}
    with pytest.raises(ConfigError, match=r"first 4 of 8 windows, and there: representation 'l"):
        cut_of(tune_of(log, {"objective": "ais", "space": space}, **late), log)


def test_digits_are_of_the_settings_and_not_of_their_order() -> None:
    assert digits({"a": 1, "b": [True]}) == digits({"b": [True], "a": 1})
    others: list[dict[str, Any]] = [{}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": None}]
    assert len({digits(one) for one in others}) == len(others)
    assert all(len(digits(one)) == 8 for one in others)
