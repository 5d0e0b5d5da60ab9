"""Streams drawn straight into samples, for the tests of measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lis_sim.drift.stream_sample import Sample, Sampler
from lis_sim.types import CategoricalColumn, EventBlock, RepresentationTable, Schema, Window

ITEMS, USERS, KINDS, DIMENSIONS = 400, 300, 6, 8
SCHEMA = Schema(USERS, ITEMS, (CategoricalColumn("kind", KINDS),), ("price",))
TABLE = RepresentationTable(
    "content",
    np.arange(ITEMS, dtype=np.int32),
    np.random.default_rng(5).standard_normal((ITEMS, DIMENSIONS)).astype(np.float32),
)

Draw = Callable[[np.random.Generator, int], EventBlock]


def drawn(
    random: np.random.Generator,
    events: int,
    *,
    price: float = 0.0,
    kind: float = 1.0,
    item: NDArray[np.floating] | None = None,
) -> EventBlock:
    """Draw events independently; ``price`` is a mean, ``kind`` how common the first kind is."""
    weights = 1.0 / np.arange(1, ITEMS + 1) if item is None else item
    kinds = np.append(kind, np.ones(KINDS - 1))
    return EventBlock(
        first_row=0,
        user=random.integers(0, USERS, events).astype(np.int32),
        item=random.choice(ITEMS, events, p=weights / weights.sum()).astype(np.int32),
        time_us=np.zeros(events, np.int64),
        label=np.zeros(events, np.float32),
        categorical=random.choice(KINDS, (events, 1), p=kinds / kinds.sum()).astype(np.int32),
        numeric=random.normal(price, 1.0, (events, 1)).astype(np.float32),
    )


def in_sessions(random: np.random.Generator, events: int) -> EventBlock:
    """Draw sessions of four events that share their user, kind and price."""
    one = drawn(random, -(-events // 4))
    rows = np.repeat(np.arange(len(one)), 4)[:events]
    other = drawn(random, events)
    return EventBlock(
        first_row=0,
        user=one.user[rows],
        item=other.item,
        time_us=other.time_us,
        label=other.label,
        categorical=one.categorical[rows],
        numeric=one.numeric[rows],
    )


def samples(blocks: Sequence[EventBlock], seed: int = 0) -> list[Sample]:
    """Return the sample of every block, each a window, in a log of these windows."""
    sampler = Sampler({"content": TABLE}, seed)
    found, row = [], 0
    for at, block in enumerate(blocks):
        window = Window(at, row, row + len(block), at, at + 1)
        moved = EventBlock(
            row,
            block.user,
            block.item,
            block.time_us,
            block.label,
            block.categorical,
            block.numeric,
        )
        found.append(sampler.take(window, [moved]))
        row += len(block)
    return found
