"""What decoding costs a run: Parquet, decoded copies that are made on the way, and copies at hand.

A clean arm over a million events of the built-in world, folder to summary, each run in a process of
its own. The copies are those of ``data.decoded`` (:mod:`lis_sim.data.decoded`), kept under the
log's fingerprint. ``DECODING_EVENTS`` is the length of the log.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alone import alone
from benchmarks.interleaved import PAIRS
from lis_sim.data.dataset import Dataset
from lis_sim.data.decoded import decoded
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure

EVENTS = int(float(os.environ.get("DECODING_EVENTS", "1e6")))


def figures() -> list[Figure]:
    """Return nanoseconds an event of the three ways, and of decoding within a run."""
    with tempfile.TemporaryDirectory(prefix="lis-decoding-") as folder:
        spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
        log, cache = write_synthetic(spec, Path(folder) / "log"), Path(folder) / "cache"
        return [*_alone(log, cache), *_in_a_run(log, cache)]


def _alone(log: Dataset, cache: Path) -> list[Figure]:
    """Read the log from end to end, in turn; of the processor's time, the reader's and ahead."""
    found: dict[str, list[float]] = {"parquet": [], "fresh_copy": [], "warm_copy": []}
    copied = decoded(log, cache)
    for _ in range(PAIRS):
        shutil.rmtree(cache, ignore_errors=True)
        for name, dataset in zip(found, (log, copied, copied), strict=True):
            found[name].append(_nanoseconds(dataset))
    return [
        Figure(f"decode_ns_{name}", median(taken), min(taken), max(taken), detail=_READ)
        for name, taken in found.items()
    ]


_READ = "of the processor, an event, every column summed; three passes in turn"


def _nanoseconds(log: Dataset) -> float:
    began = time.process_time()
    for block in log.blocks():
        for column in (block.user, block.item, block.time_us, block.label, block.categorical):
            column.sum()
    return 1e9 * (time.process_time() - began) / log.rows


def _in_a_run(log: Dataset, cache: Path) -> list[Figure]:
    """Return the share of a clean run that reading takes: what its loop waits for blocks."""
    runs: dict[str, list[dict[str, Any]]] = {"parquet": [], "fresh_copy": [], "warm_copy": []}
    for _ in range(PAIRS):
        shutil.rmtree(cache, ignore_errors=True)
        for name, taken in runs.items():
            settings: dict[str, Any] = {"log": str(log.path), "arms": ["clean"]}
            settings |= {"window_events": max(1, EVENTS // 10)}
            settings |= {"decoded": None if name == "parquet" else str(cache)}
            taken.append(alone("benchmarks.scale_case", settings))
    return [_share(name, taken) for name, taken in runs.items()]


def _share(name: str, runs: list[dict[str, Any]]) -> Figure:
    shares = [run["stages"]["read"] / run["seconds"] for run in runs]
    speed = median(run["events"] / run["cpu_seconds"] for run in runs)
    detail = f"waiting for blocks over the run's seconds; {speed:,.0f} events a core-second"
    return Figure(f"read_share_{name}", median(shares), min(shares), max(shares), detail=detail)
