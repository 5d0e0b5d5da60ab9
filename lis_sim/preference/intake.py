"""What evidence takes in of the events that are read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lis_sim.hashing import mix, purpose_key
from lis_sim.preference.behaviour import Behaviour, Int8
from lis_sim.preference.selection import Selection
from lis_sim.types import Bool, EventBlock, Int32, Int64

_HASHES = 2.0**64


@dataclass(frozen=True, slots=True)
class Taken:
    """Events as evidence keeps them, in the order in which they became known."""

    user: Int32  # (n,)
    item: Int32  # (n,)
    engaged: Int8  # (n,) 0 or 1
    time_us: Int64  # (n,)

    def __len__(self) -> int:
        return len(self.user)

    def rows(self, start: int, end: int) -> Taken:
        """Return the events ``[start, end)`` as views."""
        own = slice(start, end)
        return Taken(self.user[own], self.item[own], self.engaged[own], self.time_us[own])


@dataclass(frozen=True, slots=True)
class Intake:
    """The part of a :class:`Selection` that is decided event by event, while they are read.

    Data sets of equal intakes share one store. Users and events are chosen by hashes of their
    numbers in the log: neither folds nor how the log was cut into blocks matter.
    """

    per_user: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    users_share: float = 1.0
    events_share: float = 1.0
    until_us: int | None = None
    max_age_us: int | None = None
    seed: int = 0

    @classmethod
    def of(
        cls, selection: Selection, per_user: int, seed: int, start_us: int, end_us: int
    ) -> Intake:
        """Return the intake of ``selection`` for a log from ``start_us`` to ``end_us``."""
        return cls(
            per_user,
            selection.taken,
            float(selection.users_share),
            float(selection.events_share),
            selection.until_us(start_us, end_us),
            selection.max_age_us,
            # Nothing is drawn for whole logs: one store serves them whatever the seed.
            seed if min(selection.users_share, selection.events_share) < 1 else 0,
        )

    def take(self, block: EventBlock, row: Int64 | None = None) -> Taken:
        """Return the events of ``block`` that are taken in.

        ``row`` (n,) are their rows in the log where those do not follow one another.
        """
        engaged = self.behaviour.engaged(block)
        kept = self._kept(block, row)
        if kept is None:
            return Taken(block.user, block.item, engaged, block.time_us)
        return Taken(block.user[kept], block.item[kept], engaged[kept], block.time_us[kept])

    def _kept(self, block: EventBlock, row: Int64 | None) -> Bool | None:
        """Return which events are taken in; None: all."""
        kept: list[Bool] = []
        if self.users_share < 1:
            kept.append(_chosen(block.user, self._stream("users"), self.users_share))
        if self.events_share < 1:
            first, end = block.first_row, block.first_row + len(block)
            rows = np.arange(first, end) if row is None else row
            kept.append(_chosen(rows, self._stream("events"), self.events_share))
        if self.until_us is not None:
            kept.append(block.time_us < self.until_us)
        return np.logical_and.reduce(kept) if kept else None

    def _stream(self, of: str) -> int:
        return purpose_key(self.seed, "co_click share of", of)


def _chosen(number: NDArray[np.int32] | Int64, stream: int, share: float) -> Bool:
    return np.asarray(mix(number, stream) < share * _HASHES)
