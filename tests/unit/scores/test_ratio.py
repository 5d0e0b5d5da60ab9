"""Fieller's interval: its defining equation, its null rule and its coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lis_sim.scores import Covariance, Estimate, fieller
from lis_sim.scores.interval import Counts, Part, estimate, with_interval
from lis_sim.scores.student import student_quantile

COUNTS = Counts(users=200, windows=4, windows_undefined=0, positives=30, negatives=70)


def one(value: float, users: float, training: float) -> Estimate:
    return with_interval(value, Part(users**2, 199.0), Part(training**2, 2.0), COUNTS, 3)


@given(
    top=st.floats(-0.02, 0.02),
    bottom=st.floats(-0.02, 0.02),
    errors=st.tuples(*[st.floats(1e-4, 3e-3)] * 4),
    correlation=st.floats(-0.95, 0.95),
)
def test_the_ends_are_where_the_contrast_just_reaches_zero(
    top: float, bottom: float, errors: tuple[float, float, float, float], correlation: float
) -> None:
    numerator, denominator = one(top, *errors[:2]), one(bottom, *errors[2:])
    covariance = Covariance(
        correlation * errors[0] * errors[2], correlation * errors[1] * errors[3]
    )
    ratio = fieller(numerator, denominator, covariance)
    assume(ratio.value is not None)
    assert ratio.value == top / bottom
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low <= ratio.value <= ratio.high
    assert numerator.standard_error is not None
    assert denominator.standard_error is not None
    assert ratio.degrees_of_freedom is not None
    quantile = student_quantile(0.975, ratio.degrees_of_freedom)
    for end in (ratio.low, ratio.high):
        variance = (
            numerator.standard_error**2
            - 2 * end * covariance.total
            + end**2 * denominator.standard_error**2
        )
        assert abs(top - end * bottom) == pytest.approx(quantile * math.sqrt(variance), rel=1e-5)


def test_a_denominator_that_may_be_zero_gives_no_ratio() -> None:
    ratio = fieller(one(0.01, 1e-3, 1e-4), one(0.001, 1e-3, 1e-4), Covariance(0.0, 0.0))
    assert (ratio.value, ratio.low, ratio.high, ratio.standard_error) == (None,) * 4
    assert (ratio.users, ratio.windows, ratio.replicates) == (200, 4, 3)


def test_a_ratio_of_undefined_estimates_is_undefined() -> None:
    known = one(0.01, 1e-4, 1e-5)
    unknown = estimate(None, np.zeros(0), Counts(0, 0, 2, 0, 0), 3)
    assert fieller(known, unknown, Covariance(0.0, None)).value is None
    assert fieller(unknown, known, Covariance(0.0, None)).windows_undefined == 2


def test_an_estimate_over_itself_is_exactly_one() -> None:
    itself = one(0.01, 1e-3, 2e-4)
    assert itself.standard_error is not None
    ratio = fieller(itself, itself, Covariance(1e-3**2, 2e-4**2))
    assert ratio.value == 1.0
    assert (ratio.low, ratio.high) == pytest.approx((1.0, 1.0), abs=1e-7)
    assert ratio.standard_error == pytest.approx(0.0, abs=1e-9)


def test_the_interval_covers() -> None:
    rng, worlds = np.random.Generator(np.random.Philox(key=7)), 2000
    matrix = np.array([[1.0, 0.6], [0.6, 1.5]]) * 1e-6
    drawn = rng.multivariate_normal([0.004, 0.008], matrix, worlds)
    covered = 0
    for top, bottom in drawn:
        ratio = fieller(
            with_interval(top, Part(1e-6, 1e6), None, COUNTS, 1),
            with_interval(bottom, Part(1.5e-6, 1e6), None, COUNTS, 1),
            Covariance(0.6e-6, None),
        )
        assert ratio.low is not None
        assert ratio.high is not None
        covered += ratio.low <= 0.5 <= ratio.high
        assert ratio.standard_error_training is None
    assert 0.935 <= covered / worlds <= 0.965
