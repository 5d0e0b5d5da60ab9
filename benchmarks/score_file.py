"""``lis-sim score`` over a long file and a short one: its speed, and whether memory grows.

Five arms of one replicate, 50,000 users, 20,000 items, windows of 250,000 events, each file scored
by a process of its own with one thread. ``SCORE_ROWS`` (10^7) is the longer one, the shorter one
has 10^6 rows; 10^8 take 4 GB of disk below the temporary folder (``TMPDIR``) and a few minutes.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.alone import PEAK, alone
from lis_sim.experiments.figure import Figure
from lis_sim.hashing import generator

SHORT = 1_000_000
LONG = int(float(os.environ.get("SCORE_ROWS", "1e7")))
_WINDOW = 250_000
# Arms, and how much more than the clean one each knows of the label.
_ARMS = {"clean": 0.5, "leaked:likes": 0.8, "leaked_crossfit:likes": 0.7, "causal:likes": 0.6}
_ARMS |= {"placebo:likes": 0.5}
_START_US = 1_704_067_200_000_000  # 2024-01-01 00:00 UTC
_STEP_US = 10_000  # between two events


@dataclass(frozen=True, slots=True)
class ScoreLogSpec:
    """Rows of scores, one an event: all drawn anew, in files' usual row groups."""

    rows: int
    users: int = 50_000
    items: int = 20_000
    group_rows: int = 250_000


def figures() -> list[Figure]:
    """Return ``score_file_memory_ratio`` and ``score_file_rows_per_core_second``."""
    short, long = _measured(SHORT), _measured(LONG)
    detail = (
        f"{long[PEAK]:,.0f} MiB over {LONG:,} rows, {short[PEAK]:,.0f} over {SHORT:,}; "
        f"{short['start_mib']:,.0f} before anything is opened; windows of {_WINDOW:,}"
    )
    speed = (
        f"{LONG:,} rows x {len(_ARMS)} arms in {long['core_seconds']:.1f} core-seconds "
        f"({long['seconds']:.1f} s), reading included"
    )
    return [
        Figure("score_file_memory_ratio", long[PEAK] / short[PEAK], target="<= 1.1", detail=detail),
        Figure("score_file_rows_per_core_second", LONG / long["core_seconds"], detail=speed),
    ]


def write_score_log(spec: ScoreLogSpec, path: Path) -> Path:
    """Write the scores of ``spec`` to ``path``, in the memory of one row group.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_score_log(ScoreLogSpec(rows=30, group_rows=20), Path(folder) / "a.parquet")
    ...     pq.read_metadata(path).num_row_groups, pq.read_schema(path).names[:4]
    (2, ['user', 'item', 'time', 'label'])
    """
    writer: pq.ParquetWriter | None = None
    for first in range(0, spec.rows, spec.group_rows):
        group = _group(spec, first, min(spec.group_rows, spec.rows - first))
        writer = writer or pq.ParquetWriter(path, group.schema)
        writer.write_table(group)
    if writer is not None:
        writer.close()
    return path


def _group(spec: ScoreLogSpec, first: int, rows: int) -> pa.Table:
    draw = generator(0, "score file", first)
    taste = draw.normal(size=rows)
    label = draw.random(rows) < 1.0 / (1.0 + np.exp(1.0 - taste))
    columns: dict[str, Any] = {
        "user": draw.integers(0, spec.users, rows),
        "item": draw.integers(0, spec.items, rows),
        "time": pa.array(
            _START_US + _STEP_US * np.arange(first, first + rows), pa.timestamp("us", "UTC")
        ),
        "label": label,
    }
    for arm, known in _ARMS.items():
        columns[arm] = (known * taste + draw.normal(size=rows)).astype(np.float32)
    return pa.table(columns)


def _measured(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lis-score-") as folder:
        path = write_score_log(ScoreLogSpec(rows), Path(folder) / "scores.parquet")
        settings = {"path": str(path), "out": str(Path(folder) / "run"), "window_events": _WINDOW}
        return alone("benchmarks.score_file_part", settings)
