"""The confidence sequence: its boundary, what it needs, and how often it errs while one looks."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.scores import Accumulator
from lis_sim.scores.anytime import anytime_half_width, robbins_multiplier
from lis_sim.scores.spread import SIGNED_SUMS, window_signs, windows_variance
from lis_sim.types import Float64

Stream = Callable[..., list[Any]]
ARMS = ["clean", "leaked:s", "placebo:s"]
LIS = {"leaked:s": 1.0, "clean": -1.0}
SIZES = st.floats(1e-5, 0.1)


def fill(windows: list[Any], replicates: int) -> Accumulator:
    accumulator = Accumulator(ARMS, replicates)
    for index, window in enumerate(windows):
        accumulator.add(index, window.cells())
    return accumulator


@given(SIZES)
def test_the_multiplier_is_that_of_the_closest_mixture(error: float) -> None:
    """One normal mixture, from the formula of its martingale, at the error of each share."""
    found = robbins_multiplier(error**2, 0.001)
    for width, share in ((0.002, 0.90), (0.008, 0.07), (0.032, 0.03)):
        ratio = width**2 / error**2
        statistic = found * found * ratio / (1 + ratio) / 2 - math.log1p(ratio) / 2
        assert statistic <= -math.log(0.05 * share) + 1e-9
    assert found > 3.0


def test_the_boundary_is_that_of_another_implementation() -> None:
    ville = importlib.import_module("ville")  # untyped
    values = np.random.Generator(np.random.Philox(key=4)).normal(size=400)
    test = ville.MSPRT(sigma=1.0, tau=0.5, alpha=0.05 * 0.90)
    log_evidence = np.atleast_1d(test._process(values))
    totals, counts = np.cumsum(values), np.arange(1, 401)
    # At the standard error 1 / sqrt(n) and with tau = 2 minimum effects the first mixture applies.
    for n in (30, 100, 400):
        multiplier = robbins_multiplier(1 / n, 0.25)
        bound = multiplier * multiplier * n  # of the squared total
        tau2, total2 = 0.25, totals[n - 1] ** 2
        level = log_evidence[n - 1] + tau2 * (bound - total2) / (2 * (1 + counts[n - 1] * tau2))
        assert level == pytest.approx(-math.log(0.05 * 0.90))


@given(SIZES, SIZES, SIZES, st.integers(2, 12))
def test_it_is_wider_than_robbins_and_grows_with_every_part(
    users: float, between: float, windows: float, replicates: int
) -> None:
    def half(of_users: float = 1.0, of_between: float = 1.0, of_windows: float = 1.0) -> float:
        parts = (of_users * users**2, of_between * between**2, of_windows * windows**2)
        return anytime_half_width(*parts, replicates, 0.001)

    variance = users**2 + max(between, windows) ** 2
    assert half() >= robbins_multiplier(variance, 0.001) * math.sqrt(variance) * (1 - 1e-12)
    for larger in (half(of_users=1.5), half(of_between=1.5), half(of_windows=1.5)):
        assert larger >= half() * (1 - 1e-12)
    more = anytime_half_width(users**2, between**2, windows**2, replicates + 1, 0.001)
    assert more <= half()


def test_signed_sums_give_the_sum_of_the_windows_variances() -> None:
    draw = np.random.Generator(np.random.Philox(key=1))
    deviations = draw.normal(size=(SIGNED_SUMS, 3))
    signs = np.array([window_signs(k) for k in range(SIGNED_SUMS)])
    signed = np.einsum("kr,ks->rs", deviations, signs)
    expected = deviations.var(axis=1, ddof=1).sum() / 3
    assert windows_variance(signed) == pytest.approx(expected)


def test_the_sequence_of_an_accumulator_follows_its_definition(stream: Stream) -> None:
    windows = stream(ARMS, replicates=3, windows=5)
    accumulator = fill(windows, 3)
    cells = [window.cells() for window in windows]
    lis = np.array(
        [
            [c["leaked:s", r].slices["all"].auc - c["clean", r].slices["all"].auc for r in range(3)]
            for c in cells
        ]
    )
    inside = lis.var(axis=1, ddof=1).sum() / 5**2 / 3
    found = accumulator.estimate(LIS)
    assert found.value is not None
    assert found.standard_error_users is not None
    assert found.standard_error_items is not None
    assert found.standard_error_training is not None
    half = anytime_half_width(
        found.standard_error_users**2 + found.standard_error_items**2,
        found.standard_error_training**2,
        inside,
        3,
        0.001,
    )
    assert accumulator.anytime(LIS, 0.001) == pytest.approx(
        (found.value - half, found.value + half)
    )


def test_what_has_no_interval_has_no_sequence(stream: Stream) -> None:
    assert fill(stream(ARMS, replicates=1), 1).anytime(LIS, 0.001) is None
    assert Accumulator(ARMS, 3).anytime(LIS, 0.001) is None
    windows = stream(ARMS, replicates=2)
    for window in windows:
        window.user[:] = 0
    assert fill(windows, 2).anytime(LIS, 0.001) is None


def test_equal_arms_have_a_sequence_of_width_zero(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2)
    for window in windows:
        for r in range(2):
            window.logits["leaked:s", r] = window.logits["clean", r]
    assert fill(windows, 2).anytime(LIS, 0.001) == (0.0, 0.0)


def peeked(draw: np.random.Generator, effect: float, training: float, kept: float) -> Float64:
    """Return in how many of 32 looks each of 200 streams of three replicates leaves 0.

    The standard error at window 16 is 0.001; ``training`` is the share of its square that
    replicates make, ``kept`` the share of that which they keep through the run.
    """
    streams, windows, replicates = 200, 32, 3
    count = np.arange(1, windows + 1)
    users_variance = (1 - training) * 1e-6 * 16 / count
    users = np.cumsum(draw.normal(size=(streams, windows)), axis=1) / count
    users *= math.sqrt((1 - training) * 1e-6 * 16)
    unit = math.sqrt(training * 1e-6 * replicates)
    own = draw.normal(size=(streams, replicates, 1)) * unit * math.sqrt(kept)
    each = own + draw.normal(size=(streams, replicates, windows)) * unit * math.sqrt(
        16 * (1 - kept)
    )
    runs = np.cumsum(each, axis=2) / count
    value = effect + users + runs.mean(axis=1)
    between = runs.var(axis=1, ddof=1) / replicates
    inside = np.cumsum(each.var(axis=1, ddof=1), axis=1) / count**2 / replicates
    left = np.zeros(streams)
    for stream in range(streams):
        for k in range(4, windows):
            half = anytime_half_width(
                users_variance[k], between[stream, k], inside[stream, k], replicates, 0.001
            )
            left[stream] += abs(value[stream, k]) > half
    return left


@pytest.mark.parametrize(("training", "kept"), [(0.05, 0.5), (0.6, 0.0), (0.6, 1.0)])
def test_looking_at_every_window_rarely_finds_what_is_not_there(
    training: float, kept: float
) -> None:
    draw = np.random.Generator(np.random.Philox(key=7))
    assert (peeked(draw, 0.0, training, kept) > 0).mean() <= 0.05


def test_an_effect_of_three_minimum_effects_is_found() -> None:
    draw = np.random.Generator(np.random.Philox(key=8))
    assert (peeked(draw, 0.003, 0.05, 0.5) > 0).mean() >= 0.8
