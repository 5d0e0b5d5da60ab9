"""Steps: windows cut into runs of at most ``step_events`` events, read ahead in blocks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from envs.log import EventLog
from lis_sim.data.blocks import concatenate
from lis_sim.errors import DataError
from lis_sim.types import EventBlock, Int64, Window
from lis_sim.user_shard import ALL_USERS, UserShard


@dataclass(frozen=True, slots=True)
class Step:
    """Events that are scored together: ``window`` holds them all, ``last`` says it ends here.

    ``events`` are those of a shard's users. Where the step begins, how long it is and its times
    are the same for every shard, which may have none of its events.
    """

    events: EventBlock
    rows: Int64  # (n,) of the events, in the log
    window: Window
    last: bool
    first_row: int
    step_events: int
    first_us: int  # time of its first event
    last_us: int


def cut_steps(
    log: EventLog,
    windows: Sequence[Window],
    first_window: int,
    step_events: int,
    shard: UserShard = ALL_USERS,
) -> Generator[Step]:
    """Yield the steps of ``windows[first_window:]`` in order, as the users of ``shard`` see them.

    A step never crosses a window's edge, so a window's last step may be short::

        rows     0    1    2    3    4    5    6    7    8
        windows  |--------- 0 ----------|------ 1 -----|
        steps    |--- 0 ---|--- 1 ---|2-|--- 3 ---|-4--|      (step_events = 2)

    Raises:
        DataError: If events lie outside the time of their window: the windows belong to another
            log.
    """
    start_row, end_row = windows[first_window].start_row, windows[-1].end_row
    cutter = _Cutter(log.blocks(start_row, end_row))
    for window in windows[first_window:]:
        for row in range(window.start_row, window.end_row, step_events):
            events = cutter.take(row, min(step_events, window.end_row - row))
            _check_times(events, window)
            yield _step(events, window, row + step_events >= window.end_row, shard)


def _step(events: EventBlock, window: Window, last: bool, shard: UserShard) -> Step:
    first, n = events.first_row, len(events)
    first_us, last_us = int(events.time_us[0]), int(events.time_us[-1])
    if shard.whole:
        rows = np.arange(first, first + n, dtype=np.int64)
        return Step(events, rows, window, last, first, n, first_us, last_us)
    own = shard.events(events.user)
    return Step(events.take(own), own + first, window, last, first, n, first_us, last_us)


class _Cutter:
    """Takes runs of any length off an iterator of blocks, as views wherever one block has them."""

    def __init__(self, blocks: Iterator[EventBlock]) -> None:
        self._blocks = blocks
        self._block: EventBlock | None = None
        self._used = 0

    def take(self, first_row: int, count: int) -> EventBlock:
        parts: list[EventBlock] = []
        while count:
            if self._block is None or self._used == len(self._block):
                self._block, self._used = next(self._blocks, None), 0
                if self._block is None or self._block.first_row != first_row:
                    raise DataError(_wrong_row(first_row, self._block))
            end = min(self._used + count, len(self._block))
            parts.append(self._block.slice(self._used, end))
            count -= end - self._used
            first_row += end - self._used
            self._used = end
        return concatenate(parts)


def _wrong_row(expected: int, block: EventBlock | None) -> str:
    found = "the log ended" if block is None else f"got row {block.first_row}"
    return f"row {expected} should come next, but {found}; import the log again"


def _check_times(events: EventBlock, window: Window) -> None:
    first, last = int(events.time_us[0]), int(events.time_us[-1])
    if first < window.start_us or last >= window.end_us:
        raise DataError(
            f"rows {events.first_row} to {events.first_row + len(events) - 1} are of times {first} "
            f"to {last}, outside window {window.index} [{window.start_us}, {window.end_us}); "
            "plan the windows from this log"
        )


def check_windows(windows: Sequence[Window], rows: int) -> tuple[Window, ...]:
    """Return ``windows`` if they partition the log's rows from row 0 on, in order.

    They may stop before the log's end.

    Raises:
        DataError: Naming the first window that does not fit.
    """
    if not windows:
        raise DataError("got no windows; give at least one, starting at row 0")
    row, clock_us = 0, windows[0].start_us
    for index, window in enumerate(windows):
        if (window.index, window.start_row) != (index, row) or window.events < 1:
            raise DataError(
                f"window {window.index} has rows [{window.start_row}, {window.end_row}); expected "
                f"window {index} to start at row {row} and hold at least one event"
            )
        if window.start_us < clock_us or window.end_us <= window.start_us:
            raise DataError(
                f"window {index} has times [{window.start_us}, {window.end_us}); expected it to "
                f"start at {clock_us} or later and end after it starts"
            )
        row, clock_us = window.end_row, window.end_us
    if row > rows:
        raise DataError(f"windows end at row {row}, but the log has {rows} rows; plan them again")
    return tuple(windows)
