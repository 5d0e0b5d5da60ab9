"""The arithmetic of a large day: what is measured at a few million events, carried further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DAY_SECONDS = 86_400
ROW_BYTES = 4 * (16 + 1 + 2 + 1)  # factors, linear weight, two accumulators, number of the save
GRADIENT_BYTES = 4 * (16 + 1 + 1)  # factors, linear weight, which row
REMEMBERED_BYTES = 12  # a residual arm's user, item and error
EVIDENCE_BYTES = 9  # a preference data set's user, item and label, once for past and future each
HISTORY_BYTES = 4
LISTS = {"residual errors": 512, "preference data": 2_048, "history": 20}


@dataclass(frozen=True, slots=True)
class Day:
    """Events, users and items of a day; ``batch_events`` of a step over all ``shards``."""

    events: float = 1e10
    users: float = 1e9
    items: float = 1e8
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

    def tables(self) -> Iterator[tuple[str, float]]:
        """Yield the bytes of what every id has."""
        yield "DeepFM, users", self.users * ROW_BYTES
        yield "DeepFM, items", self.items * ROW_BYTES

    def lists(self) -> Iterator[tuple[str, float]]:
        """Yield the bytes of what is remembered of the users once all lists are full."""
        each = {
            "residual errors": REMEMBERED_BYTES,
            "preference data": 2 * EVIDENCE_BYTES,
            "history": HISTORY_BYTES,
        }
        for name, length in LISTS.items():
            yield f"{name}, {length:,} a user", self.users * length * each[name]

    def network(self) -> float:
        """Return the bytes a second that each shard receives.

        Per step every other shard's gradient rows of items (at worst one an event), and the sum of
        the dense gradients. Rows of users stay where they are.
        """
        others = (self.shards - 1) / self.shards
        rows = others * self.batch_events * GRADIENT_BYTES
        dense = 2 * others * self.dense_numbers * 4
        return self.events_per_second / self.batch_events * (rows + dense)
