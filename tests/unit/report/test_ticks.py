"""Ticks of values and of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.ticks import tick_digits, time_ticks, value_ticks

DAY_US = 86_400_000_000


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3))
def test_values_are_round_few_and_within(low: float, span: float) -> None:
    ticks = value_ticks(low, low + span)
    assert 1 <= len(ticks) <= 8
    assert all(low - 1e-6 * span <= tick <= low + span * 1.000001 for tick in ticks)
    assert ticks == sorted(set(ticks))
    shown = [f"{tick:.{tick_digits(ticks)}f}" for tick in ticks]
    assert len(set(shown)) == len(shown)


@given(st.integers(0, 4_000_000_000_000_000), st.integers(0, 3_000_000_000_000_000))
def test_times_are_few_increasing_and_within(start_us: int, span: int) -> None:
    ticks = time_ticks(start_us, start_us + span)
    times = [tick.time_us for tick in ticks]
    assert 1 <= len(ticks) <= 8
    assert times == sorted(set(times))
    assert all(start_us <= time <= start_us + span for time in times)
    assert ticks[0].date


@pytest.mark.parametrize(
    ("span_us", "first"),
    [
        (30_000_000, ("00:00:00", "2023-01-01")),
        (3_600_000_000, ("00:00", "2023-01-01")),
        (5 * DAY_US, ("Jan 1", "2023")),
        (300 * DAY_US, ("Jan 1", "2023")),
        (9_000 * DAY_US, ("Jan 1", "2025")),
    ],
)
def test_what_is_written_fits_the_span(span_us: int, first: tuple[str, str]) -> None:
    start_us = 19_358 * DAY_US  # 2023-01-01
    tick = time_ticks(start_us, start_us + span_us)[0]
    assert (tick.text, tick.date) == first
