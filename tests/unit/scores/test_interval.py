"""Student's t against SciPy, and both parts of an interval against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lis_sim.scores.interval import (
    Counts,
    Part,
    estimate,
    satterthwaite,
    users_part,
    with_interval,
)
from lis_sim.scores.student import student_quantile

COUNTS = Counts(users=50, windows=4, windows_undefined=1, positives=30, negatives=70)


@given(
    probability=st.floats(0.001, 0.999),
    df=st.one_of(st.floats(1.0, 30.0), st.floats(30.0, 5e6), st.sampled_from([999.9, 1000.0])),
)
def test_student_quantile_equals_scipy(probability: float, df: float) -> None:
    expected = float(stats.t.ppf(probability, df))
    assert student_quantile(probability, df) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_student_quantile_at_infinity_is_normal() -> None:
    assert student_quantile(0.975, math.inf) == pytest.approx(stats.norm.ppf(0.975), abs=1e-12)
    for wrong in ((0.0, 3.0), (1.0, 3.0), (0.5, 0.0), (0.5, math.nan)):
        with pytest.raises(ValueError, match="accepted are 0 < probability < 1"):
            student_quantile(*wrong)


def test_an_interval_adds_both_parts() -> None:
    result = with_interval(0.01, Part(4e-6, 49.0), Part(1e-6, 2.0), COUNTS, 3)
    df = 5e-6**2 / (4e-6**2 / 49 + 1e-6**2 / 2)
    assert result.degrees_of_freedom == pytest.approx(df)
    half = stats.t.ppf(0.975, df) * math.sqrt(5e-6)
    assert (result.low, result.high) == pytest.approx((0.01 - half, 0.01 + half))
    assert result.half_width == pytest.approx(half)
    assert (result.standard_error_users, result.standard_error_training) == pytest.approx(
        (0.002, 0.001)
    )


@given(st.lists(st.tuples(st.floats(1e-30, 1.0), st.floats(1.0, 1e6)), min_size=1, max_size=2))
def test_satterthwaite_lies_between_its_parts(parts: list[tuple[float, float]]) -> None:
    df = satterthwaite([Part(*part) for part in parts])
    assert df is not None
    smallest, total = min(p[1] for p in parts), sum(p[1] for p in parts)
    assert smallest * (1 - 1e-9) <= df <= total * (1 + 1e-9)


def test_one_replicate_keeps_the_users_part_only() -> None:
    influence = np.linspace(-0.01, 0.01, 50)
    result = estimate(np.array([0.2]), influence, COUNTS, 1)
    assert result.this_training_run_only
    assert result.standard_error_training is None
    assert result.standard_error == result.standard_error_users
    assert result.low is not None


def test_one_user_has_no_interval_but_a_value() -> None:
    result = estimate(np.array([0.2, 0.4]), np.zeros(1), Counts(1, 1, 0, 1, 1), 2)
    assert result.value == pytest.approx(0.3)
    assert (result.low, result.high, result.standard_error, result.half_width) == (None,) * 4


def test_few_heavy_users_leave_few_degrees_of_freedom() -> None:
    even = users_part(np.resize([0.01, -0.01], 100), 100)
    heavy = users_part(np.concatenate([[1.0, -1.0], np.resize([1e-3, -1e-3], 98)]), 100)
    assert even is not None
    assert heavy is not None
    assert even.degrees_of_freedom == 99
    assert heavy.degrees_of_freedom == pytest.approx(6.0, rel=1e-3)
    tiny = users_part(np.resize([1e-120, -1e-120], 10), 10)
    assert tiny is not None
    assert tiny.degrees_of_freedom == 9


@pytest.mark.parametrize(("training", "least"), [(0.0, 0.94), (0.06, 0.94), (0.3, 0.915)])
def test_intervals_cover_with_training_noise(training: float, least: float) -> None:
    """A value from 60 users (spread 1) and 3 training runs (spread given): 95 % means 95 %.

    Satterthwaite's form is exact at both ends and in the usual case, where training adds less
    than the users do; with three replicates it falls to 92 % where training adds several times
    more, because the users' degrees of freedom are then lent to a small estimate of its variance.
    """
    rng, covered, worlds = np.random.Generator(np.random.Philox(key=6)), 0, 2000
    for _ in range(worlds):
        users = rng.normal(size=60)
        replicates = users.mean() + training * rng.normal(size=3)
        influence = (users - users.mean()) / 60
        result = estimate(replicates, influence, Counts(60, 1, 0, 1, 1), 3)
        assert result.low is not None
        assert result.high is not None
        covered += result.low <= 0.0 <= result.high
    assert least <= covered / worlds <= 0.965
