"""The past and, apart, the future of a moving clock, both as bounded evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from lis_sim.data.future import FutureDoor
from lis_sim.preference.arrivals import Arrivals
from lis_sim.preference.evidence import EvidenceStore
from lis_sim.preference.intake import Intake
from lis_sim.types import Int32, Int64

Stores = Mapping[Intake, EvidenceStore]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a window starts and before what time its leaked arms see events."""

    start_us: int
    reach_us: int


class PastAndFuture:
    """Evidence up to a window's start and up to its horizon; every event is read once for each.

    ::

        time      start          end        reach
        past    ----->|
        future  --------------------------->|

    Where labels come later than their events, the past has those whose labels are known by the
    window's start, in the order of the labels; the future is every event before the horizon,
    whenever its label comes: it is what nobody knows yet.

    Reading the log is much of a window's work, so all data sets share one reading: ``past`` and
    ``future`` hold a store for every one of ``intakes``. ``met`` ``(items,)`` counts the events
    of every item before the horizon; items that come later are not in it.
    """

    def __init__(self, door: FutureDoor, intakes: Collection[Intake] = ()) -> None:
        self._door = door
        self._intakes: tuple[Intake, ...] = ()
        self._timed: frozenset[Intake] = frozenset()
        self._outcomes: tuple[str, ...] = ()
        for intake in intakes:
            self.watch(intake)
        self.rewind()

    def watch(self, intake: Intake, times: bool = False) -> None:
        """Hold a store for ``intake`` as well (with ``times``), from the next :meth:`rewind` on."""
        if times or intake.max_age_us is not None:
            self._timed |= {intake}
        self._intakes = tuple(dict.fromkeys([*self._intakes, intake]))
        columns = [one.behaviour.column for one in self._intakes]
        self._outcomes = tuple(sorted({column for column in columns if column is not None}))

    def rewind(self) -> None:
        """Forget everything; the next :meth:`advance` reads the log from its first event."""
        self.past: Stores = self._empty()
        self.future: Stores = self._empty()
        self.met: Int64 = np.zeros(0, np.int64)
        self._rows = {"past": 0, "future": 0}
        late = bool(self._intakes) and self._door.dataset.delayed
        self._arrivals = Arrivals(self._door, self._outcomes) if late else None
        self._at: Moment | None = None

    def advance(self, to: Moment) -> None:
        """Take in the events before ``to``; moments come in order, the same one may come twice."""
        if to == self._at:
            return
        if self._arrivals is not None:
            self._read_arrivals(self._arrivals, to)
        elif self._intakes:
            self._read("past", self.past, to.start_us, to)
        self._read("future", self.future, to.reach_us, to)
        for intake in self._intakes:
            if intake.max_age_us is not None:
                # Both from the window's start: or else leaked arms, whose evidence ends later,
                # would have forgotten what causal still knows and bound nothing.
                self.past[intake].forget_before(to.start_us - intake.max_age_us)
                self.future[intake].forget_before(to.start_us - intake.max_age_us)
        self._at = to

    def follow(self, door: FutureDoor) -> None:
        """Go on in a log that has grown since; its rows so far are those behind the old door."""
        self._door = door
        if self._arrivals is not None:
            self._arrivals.door = door
        self._at = None

    def _empty(self) -> Stores:
        return {
            intake: EvidenceStore(intake.per_user, ages=intake in self._timed)
            for intake in self._intakes
        }

    def _read_arrivals(self, arrivals: Arrivals, to: Moment) -> None:
        for arrived in arrivals.until(to.start_us, to.start_us):
            for intake, store in self.past.items():
                store.add(intake.take(arrived.block, arrived.row))

    def _read(self, name: str, stores: Stores, until_us: int, to: Moment) -> None:
        first_row = self._rows[name]
        for stamped in self._door.read(first_row, until_us, to.start_us, self._outcomes):
            for intake, store in stores.items():
                store.add(intake.take(stamped.block))
            if name == "future":
                self.met = _counted(self.met, stamped.block.item)
            self._rows[name] += len(stamped.block)


def _counted(counts: Int64, item: Int32) -> Int64:
    """Return ``counts`` with one more for every event; longer where items are new.

    >>> _counted(np.array([2]), np.int32([0, 2])).tolist()
    [3, 0, 1]
    """
    found = np.bincount(item, minlength=len(counts))
    found[: len(counts)] += counts
    return found
