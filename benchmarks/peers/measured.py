"""One pass over a log, timed in a process of its own: seconds, peak memory, scores.

    python -m benchmarks.peers.NAME LOG SCORES.npy --batch 4096

prints one line of JSON with ``events``, ``seconds`` and ``peak_mb`` and leaves the score that every
event had before it was learned from in ``SCORES.npy``. What comes before the pass (imports, reading
the log, making the model and its inputs) is not timed.

Every program has one core and one thread. This file is also loaded where nothing of lis-sim is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIELDS = ("user", "item", "category", "device", "surface", "position")
SEED = 2026
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)

Scores = NDArray[np.float32]
Pass = Callable[[], Scores]


@dataclass(frozen=True, slots=True)
class Columns:
    """A log in memory: ``fields`` name to int64 ``(n,)`` in time order, ``label`` float32."""

    fields: dict[str, NDArray[np.int64]]
    label: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.label)

    def sizes(self) -> dict[str, int]:
        """Return how many values every field takes."""
        return {name: int(values.max()) + 1 for name, values in self.fields.items()}


def old_numpy_names() -> None:
    """Give NumPy 2 the names that FuxiCTR 2.3 and RecBole 1.2 still use."""
    numbers = {"float_": np.float64, "complex_": np.complex128, "unicode_": np.str_}
    for name, value in {"Inf": np.inf, **numbers}.items():
        setattr(np, name, value)


def read(log: Path) -> Columns:
    """Read the events of a dataset folder."""
    import pyarrow.parquet as pq

    table = pq.read_table(log / "events", columns=[*FIELDS, "label"])
    fields = {name: table[name].to_numpy().astype(np.int64) for name in FIELDS}
    return Columns(fields, table["label"].to_numpy().astype(np.float32))


def main(prepare: Callable[[Path, int], Pass]) -> None:
    """Time the pass that ``prepare(log, batch)`` returns and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("scores", type=Path)
    parser.add_argument("--batch", type=int, required=True)
    given = parser.parse_args()
    one_core()
    played = prepare(given.log, given.batch)
    scores, facts = timed(played)
    np.save(given.scores, scores)
    print(json.dumps({"events": len(scores), **facts}), flush=True)


def timed(call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what ``call`` returns, its seconds, and the process's peak memory meanwhile."""
    with suppress(OSError):  # a container may refuse: then the peak is the process's
        Path("/proc/self/clear_refs").write_text("5")
    began, processor = time.perf_counter(), time.process_time()
    found = call()
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    return found, {"seconds": seconds, "cpu_seconds": processor, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return the peak of resident memory since it was last set back, in 10^6 bytes."""
    match = _PEAK.search(Path("/proc/self/status").read_text())
    assert match is not None
    return int(match.group(1)) * 1_024 / 1e6


def one_core() -> None:
    """Keep this process and its threads on one core: the last, which gets fewer interrupts."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
