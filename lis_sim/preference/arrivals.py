"""Past events in the order in which their labels become known, where that is not the log's order.

::

    time        since                       until
    events      |   a    b    c    d    e   |
    labels      |        a       c  b       |   d   e
    given       |        a       c  b       |

An event is past once its label is: who learns from the past learns what ranker and user knew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.data.blocks import concatenate
from lis_sim.data.future import FutureDoor
from lis_sim.types import EventBlock, Int64

_FEW = 1 << 16  # events held back before any are given


@dataclass(frozen=True, slots=True)
class Arrived:
    """Events whose labels have come, in the order of those labels; ``row`` (n,): in the log."""

    block: EventBlock
    row: Int64

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Int64) -> Arrived:
        return Arrived(self.block.take(rows), self.row[rows])

    @property
    def label_time_us(self) -> Int64:
        assert self.block.label_time_us is not None, "only of logs whose labels come later"
        return self.block.label_time_us


class Arrivals:
    """Gives every event once, when its label is known, in order of (label time, row).

    What is given does not depend on the moments at which it is asked for, nor on how the log is
    cut into blocks. Between two moments events that wait are held in memory; with
    :attr:`settled_row` and the time reached, another one can go on from there.
    """

    def __init__(
        self,
        door: FutureDoor,
        outcomes: Sequence[str] = (),
        row: int = 0,
        since_us: int | None = None,
    ) -> None:
        """``row``: the first to be read; labels known before ``since_us`` were given already."""
        self.door = door
        self._outcomes = tuple(outcomes)
        self._row = row
        self._since_us = since_us
        self._waiting: list[Arrived] = []

    @property
    def settled_row(self) -> int:
        """Every event before this row has been given."""
        return min([self._row, *(int(part.row.min()) for part in self._waiting if len(part))])

    def until(self, until_us: int, as_of_us: int) -> Iterator[Arrived]:
        """Yield the events whose labels are known before ``until_us`` and were not given before."""
        most = _FEW
        for stamped in self.door.read(self._row, until_us, as_of_us, self._outcomes):
            block = stamped.block
            self._take_in(block)
            self._row = block.first_row + len(block)
            if sum(map(len, self._waiting)) > most:
                # Labels of events that come later are known no earlier than those events.
                yield self._given(min(int(block.time_us[-1]), until_us))
                most = _FEW + 2 * sum(map(len, self._waiting))
        if self._waiting:
            yield self._given(until_us)

    def _take_in(self, block: EventBlock) -> None:
        row = np.arange(block.first_row, block.first_row + len(block))
        found = Arrived(block, row)
        if self._since_us is not None:
            found = found.take(np.flatnonzero(found.label_time_us >= self._since_us))
        self._waiting.append(found)

    def _given(self, before_us: int) -> Arrived:
        """Return what waits and is known before ``before_us``; the rest goes on waiting."""
        blocks = concatenate([part.block for part in self._waiting])
        waiting = Arrived(blocks, np.concatenate([part.row for part in self._waiting]))
        known = waiting.label_time_us < before_us
        self._waiting = [waiting.take(np.flatnonzero(~known))]
        ready = np.flatnonzero(known)
        order = np.argsort(waiting.label_time_us[ready], kind="stable")  # rows ascend already
        return waiting.take(ready[order])
