"""A small log of three parts, with a table, pairs and a column of items."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import PairTable, pairs_path, write_pairs
from lis_sim.data.representations import write_table
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.types import Int32, RepresentationTable

ROWS, PART = 60, 20  # three parts of 20 rows


def by_first_appearance(values: Any) -> Int32:
    _, first, index = np.unique(values, return_index=True, return_inverse=True)
    numbered: Int32 = np.argsort(np.argsort(first))[index].astype(np.int32)
    return numbered


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    row = np.arange(ROWS)
    return {
        "user": by_first_appearance(rng.integers(0, 3 + row // 3)),
        "item": by_first_appearance(rng.integers(0, 2 + row // 2)),
        "time": np.sort(rng.integers(1_000, 1_040, ROWS)).astype(np.int64),
        "label": (row % 3 == 1).astype(np.float32),
        "place": by_first_appearance(rng.integers(0, 1 + row // 10)),
        "price": row.astype(np.float32) / 8,
        "paid": row.astype(np.float64),
    }


def parted_log(out: Path) -> Dataset:
    """Write the log; users, items and places are numbered by first appearance."""
    values = columns()
    counts = {name: int(values[name].max()) + 1 for name in ("user", "item", "place")}
    with DatasetWriter(out) as writer:
        writer.events.append(pa.table({k: pa.array(v) for k, v in values.items()}))
        writer.events.close()
        ids = {name: pa.array([f"{name}{k}" for k in range(n)]) for name, n in counts.items()}
        for name, one in ids.items():
            writer.vocabulary(name, one)
        items = np.arange(counts["item"], dtype=np.int32)
        writer.side_table("items", {"item": pa.array(items), "place": pa.array(items * 0)})
        record = describe_events(writer.events, "small", ids, ["place"], ["price"])
        writer.finish(replace(record, outcomes=("paid",), dropped={"odd": 2}, rows_in=ROWS + 2))
    _cut_into_parts(out)
    table = RepresentationTable("t", items, np.ones((len(items), 2), np.float32), 1_001)
    write_table(out / "representations" / "t.parquet", table)
    ends = items[:-1], items[1:]
    user = (items[1:] % counts["user"]).astype(np.int32)
    time_us = np.linspace(1_000, 1_040, len(user)).astype(np.int64)
    pairs = PairTable("p", *ends, np.ones(len(user)), time_us, user)
    write_pairs(pairs_path(out, "p"), pairs)
    return Dataset.open(out)


def _cut_into_parts(out: Path) -> None:
    path, parts = out / "dataset.json", []
    events = pq.read_table(out / "events" / "part-00000.parquet")
    for at in range(0, ROWS, PART):
        name = f"part-{at // PART:05d}.parquet"
        pq.write_table(events.slice(at, PART), out / "events" / name, row_group_size=7)
        parts.append({"name": name, "rows": PART})
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": parts}))
