"""One import of a process: ``python -m benchmarks.import_format_part '{"form": "jsonl", …}'``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.alone import answer
from benchmarks.raw_formats import mapping_of
from lis_sim.data.importing import import_log


def measure(form: str, folder: str, memory_limit: str) -> dict[str, Any]:
    """Import the files of ``form`` in ``folder``, as ``lis-sim data import`` does."""
    began = time.perf_counter()
    log = import_log(mapping_of(form).at(Path(folder)), Path(folder) / "log", memory_limit)
    return {"rows": log.rows, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    answer(measure)
