"""A dataset of any number of items in which nothing is to be learned, written chunk by chunk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import FirstAppearance
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.hashing import generator

START_US = 1_704_067_200_000_000  # 2024-01-01 00:00 UTC
_CHUNK = 262_144
_APART_US = 1_000_000
_LABELLED = 0.3


def write_uniform(events: int, users: int, items: int, out: Path) -> Dataset:
    """Write ``events`` of users and items that are drawn evenly, without features.

    The built-in world draws vectors of content for every item, which would be most of the memory
    and the disk at ten million of them.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_uniform(100, 10, 1_000, Path(folder) / "log").schema.items
    1000
    """
    seen = {"user": FirstAppearance(users), "item": FirstAppearance(items)}
    sizes = {"user": users, "item": items}
    with DatasetWriter(out) as writer:
        for first in range(0, events, _CHUNK):
            draw, rows = generator(0, "uniform log", first), min(_CHUNK, events - first)
            columns: dict[str, Any] = {
                name: seen[name](draw.integers(0, size, rows)) for name, size in sizes.items()
            }
            columns["time"] = START_US + _APART_US * np.arange(first, first + rows)
            columns["label"] = (draw.random(rows) < _LABELLED).astype(np.float32)
            writer.events.append(pa.table(columns))
        writer.events.close()
        seen["item"].append_unseen()
        ids = {name: pa.array(of.order()) for name, of in seen.items()}
        for name, known in ids.items():
            dense = pa.array(np.arange(len(known), dtype=np.int32))
            writer.side_table(f"{name}s", {name: dense})
            writer.vocabulary(name, known)
        return Dataset.open(writer.finish(describe_events(writer.events, "uniform", ids, (), ())))
