"""What becomes visible as the clock moves from one moment to the next, in the log's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.data.future import FutureDoor
from lis_sim.preference.arrivals import Arrivals
from lis_sim.preference.intake import Intake, Taken
from lis_sim.preference.reading import Moment
from lis_sim.types import Int64

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
    who learns what is ahead once both reach equally far. Where labels come later than their
    events, what is past comes apart, in the order of its labels.
    """

    def __init__(self, door: FutureDoor, intake: Intake) -> None:
        self._door = door
        self._intake = intake
        column = intake.behaviour.column
        self._outcomes = () if column is None else (column,)
        self.rewind()

    def rewind(self, position: Int64 | None = None) -> None:
        """Go to where :meth:`position` was; None: to the first event."""
        at = [0, 0, 0, 0] if position is None else [int(number) for number in position]
        self._past_row, self._ahead_row, self._reach_us, *since = at
        self._past_us = since[0] if position is not None and since else None
        self._arrivals: Arrivals | None = None
        if self._door.dataset.delayed:
            self._arrivals = Arrivals(self._door, self._outcomes, self._past_row, self._past_us)

    def position(self) -> Int64:
        """Return how far it has read: int64 ``(3,)``, or ``(4,)`` where labels come later."""
        at = [self._past_row, self._ahead_row, self._reach_us]
        if self._arrivals is not None and self._past_us is not None:
            at[0] = self._arrivals.settled_row
            at.append(self._past_us)
        return np.array(at, np.int64)

    def until(self, to: Moment) -> Iterator[News]:
        """Yield what is visible at ``to`` and was not before, a million events at a time."""
        if self._arrivals is not None:
            for taken in _together(self._arrived(self._arrivals, to)):
                yield News(taken, past=True, ahead=False)
            self._past_us = to.start_us
            yield from self._read(self._ahead_row, to.reach_us, to, past=False, ahead=True)
            self._reach_us = to.reach_us
            return
        middle_us = min(to.start_us, self._reach_us)
        yield from self._read(self._past_row, middle_us, to, past=True, ahead=False)
        yield from self._read(self._ahead_row, to.start_us, to, past=True, ahead=True)
        rest = max(self._past_row, self._ahead_row)
        yield from self._read(rest, to.reach_us, to, past=False, ahead=True)
        self._reach_us = to.reach_us

    def _arrived(self, arrivals: Arrivals, to: Moment) -> Iterator[Taken]:
        for arrived in arrivals.until(to.start_us, to.start_us):
            yield self._intake.take(arrived.block, arrived.row)

    def _read(
        self, first_row: int, until_us: int, to: Moment, *, past: bool, ahead: bool
    ) -> Iterator[News]:
        taken: list[Taken] = []
        row = first_row
        for stamped in self._door.read(first_row, until_us, to.start_us, self._outcomes):
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


def _together(parts: Iterable[Taken]) -> Iterator[Taken]:
    """Yield the same events in pieces of exactly a million, however they are cut; the last less."""
    held: list[Taken] = []
    for part in parts:
        held.append(part)
        while sum(map(len, held)) >= _TOGETHER:
            whole = _joined(held)
            yield whole.rows(0, _TOGETHER)
            held = [whole.rows(_TOGETHER, len(whole))]
    rest = _joined(held) if held else None
    if rest is not None and len(rest):
        yield rest


def _joined(parts: Sequence[Taken]) -> Taken:
    return Taken(
        np.concatenate([part.user for part in parts]),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.engaged for part in parts]),
        np.concatenate([part.time_us for part in parts]),
    )
