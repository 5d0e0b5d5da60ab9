"""One file of scores in this process: ``python -m benchmarks.score_file_part '{"path": …}'``."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.alone import answer, peak_mib
from lis_sim.scoring.api import score_file


def measure(path: str, out: str, window_events: int) -> dict[str, Any]:
    """Score the file ``path`` into the folder ``out``; return its events and the seconds."""
    start_mib, began = peak_mib(), time.perf_counter()
    run = score_file(path, out=out, logits=True, stream={"window": {"events": window_events}})
    seconds = time.perf_counter() - began
    return {"events": run.summary["events"], "seconds": seconds, "start_mib": start_mib}


if __name__ == "__main__":
    answer(measure)
