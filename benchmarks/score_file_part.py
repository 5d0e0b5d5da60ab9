"""One file of scores in this process: ``python -m benchmarks.score_file_part '{"path": …}'``."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.alone import answer, peak_mib
from lis_sim.scoring.api import score_file


def measure(path: str, out: str, window_events: int) -> dict[str, Any]:
    """Score the file ``path`` into the folder ``out``; return its events and what it took."""
    start_mib, began, busy = peak_mib(), time.perf_counter(), time.process_time()
    run = score_file(path, out=out, logits=True, stream={"window": {"events": window_events}})
    return {
        "events": run.summary["events"],
        "seconds": time.perf_counter() - began,
        "core_seconds": time.process_time() - busy,
        "start_mib": start_mib,
    }


if __name__ == "__main__":
    answer(measure)
