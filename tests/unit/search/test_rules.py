"""Which rule a search has, and what is said of one that stops nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lis_sim.search.rules import rule_cautions, rule_of
from lis_sim.search.searchers import grid, most_trials
from lis_sim.search.stopping import PlayAll
from tests.unit.search.simulated import CUT, tune_of

RANK = "preferences.co_click.settings.rank"


@pytest.mark.parametrize("kind", ["asha", "median", "halving"])
@pytest.mark.parametrize(("first", "stops"), [(8, True), (9, False), (500, False)])
def test_a_rule_that_stops_nobody_is_said(kind: str, first: int, stops: bool) -> None:
    """Nine windows are scored before the cut."""
    tune = tune_of(algorithm="random", stopping={"kind": kind, "first": first})
    said = rule_cautions(tune, CUT)
    assert len(said) == (not stops)
    rule = rule_of(tune, CUT, 2)
    values = {rule.report(trial, CUT.windows - CUT.warmup, -trial) for trial in (1, 2)}
    assert stops or values == {"go on"}
    for one in said:
        assert one.startswith(f"stopping {kind} stops no trial: it decides after {first} scored")
        assert "a trial scores 9; give search.stopping.first less" in one


def test_who_asks_for_no_rule_is_told_nothing() -> None:
    tune = tune_of(stopping={"kind": "none", "first": 500})
    assert rule_cautions(tune, CUT) == ()
    assert isinstance(rule_of(tune, replace(CUT, warmup=10), 2), PlayAll)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"algorithm": "random"}, 7),
        ({"algorithm": "optuna"}, 7),
        ({"algorithm": "random", "space": {RANK: {"choice": [2, 4, None]}}}, 2),
        ({"algorithm": "optuna", "space": {RANK: {"choice": [2, 4, None]}}}, 2),
        ({"algorithm": "optuna", "space": {RANK: {"choice": [2, 4, None]}}, "trials": 2}, 2),
        ({"algorithm": "optuna", "space": {RANK: {"choice": [2, 4, None]}}, "trials": 1}, 1),
        ({"algorithm": "grid", "trials": None, "space": {RANK: {"choice": [2, None]}}}, 1),
    ],
)
def test_no_more_trials_are_promised_than_there_are(search: dict[str, Any], expected: int) -> None:
    tune = tune_of(**search)
    assert most_trials(tune) == expected
    assert tune.search.algorithm != "grid" or len(grid(tune)) == expected
