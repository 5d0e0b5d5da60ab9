"""Small logs for the tests of ``lis_sim.data``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import ImportSpec, RawTable
from lis_sim.data.writer import DatasetWriter, describe_events

FIRST_S = 1_700_000_000  # 2023-11-14 22:13:20 UTC


def columns_of(times: Sequence[int]) -> dict[str, Any]:
    """Return the columns of a log with these times; every other one follows from the row."""
    row = np.arange(len(times))
    return {
        "user": (row % 3).astype(np.int32),
        "item": (row % 5).astype(np.int32),
        "time": np.asarray(times, dtype=np.int64),
        "label": (row % 2).astype(np.float32),
        "place": (row % 4).astype(np.int32),
        "price": row.astype(np.float32) / 8,
        "paid": row.astype(np.float64),
    }


def make_log(out: Path, columns: dict[str, Any]) -> Dataset:
    """Write ``columns`` as a dataset of 3 users, 5 items and 4 places."""
    with DatasetWriter(out, replace=True) as writer:
        writer.events.append(pa.table({k: pa.array(v) for k, v in columns.items()}))
        writer.events.close()
        ids: dict[str, pa.Array[Any]] = {
            "user": pa.array([7, 8, 9]),
            "item": pa.array(list("abcde")),
            "place": pa.array(list("wxyz")),
        }
        for name, values in ids.items():
            writer.vocabulary(name, values)
        record = describe_events(writer.events, "small", ids, ["place"], ["price"])
        return Dataset.open(writer.finish(replace(record, outcomes=("paid",))))


def csv_spec(folder: Path, text: str, **changes: Any) -> ImportSpec:
    """Write ``text`` as ``log.csv`` and return the spec of columns user, item, time, label."""
    (folder / "log.csv").write_text(text, encoding="utf-8")
    spec = ImportSpec(
        "small", RawTable(("log.csv",)), "user", "item", "time", "label", folder=folder
    )
    return replace(spec, **changes)
