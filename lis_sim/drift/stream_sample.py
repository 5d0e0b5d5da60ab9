"""What is kept of a window's events to measure them: a bounded sample, and how many were new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lis_sim.data.blocks import concatenate
from lis_sim.drift.embedding import VectorSample, vector_sample
from lis_sim.drift.newness import FirstSeen
from lis_sim.drift.psi import ValueCounts, value_counts
from lis_sim.drift.psi_popularity import Popularity
from lis_sim.hashing import generator
from lis_sim.types import EventBlock, Float32, Float64, Int32, Int64, RepresentationTable, Window

SAMPLE_EVENTS = 16_384  # shares of it have a standard error of at most 0.004


@dataclass(frozen=True, slots=True)
class Sample:
    """One window, from ``s <= SAMPLE_EVENTS`` of its events, evenly drawn, in time order."""

    window: int
    events: int  # of the window, as are the next two
    new_items: int  # of an item that appeared first in this window
    new_users: int
    items: Float64  # (BUCKETS + 1,) sampled events by their item's recent popularity
    users: Float64  # (BUCKETS + 1,) by their user's recent activity
    categorical: tuple[ValueCounts, ...]  # of the sampled events, by column
    numeric: Float32  # (s, D)
    vectors: Mapping[str, VectorSample]  # by representation


class Sampler:
    """Takes in the windows of a log one after the other, in order, and samples them.

    Which events are drawn depends on (seed, window) alone, what is new on all events before.
    """

    def __init__(self, tables: Mapping[str, RepresentationTable], seed: int) -> None:
        self._tables = tables
        self._seed = seed
        self._items, self._users = FirstSeen(), FirstSeen()
        self._popularity, self._activity = Popularity(), Popularity()

    def skip(self, window: Window, blocks: Iterable[EventBlock]) -> None:
        """Take in a window that nobody asks about."""
        whole, _, _ = self._read(window, blocks)
        self._remember(whole)

    def take(self, window: Window, blocks: Iterable[EventBlock]) -> Sample:
        """Take in the rows of ``window``, which has one event at least, and return its sample."""
        whole, new_items, new_users = self._read(window, blocks)
        sample = Sample(
            window=window.index,
            events=window.events,
            new_items=new_items,
            new_users=new_users,
            items=self._popularity.counts(whole.item),
            users=self._activity.counts(whole.user),
            categorical=tuple(value_counts(column) for column in whole.categorical.T),
            numeric=whole.numeric,
            vectors=self._vectors(window.index, whole.item),
        )
        self._remember(whole)
        return sample

    def _read(self, window: Window, blocks: Iterable[EventBlock]) -> tuple[EventBlock, int, int]:
        """Return the events drawn, and how many of all are of new items and of new users."""
        rows = window.start_row + _drawn(window.events, self._seed, window.index)
        new_items = new_users = 0
        parts = []
        for block in blocks:
            new_items += self._items.new_events(block.item, window.index)
            new_users += self._users.new_events(block.user, window.index)
            first, end = np.searchsorted(rows, (block.first_row, block.first_row + len(block)))
            parts.append(_rows_of(block, rows[first:end] - block.first_row))
        return concatenate(parts), new_items, new_users

    def _remember(self, whole: EventBlock) -> None:
        self._popularity.add(whole.item)
        self._activity.add(whole.user)

    def _vectors(self, window: int, item: Int32) -> dict[str, VectorSample]:
        return {
            name: vector_sample(table, item, generator(self._seed, "drift vectors", name, window))
            for name, table in self._tables.items()
        }


def _drawn(events: int, seed: int, window: int) -> Int64:
    """Return which of the ``events`` of a window are drawn, in rising order."""
    if events <= SAMPLE_EVENTS:
        return np.arange(events)
    random = generator(seed, "drift sample", window)
    return np.sort(random.choice(events, SAMPLE_EVENTS, replace=False, shuffle=False))


def _rows_of(block: EventBlock, rows: Int64) -> EventBlock:
    """Return copies of some rows: a view would keep the whole block in memory."""
    return EventBlock(
        first_row=block.first_row,
        user=block.user[rows],
        item=block.item[rows],
        time_us=block.time_us[rows],
        label=block.label[rows],
        categorical=block.categorical[rows],
        numeric=block.numeric[rows],
    )
