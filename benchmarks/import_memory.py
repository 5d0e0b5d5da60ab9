"""Importing a log that is longer than the memory it may take, and sorted by nothing.

Parquet files of ``IMPORT_ROWS`` rows (10^8): a million users, 200,000 items, every row's time drawn
from the whole of four weeks. It takes about 12 GB of disk below the temporary folder (``TMPDIR``).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.alone import PEAK, alone
from benchmarks.raw_log import RawLogSpec, write_raw_log
from lis_sim.experiments.figure import Figure

ROWS = int(float(os.environ.get("IMPORT_ROWS", "1e8")))
MEMORY_LIMIT = "1GB"  # what lis-sim data import has by itself


def figures() -> list[Figure]:
    """Return ``import_memory_gib``, the peak of the importing process, and its rows a second."""
    spec = RawLogSpec(ROWS)
    with tempfile.TemporaryDirectory(prefix="lis-import-") as folder:
        raw, out = Path(folder) / "raw", Path(folder) / "log"
        write_raw_log(spec, raw)
        size = sum(file.stat().st_size for file in raw.iterdir()) / 1e9
        settings = {"raw": str(raw), "out": str(out), "memory_limit": MEMORY_LIMIT}
        found = alone("benchmarks.import_log_part", settings | {"rows": spec.rows})
    detail = f"{found['rows']:,} rows of {size:.1f} GB Parquet in {found['seconds']:.0f} s"
    speed = found["rows"] / found["seconds"] / 1e6
    return [
        Figure("import_memory_gib", found[PEAK] / 1024, target="<= 2", detail=detail),
        Figure("import_million_rows_per_second", speed, detail=f"DuckDB within {MEMORY_LIMIT}"),
    ]
