"""One import in this process: ``python -m benchmarks.import_log_part '{"raw": …, "rows": …}'``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.alone import answer
from benchmarks.raw_log import RawLogSpec, mapping_of
from lis_sim.data.importing import import_log


def measure(raw: str, out: str, memory_limit: str, **size: int) -> dict[str, Any]:
    """Import the raw log of ``RawLogSpec(**size)`` in ``raw`` to ``out``; return rows and seconds.

    As ``lis-sim data import`` does, whose ``--memory-limit`` is DuckDB's part of the memory.
    """
    began = time.perf_counter()
    log = import_log(mapping_of(RawLogSpec(**size)).at(Path(raw)), Path(out), memory_limit, _said)
    return {"rows": log.rows, "seconds": time.perf_counter() - began}


def _said(stage: str, done: int, total: int) -> None:
    print(f"\r\033[K{stage} {done:,} of {total:,}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    answer(measure)
