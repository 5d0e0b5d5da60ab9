"""Cut a log into windows: half-open time intervals that never split equal timestamps.

With ``events=3`` the boundary after the third event falls inside the tie at time 30 and
moves forward to its end::

    row      0   1   2   3   4   5   6
    time    10  20  30  30  40  50  50
    window  |---- 0 -----|--- 1 ----|      [10, 40) and [40, 51)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lis_sim.errors import ConfigError
from lis_sim.types import Int64, Window


class Timed(Protocol):
    """Events in time order, of which only the times matter; a :class:`Dataset` is one."""

    @property
    def rows(self) -> int: ...
    @property
    def start_us(self) -> int:
        """Time of the first event."""

    @property
    def end_us(self) -> int:
        """Time of the last event (inclusive)."""

    def times(self, start_row: int = 0) -> Iterator[Int64]:
        """Yield the times from ``start_row`` on, int64 ``(n,)``, in pieces of one or more."""


@dataclass(frozen=True, slots=True)
class WindowRule:
    """How to cut: exactly one of ``count`` (equal-count windows), ``events``, ``duration_us``.

    >>> WindowRule(count=20).kind
    'count'
    >>> WindowRule(count=20, events=1000)
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: a window rule got count, events; accepted: exactly one of \
count, events, duration_us
    """

    count: int | None = None
    events: int | None = None
    duration_us: int | None = None

    def __post_init__(self) -> None:
        given = [n for n in ("count", "events", "duration_us") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ConfigError(
                f"a window rule got {', '.join(given) or 'nothing'}; "
                "accepted: exactly one of count, events, duration_us"
            )
        if getattr(self, given[0]) < 1:
            raise ConfigError(
                f"windows.{given[0]} is {getattr(self, given[0])}; accepted: 1 or more"
            )

    @property
    def kind(self) -> str:
        """The name of the setting that was given."""
        return next(n for n in ("count", "events", "duration_us") if getattr(self, n) is not None)


def plan_windows(
    dataset: Timed, rule: WindowRule, known: Sequence[Window] = ()
) -> tuple[Window, ...]:
    """Return the windows of ``dataset``, from one streaming pass over its times.

    They partition the rows. ``count`` and ``events`` put a boundary after every so many
    events and move it forward to the end of a tie; boundaries that a tie swallows are
    dropped, so a log of few distinct times gives fewer windows. ``duration_us`` lays a grid
    that starts at the first event; grid cells without events are skipped. The last window
    ends one microsecond after the last event.

    ``known`` are the windows of the same log when it was shorter, cut by ``events`` or
    ``duration_us``: all but the last of them stand, and nothing before the last is read again.
    """
    final, first = list(known[:-1]), known[-1] if known else _whole(dataset)
    if rule.duration_us is not None:
        return (*final, *_grid_windows(dataset, rule.duration_us, first))
    starts = list(_starts(dataset, _targets(dataset.rows, rule), first))
    ends = [*starts[1:], (dataset.rows, dataset.end_us + 1)]
    cut = (
        Window(first.index + at, start[0], end[0], start[1], end[1])
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    return (*final, *cut)


def _whole(dataset: Timed) -> Window:
    return Window(0, 0, dataset.rows, dataset.start_us, dataset.end_us + 1)


def _targets(rows: int, rule: WindowRule) -> Int64:
    if rule.events is not None:
        return np.arange(rule.events, rows, rule.events, dtype=np.int64)
    assert rule.count is not None
    count = min(rule.count, rows)
    return np.arange(1, count, dtype=np.int64) * rows // count


def _starts(dataset: Timed, targets: Int64, first: Window) -> Iterator[tuple[int, int]]:
    """Yield (row, time) of the first event of every window from ``first`` on."""
    yield first.start_row, first.start_us
    last = first.start_row
    targets = targets[np.searchsorted(targets, last, side="right") :]
    for first_row, time_us, changed in _changes(dataset, first):
        while len(targets) and len(changed):
            at = int(np.searchsorted(changed, targets[0]))
            if at == len(changed):
                break
            row = int(changed[at])
            if row > last:
                yield row, int(time_us[row - first_row])
                last = row
            targets = targets[np.searchsorted(targets, row, side="right") :]


def _changes(dataset: Timed, first: Window) -> Iterator[tuple[int, Int64, Int64]]:
    """Yield (first row, times, rows whose time differs from the row before) per row group."""
    row = first.start_row
    previous_us = first.start_us
    for time_us in dataset.times(row):
        before = np.concatenate(([previous_us], time_us[:-1]))
        yield row, time_us, row + np.flatnonzero(time_us != before)
        row += len(time_us)
        previous_us = int(time_us[-1])


def _grid_windows(dataset: Timed, duration_us: int, first: Window) -> tuple[Window, ...]:
    start_us = dataset.start_us
    opened: list[tuple[int, int]] = []  # (first row, grid cell)
    row = first.start_row
    for time_us in dataset.times(row):
        cell = (time_us - start_us) // duration_us
        before = np.concatenate(([opened[-1][1] if opened else -1], cell[:-1]))
        new = np.flatnonzero(cell != before)
        opened.extend((row + int(at), int(cell[at])) for at in new)
        row += len(time_us)
    end_rows = [*(start_row for start_row, _ in opened[1:]), dataset.rows]
    return tuple(
        Window(
            index=first.index + at,
            start_row=start_row,
            end_row=end_row,
            start_us=start_us + cell * duration_us,
            end_us=min(start_us + (cell + 1) * duration_us, dataset.end_us + 1),
        )
        for at, ((start_row, cell), end_row) in enumerate(zip(opened, end_rows, strict=True))
    )
