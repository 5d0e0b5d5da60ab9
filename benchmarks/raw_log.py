"""A raw log that is sorted by nothing, in Parquet files, made in the memory of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.presets import parse_spec
from lis_sim.hashing import generator
from lis_sim.types import Int64

START_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC
_DAY_MS = 86_400_000
_LABELLED = 0.3
_TABS = 16
_LARGEST_ID = 2**62


@dataclass(frozen=True, slots=True)
class RawLogSpec:
    """Rows whose times, ids and labels are drawn anew for each: the hardest order to sort."""

    rows: int
    users: int = 1_000_000
    items: int = 200_000
    days: int = 28
    file_rows: int = 2_500_000

    @property
    def files(self) -> int:
        return -(-self.rows // self.file_rows)


def write_raw_log(spec: RawLogSpec, folder: Path) -> ImportSpec:
    """Write the files of ``spec`` to ``folder``; return how they are imported.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mapping = write_raw_log(RawLogSpec(rows=30, file_rows=20), Path(folder))
    ...     mapping.log.files, len(list(Path(folder).iterdir()))
    (('raw-000.parquet', 'raw-001.parquet'), 2)
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids = generator(0, "raw log ids")
    users, items = (ids.integers(0, _LARGEST_ID, count) for count in (spec.users, spec.items))
    for number in range(spec.files):
        rows = min(spec.file_rows, spec.rows - number * spec.file_rows)
        pq.write_table(_table(spec, number, rows, users, items), folder / _name(number))
    return mapping_of(spec).at(folder)


def mapping_of(spec: RawLogSpec) -> ImportSpec:
    """Return how the files of ``spec`` are imported."""
    return parse_spec(
        {
            "name": "raw",
            "files": [_name(number) for number in range(spec.files)],
            "format": "parquet",
            "user": "user_id",
            "item": "item_id",
            "id_type": "int",
            "time": "time_ms",
            "time_unit": "ms",
            "label": "is_click",
            "categorical": ["tab"],
            "outcomes": ["play_seconds"],
        },
        "benchmarks/raw_log.py",
    )


def _table(spec: RawLogSpec, number: int, rows: int, users: Int64, items: Int64) -> pa.Table:
    draw = generator(0, "raw log", number)
    tabs = np.array([f"tab-{one}" for one in range(_TABS)])
    # Cubes of uniform numbers: a few users and items have most of the events.
    columns: dict[str, Any] = {
        "user_id": users[(spec.users * draw.random(rows) ** 3).astype(np.int64)],
        "item_id": items[(spec.items * draw.random(rows) ** 3).astype(np.int64)],
        "time_ms": START_MS + draw.integers(0, spec.days * _DAY_MS, rows),
        "is_click": (draw.random(rows) < _LABELLED).astype(np.int8),
        "tab": tabs[draw.integers(0, _TABS, rows)],
        "play_seconds": draw.exponential(20.0, rows).astype(np.float32),
    }
    return pa.table(columns)


def _name(number: int) -> str:
    return f"raw-{number:03d}.parquet"
