"""The gain over the baseline is read out of the comparison of the two later runs."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.search.later_gain import over_baseline, paired_difference, reading_notes
from lis_sim.search.objective import Objective
from lis_sim.search.objectives import parse_objectives
from lis_sim.search.settings import parse_tune

RAW = {
    "name": "a",
    "data": {"synthetic": {}},
    "preferences": [{"name": "p"}, {"name": "q"}],
    "representations": ["title"],
}
BASE = parse_tune(RAW, {"space": {"tower_dim": {"integer": [2, 8]}}, "objective": "auc:clean"}).base


def objective(asked: object) -> Objective:
    (found,) = parse_objectives(asked, BASE)
    return found


def difference(value: float) -> dict[str, Any]:
    ends = {"low": value - 0.001, "high": value + 0.001, "this_training_run_only": False}
    return {"difference": {"value": value, **ends}}


def of(preference: str | None, representation: str | None) -> dict[str, Any]:
    return {"second": {"preference": preference, "representation": representation}}


def comparison(horizons: tuple[str, str] | None = None) -> dict[str, Any]:
    settings = [] if horizons is None else [{"setting": "horizon", "first": "0", "second": "12h"}]
    clean = {"first": {"arm": "clean"}, "second": {"arm": "clean"}}
    return {
        "settings": settings,
        "slices": ["all", "cold"],
        "replicates": 3,
        "not_compared": {"of_first": [], "of_second": [], "other_windows": []},
        "arms": [
            clean | {"slice": "all"} | difference(0.01),
            clean | {"slice": "cold"} | difference(0.02),
        ],
        "scores": [
            {"score": "lis_crossfit", "slice": "all"} | of("p", None) | difference(0.03),
            {"score": "lis_crossfit", "slice": "all"} | of("q", None) | difference(0.04),
            {"score": "placebo", "slice": "all"} | of("p", None) | difference(0.05),
            {"score": "placebo", "slice": "all"} | of(None, "title") | difference(0.06),
        ],
    }


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("auc:clean", 0.01),
        ({"score": "auc", "arm": "clean", "slice": "cold"}, 0.02),
        ("lis_crossfit:p", 0.03),
        ("lis_crossfit:q", 0.04),
        ({"score": "placebo", "representation": "title"}, 0.06),
        ("gauc:clean", None),  # no part of it is known by user: nothing to pair
        ("log_loss:clean", None),
        ("lis:p", None),  # its arm was not run
    ],
)
def test_the_right_difference_is_found(asked: object, value: float | None) -> None:
    found = paired_difference(objective(asked), comparison())
    assert value == (None if found is None else found["value"])


def test_a_gain_as_the_search_saw_it_and_as_it_came_out() -> None:
    then, now = ({"value": 0.09}, {"value": 0.02}), ({"value": 0.05}, {"value": 0.02})
    gain = over_baseline(objective("lis_crossfit:p"), comparison(), then, now, 0.001)
    assert gain["search"] == pytest.approx(0.07)
    assert (gain["value"], gain["high"]) == (0.03, 0.031)
    assert gain["optimism"] == pytest.approx(0.04)
    assert gain["verdict"] == "better"


def test_what_is_not_paired_has_no_interval_and_no_verdict() -> None:
    then, now = ({"value": 0.5}, {"value": 0.6}), ({"value": 0.55}, {"value": 0.6})
    gain = over_baseline(objective("log_loss:clean"), comparison(), then, now, 0.001)
    assert gain["value"] == pytest.approx(-0.05)
    assert (gain["low"], gain["high"], gain["verdict"]) == (None, None, "inconclusive")
    assert gain["optimism"] == pytest.approx(0.05)  # the loss fell by less than the search said


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [("lis_crossfit:p", "inconclusive"), ("auc:leaked_crossfit:p", "inconclusive"),
     ("auc:clean", "better")],
)  # fmt: skip
def test_another_horizon_is_not_judged_as_compare_does_not(asked: str, verdict: str) -> None:
    same, other = (comparison(horizons) for horizons in (None, ("0", "all")))
    leaked = {"arm": "leaked_crossfit:p"}
    for one in (same, other):
        one["arms"].append({"first": leaked, "second": leaked, "slice": "all"} | difference(0.02))
    then, now = ({"value": 0.09}, {"value": 0.02}), ({"value": 0.05}, {"value": 0.02})
    assert over_baseline(objective(asked), same, then, now, 0.001)["verdict"] == "better"
    gain = over_baseline(objective(asked), other, then, now, 0.001)
    assert gain["verdict"] == verdict
    told = ", but the runs have another horizon, and so their scores are of another kind"
    assert gain["because"].endswith(told) == (verdict == "inconclusive")
    assert gain["low"] is not None  # the number is told all the same


def test_scores_of_another_kind_are_told_of() -> None:
    (horizon, clean) = reading_notes([objective("lis_crossfit:p")], comparison(("0", "12h")))
    assert "horizon is 12h, not 0" in horizon
    assert "clean arms differ" in clean
    assert reading_notes([objective("auc:clean")], comparison(("0", "12h"))) == []
