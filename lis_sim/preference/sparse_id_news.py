"""What becomes visible as the clock moves from one moment to the next, in the log's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.data.future import FutureDoor
from lis_sim.errors import LeakageError
from lis_sim.preference.intake import Intake, Taken
from lis_sim.preference.reading import Moment
from lis_sim.types import EventBlock, Int64

_TOGETHER = 1 << 20  # events that are in memory, and gone through several times, at once


@dataclass(frozen=True, slots=True)
class News:
    """Events that have become past, that have come within the horizon, or both at once."""

    events: Taken
    past: bool
    ahead: bool


class Newsreader:
    """Reads every event once when it comes within the horizon and once when it becomes past.

    ::

        before    past row         ahead row
                     |                 |
        now          |                 |               start              reach
                     |----- past ------|- past and ahead -|----- ahead -----|

    If the horizon was beyond ``start`` already, nothing becomes past and ahead at once. All
    comes in the log's order: somebody who learns what is past has learned the same as somebody
    who learns what is ahead once both reach equally far.
    """

    def __init__(self, door: FutureDoor, intake: Intake) -> None:
        self._door = door
        self._intake = intake
        column = intake.behaviour.column
        self._outcomes = () if column is None else (column,)
        self.rewind()

    def rewind(self, position: Int64 | None = None) -> None:
        """Go to where :meth:`position` was; None: to the first event."""
        at = [0, 0, 0] if position is None else [int(number) for number in position]
        self._past_row, self._ahead_row, self._reach_us = at

    def position(self) -> Int64:
        """Return how far it has read: int64 ``(3,)``."""
        return np.array([self._past_row, self._ahead_row, self._reach_us], np.int64)

    def until(self, to: Moment) -> Iterator[News]:
        """Yield what is visible at ``to`` and was not before, a million events at a time."""
        middle_us = min(to.start_us, self._reach_us)
        yield from self._read(self._past_row, middle_us, to, past=True, ahead=False)
        yield from self._read(self._ahead_row, to.start_us, to, past=True, ahead=True)
        rest = max(self._past_row, self._ahead_row)
        yield from self._read(rest, to.reach_us, to, past=False, ahead=True)
        self._reach_us = to.reach_us

    def _read(
        self, first_row: int, until_us: int, to: Moment, *, past: bool, ahead: bool
    ) -> Iterator[News]:
        taken: list[Taken] = []
        row = first_row
        for stamped in self._door.read(first_row, until_us, to.start_us, self._outcomes):
            _check_no_delay(stamped.block)
            taken.append(self._intake.take(stamped.block))
            row += len(stamped.block)
            if sum(map(len, taken)) >= _TOGETHER:
                yield News(_joined(taken), past, ahead)
                taken = []
        if taken:
            yield News(_joined(taken), past, ahead)
        if row > first_row and past:
            self._past_row = row
        if row > first_row and ahead:
            self._ahead_row = row


def _joined(parts: Sequence[Taken]) -> Taken:
    return Taken(
        np.concatenate([part.user for part in parts]),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.engaged for part in parts]),
        np.concatenate([part.time_us for part in parts]),
    )


def _check_no_delay(block: EventBlock) -> None:
    if block.label_time_us is not None:
        raise LeakageError(
            "the log has a label_time column, but preference data is built from events whose "
            "labels are known at once; import the log without label_time"
        )
