"""Cut a stream of blocks of any size into blocks of exactly the size asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lis_sim.types import EventBlock


def concatenate(blocks: Sequence[EventBlock]) -> EventBlock:
    """Join adjacent blocks into one; a single block is returned as it is."""
    if len(blocks) == 1:
        return blocks[0]
    times = [b.label_time_us for b in blocks if b.label_time_us is not None]
    return EventBlock(
        first_row=blocks[0].first_row,
        user=np.concatenate([b.user for b in blocks]),
        item=np.concatenate([b.item for b in blocks]),
        time_us=np.concatenate([b.time_us for b in blocks]),
        label=np.concatenate([b.label for b in blocks]),
        categorical=np.concatenate([b.categorical for b in blocks]),
        numeric=np.concatenate([b.numeric for b in blocks]),
        label_time_us=np.concatenate(times) if times else None,
        outcomes={
            name: np.concatenate([b.outcomes[name] for b in blocks]) for name in blocks[0].outcomes
        },
    )


def recut(source: Iterable[EventBlock], block_rows: int) -> Iterator[EventBlock]:
    """Yield the same events in blocks of ``block_rows``; only the last may be shorter.

    A block that lies inside one block of the source is a view of it.
    """
    held: list[EventBlock] = []
    held_rows = 0
    for block in source:
        start = 0
        while held_rows + len(block) - start >= block_rows:
            end = start + block_rows - held_rows
            held.append(block.slice(start, end))
            yield concatenate(held)
            held, held_rows, start = [], 0, end
        if start < len(block):
            held.append(block.slice(start, len(block)))
            held_rows += len(block) - start
    if held:
        yield concatenate(held)
