"""Where an axis has its ticks, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3_600, 86_400
_STEPS = (
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 4, 7, 14)),
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimeTick(NamedTuple):
    """A place on the axis of time; ``date`` is written below where it says something new."""

    time_us: int
    text: str
    date: str


def value_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round values within ``[low, high]``, about ``most`` of them.

    >>> value_ticks(-0.011, 0.083)
    [0.0, 0.02, 0.04, 0.06, 0.08]
    """
    rough = (high - low) / most
    if not rough > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(n * step, digits) for n in range(first, last + 1)]


def tick_digits(ticks: list[float]) -> int:
    """Return how many decimals tell ``ticks`` apart.

    >>> tick_digits([0.0, 0.02]), tick_digits([0.0, 5.0]), tick_digits([0.5])
    (2, 0, 2)
    """
    if len(ticks) < 2:
        return 2
    return max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))


def time_ticks(start_us: int, end_us: int, most: int = 6) -> list[TimeTick]:
    """Return round times (UTC) within ``[start_us, end_us]``, at most ``most`` and one more.

    >>> hour = 3_600_000_000
    >>> [f"{tick.text}|{tick.date}" for tick in time_ticks(20 * hour, 31 * hour, most=4)]
    ['21:00|1970-01-01', '00:00|1970-01-02', '03:00|', '06:00|']
    """
    span = (end_us - start_us) / 1e6
    step = next((step for step in _STEPS if span <= step * most), None)
    if step is None:
        return list(_dated(_months(start_us, end_us, most), ""))
    micros = step * 1_000_000
    first = -(-start_us // micros) * micros
    times = range(first, end_us + 1, micros) or [start_us]
    form = "%H:%M:%S" if step < _MINUTE else "%H:%M" if step < _DAY else ""
    return list(_dated(list(times), form))


def _dated(times: list[int], form: str) -> Iterator[TimeTick]:
    shown = None
    for time_us in times:
        moment = _EPOCH + timedelta(microseconds=time_us)
        # Whole days: the day above and the year below; within days: the time above the day.
        text, date = (
            (moment.strftime(form), f"{moment:%Y-%m-%d}")
            if form
            else (f"{moment:%b} {moment.day}", str(moment.year))
        )
        yield TimeTick(time_us, text, "" if date == shown else date)
        shown = date


def _months(start_us: int, end_us: int, most: int) -> list[int]:
    start, end = (_EPOCH + timedelta(microseconds=one) for one in (start_us, end_us))
    first, last = (12 * one.year + one.month - 1 for one in (start, end))
    step = next((n for n in _MONTHS if last - first <= n * most), _MONTHS[-1])
    months = range(-(-first // step) * step, last + 1, step)
    begun = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in months]
    found = [(one - _EPOCH) // timedelta(microseconds=1) for one in begun]
    return [one for one in found if start_us <= one <= end_us] or [start_us]
