"""The arithmetic of a large day: what is measured at a few million events, carried further."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

DAY_SECONDS = 86_400
ROW_BYTES = 4 * (16 + 1 + 2 + 1)  # factors, linear weight, two accumulators, number of the save
GRADIENT_BYTES = 4 * (16 + 1 + 1)  # factors, linear weight, which row
MACHINE_BYTES = 100e9  # of a machine with 128 GB
_FLOAT, _DOUBLE = 4, 8
_VECTOR = 9  # numbers of a co-click vector


@dataclass(frozen=True, slots=True)
class Kept:
    """A list of bounded length that every user has."""

    name: str
    most: int  # entries
    entry_bytes: int


LISTS = (
    Kept("residual errors", 512, 8),  # item, error
    Kept("preference events, past and future", 2_048, 2 * 9),  # user, item, label
    Kept("history", 20, 4),  # item
)


@dataclass(frozen=True, slots=True)
class Day:
    """Events, users and items of a day; ``batch_events`` of a step over all ``shards``.

    ``remembered``: how many events a user has in the lists.
    """

    events: float = 1e10
    users: float = 1e9
    items: float = 1e8
    remembered: int = 300
    arms: int = 5
    folds: int = 5
    slices: int = 3
    batch_events: int = 16_384
    shards: int = 16
    dense_numbers: int = 10_000

    @property
    def events_per_second(self) -> float:
        return self.events / DAY_SECONDS

    def cores(self, cpu_seconds_per_event: float) -> float:
        """Return how many cores play the day as fast as it happens.

        >>> round(Day().cores(2e-6), 2)
        0.23
        """
        return self.events_per_second * cpu_seconds_per_event

    def memory(self) -> Iterator[tuple[str, float]]:
        """Yield the bytes of everything that grows with users or items, for one replicate."""
        yield "DeepFM's rows of users", self.users * ROW_BYTES
        yield "DeepFM's rows of items", self.items * ROW_BYTES
        sums = (self.users + self.items) * self.arms * self.slices * _DOUBLE
        yield f"influence sums, {self.arms} arms, {self.slices} slices", sums
        vectors = (self.folds + 2) * self.items * _VECTOR * _FLOAT
        yield f"vectors, crossfit of {self.folds} folds, leaked and causal", vectors
        for kept in LISTS:
            entries = min(kept.most, self.remembered)
            name = f"{kept.name}, {entries:,} of at most {kept.most:,} a user"
            yield name, self.users * entries * kept.entry_bytes

    def machines(self) -> int:
        """Return how many machines of 128 GB hold all of :meth:`memory`."""
        return math.ceil(sum(size for _, size in self.memory()) / MACHINE_BYTES)

    def network(self) -> float:
        """Return the bytes a second that each shard receives.

        Per step every other shard's gradient rows of items (at worst one an event), and the sum of
        the dense gradients. Rows of users stay where they are.
        """
        others = (self.shards - 1) / self.shards
        rows = others * self.batch_events * GRADIENT_BYTES
        dense = 2 * others * self.dense_numbers * 4
        return self.events_per_second / self.batch_events * (rows + dense)
