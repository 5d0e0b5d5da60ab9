"""Figures: intervals against scipy, targets, undefined values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lis_sim.experiments.figure import Figure, mean, proportion


@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_proportion_is_wilsons(case: tuple[int, int]) -> None:
    hits, of = case
    found = proportion("share", hits, of)
    oracle = stats.binomtest(hits, of).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=1e-6)


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=50).filter(lambda v: max(v) > min(v))
)
def test_mean_is_students(values: list[float]) -> None:
    found = mean("mean", values)
    oracle = stats.ttest_1samp(values, 0.0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=1e-6)


@pytest.mark.parametrize(
    ("value", "target", "met"),
    [
        (0.9, ">= 0.9", True),
        (0.89, ">= 0.9", False),
        (-0.001, ">= -0.001", True),
        (0.06, "<= 0.05", False),
        (0.93, "0.93 to 0.97", True),
        (0.98, "0.93 to 0.97", False),
        (0.5, "", None),
        (None, ">= 0.9", None),
    ],
)
def test_targets(value: float | None, target: str, met: bool | None) -> None:
    figure = Figure("name", value, target=target)
    assert figure.met is met
    assert figure.record()["met"] is met


def test_nothing_gives_an_undefined_figure() -> None:
    assert proportion("share", 0, 0, ">= 0.5").value is None
    assert mean("mean", []).record() == {
        "name": "mean",
        "value": None,
        "low": None,
        "high": None,
        "target": "",
        "detail": "no cases",
        "met": None,
    }
    assert (mean("mean", [2.0]).value, mean("mean", [2.0]).low) == (2.0, None)


def test_shares_end_at_0_and_1_and_undefined_cases_are_told() -> None:
    assert (proportion("none", 0, 94).low, proportion("all", 94, 94).high) == (0.0, 1.0)
    assert mean("undefined", [0.5, float("nan")]).value is None
