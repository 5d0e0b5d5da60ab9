"""Importing JSON Lines and slates: events a second, each import a process of its own.

``FORMAT_ROWS`` events (10^6; the targets are for 10^7) of a million users and 200,000 items, in
four files and in no order; a slate shows 20 items. 10^7 take 2 GB of disk below the temporary
folder.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.alone import PEAK, alone
from benchmarks.raw_formats import RawFormat, write_format
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure

ROWS = int(float(os.environ.get("FORMAT_ROWS", "1e6")))
MEMORY_LIMIT = "1GB"  # what lis-sim data import has by itself


def figures() -> list[Figure]:
    """Return ``import_jsonl`` and ``import_slates``, rows a second, and the peaks of both."""
    return [figure for form in ("jsonl", "slates") for figure in _figures(form)]


def _figures(form: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lis-import-") as name:
        folder = Path(name)
        spec = RawFormat(form, ROWS)
        write_format(spec, folder)
        size = sum(file.stat().st_size for file in (folder / "raw").iterdir()) / 1e9
        settings = {"form": form, "folder": name, "memory_limit": MEMORY_LIMIT}
        found = alone("benchmarks.import_format_part", settings)
    if found["rows"] != spec.rows:
        raise RunError(f"{form}: {spec.rows:,} events were written, {found['rows']:,} imported")
    detail = f"{spec.rows:,} events of {size:.2f} GB in {found['seconds']:.1f} s"
    return [
        Figure(
            f"import_{form}", found["rows"] / found["seconds"], target=">= 300000", detail=detail
        ),
        Figure(
            f"import_{form}_peak_gib",
            found[PEAK] / 1024,
            target="<= 2",
            detail=f"DuckDB within {MEMORY_LIMIT}",
        ),
    ]
