"""The past and, apart, the future of a moving clock, both as bounded evidence."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.data.future import FutureDoor
from lis_sim.errors import LeakageError
from lis_sim.preference.evidence import EvidenceStore


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
    """

    def __init__(self, door: FutureDoor, per_user: int) -> None:
        self._door = door
        self._per_user = per_user
        self.rewind()

    def rewind(self) -> None:
        """Forget everything; the next :meth:`advance` reads the log from its first event."""
        self.past = EvidenceStore(self._per_user)
        self.future = EvidenceStore(self._per_user)
        self._rows = {"past": 0, "future": 0}
        self._at: Moment | None = None

    def advance(self, to: Moment) -> None:
        """Take in the events before ``to``; moments come in order, the same one may come twice."""
        if to == self._at:
            return
        self._read("past", self.past, to.start_us, to)
        self._read("future", self.future, to.reach_us, to)
        self._at = to

    def _read(self, name: str, store: EvidenceStore, until_us: int, to: Moment) -> None:
        for stamped in self._door.read(self._rows[name], until_us, to.start_us):
            if stamped.block.label_time_us is not None:
                raise LeakageError(
                    "the log has a label_time column, but preference data is built from events "
                    "whose labels are known at once; import the log without label_time"
                )
            store.add(stamped.block)
            self._rows[name] += len(stamped.block)
