"""The reference: an inverse-variance mean, and how far windows usually lie from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.drift.reference import Point, Reference, weighted_mean
from tests.unit.drift.streams import noise, points

numbers = st.floats(-1.0, 1.0)
errors = st.floats(1e-3, 1.0)


@given(st.lists(st.tuples(numbers, errors), min_size=4, max_size=12))
def test_it_is_the_weighted_mean_and_never_surer_than_it(pairs: list[tuple[float, float]]) -> None:
    own = [Point(k, 0, value, error) for k, (value, error) in enumerate(pairs)]
    reference = Reference.of(own)
    weight = np.array([error**-2 for _, error in pairs])
    values = np.array([value for value, _ in pairs])
    assert reference.value == pytest.approx(np.average(values, weights=weight), abs=1e-9)
    assert reference.standard_error >= math.sqrt(1 / weight.sum()) * (1 - 1e-9)
    mean, error = weighted_mean(own)
    assert mean == reference.value
    assert error == pytest.approx(math.sqrt(1 / weight.sum()))


@given(st.floats(-5.0, 5.0), st.floats(0.01, 100.0))
def test_z_does_not_depend_on_units(offset: float, scale: float) -> None:
    values = 0.03 + noise(1, 9)
    raw = points(values)
    other = points(offset + scale * values, 0.01 * scale)
    z = Reference.of(raw[:8]).standardised(raw[8])
    assert Reference.of(other[:8]).standardised(other[8]) == pytest.approx(z, rel=1e-5)


def test_windows_that_spread_by_chance_leave_the_mean_its_own_error() -> None:
    reference = Reference.of(points(0.03 + noise(0, 8)))
    assert reference.standard_error == pytest.approx(0.01 / math.sqrt(8))


def test_windows_that_always_spread_more_are_no_surprise() -> None:
    """A label rate with a cycle ten times its errors: the next turn of it is nothing odd."""
    cycle = 0.1 * np.sin(2 * np.pi * np.arange(16) / 8)
    own = points(0.5 + cycle + noise(0, 16))
    reference = Reference.of(own[:8])
    assert reference.standard_error == pytest.approx(np.std(cycle[:8], ddof=1), rel=0.1)
    z = [reference.standardised(point) for point in own[8:]]
    assert max(abs(one) for one in z if one is not None) < 2


def test_a_window_whose_error_is_a_rounding_error_is_not_all_that_counts() -> None:
    """As of a handful of events that an arm ranks right, up to the last bit of a sum."""
    errors = [0.1, 1e-17, 0.1, 0.1]
    own = [Point(k, 0, value, errors[k]) for k, value in enumerate([0.5, 1.0, 0.6, 0.7])]
    reference = Reference.of(own)
    assert reference.value == pytest.approx(1.0)
    assert reference.standard_error == pytest.approx(np.std([0.5, 1.0, 0.6, 0.7]))


def test_an_undefined_window_has_no_z() -> None:
    reference = Reference.of(points([0.1, 0.2, 0.1, 0.2]))
    assert reference.standardised(Point(5, 0, None, None)) is None
    assert reference.standardised(Point(5, 0, 0.1, None)) is None


def test_windows_without_any_error_have_a_plain_mean() -> None:
    assert weighted_mean(points([1.0, 3.0, 5.0], np.array([0.1, 0.0, 0.2]))) == (3.0, 0.0)
