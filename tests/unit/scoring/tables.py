"""Small tables of scores, made from nothing but a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Table = dict[str, Any]

START = 1_700_000_000  # seconds
ARMS = ("clean", "leaked:likes", "leaked_crossfit:likes", "causal:likes", "placebo:likes")
EVENTS = 120
STREAM = {"window": {"count": 4}, "warmup": 0.0}


def table(events: int = EVENTS, users: int = 12, seed: int = 0) -> Table:
    """Return one row an event, in time order, as columns of Python's or NumPy's values."""
    draw = np.random.default_rng(seed)
    taste = draw.normal(size=events)
    found: Table = {
        "user": draw.integers(0, users, events),
        "item": draw.integers(0, 9, events),
        "time": START + np.arange(events) // 2,  # two of a time
        "label": (draw.random(events) < 1 / (1 + np.exp(-taste))).astype(np.int8),
    }
    return found | {arm: _score(taste, draw) for arm in ARMS}


def replicated(one: Table, replicates: int, seed: int = 1) -> Table:
    """Return ``one`` with every row once in each replicate, other noise in every score."""
    draw = np.random.default_rng(seed)
    found = {name: np.repeat(np.asarray(values), replicates) for name, values in one.items()}
    rows = len(found["label"])
    for arm in ARMS:
        found[arm] = found[arm] + draw.normal(scale=0.3, size=rows).astype(np.float32)
    return found | {"replicate": np.tile(np.arange(replicates), rows // replicates)}


def write(columns: Table, path: Path, row_group_rows: int = 50) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=row_group_rows)
    return path


def _score(taste: NDArray[np.float64], draw: np.random.Generator) -> NDArray[np.float32]:
    return (taste + draw.normal(size=len(taste))).astype(np.float32)
