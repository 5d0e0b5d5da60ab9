"""A tiny world whose events are of requests, and some of whose outcomes are missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset


def with_requests(
    world: Dataset,
    out: Path,
    changed: Mapping[str, Any] | None = None,
    row_group_rows: int | None = None,
) -> Dataset:
    """Copy ``world``: a request is up to ten events of a user in 97 rows of the log.

    97 divides no window, so some are cut. Every eleventh ``dwell`` is missing. ``changed`` are
    columns to put in place of those.
    """
    shutil.copytree(world.path, out)
    row = 0
    for path in sorted((out / "events").glob("*.parquet")):
        table = pq.read_table(path)
        rows = np.arange(row, row + len(table))
        row += len(table)
        dwell = table.column("dwell").to_numpy().astype(np.float32)
        columns: dict[str, Any] = {
            "request": pa.array([f"r{k // 97}" for k in rows]),
            "dwell": pa.array(np.where(rows % 11 == 3, np.nan, dwell), from_pandas=True),
        }
        for name, values in (columns | dict(changed or {})).items():
            if name in table.column_names:
                table = table.drop_columns(name)
            table = table.append_column(name, values[rows[0] : rows[-1] + 1])
        pq.write_table(table, path, row_group_size=row_group_rows)
    record = out / "dataset.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"request": True}))
    return Dataset.open(out)
