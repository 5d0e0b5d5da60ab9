"""One arm whose users are split over two workers, against one worker, on two free cores.

What is measured is the *step*: DeepFM by tensors (16, 64-32) over a million events of the built-in
world (50,000 users, 20,000 items, four more fields), predicting and then learning from each global
batch, in processes joined by gloo (``benchmarks/two_workers_part.py``). ``lis-sim run`` spreads
arms and replicates over its workers, not the users of one arm: until it does, ``two_workers``,
which is of the whole program, has no value. ``WORKERS_EVENTS`` is the length of the log.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.interleaved import PAIRS
from benchmarks.processes import ROOT
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure

EVENTS = int(float(os.environ.get("WORKERS_EVENTS", "1e6")))
BATCHES = (16_384, 4_096)
_TARGET = ">= 1.6"
_BUSY = """
import sys, time
sys.stdin.readline()
began, total = time.perf_counter(), 0
for k in range(4_000_000):
    total += k
print(time.perf_counter() - began)
"""


def figures() -> list[Figure]:
    """Return the speed of two workers over one for each batch, and how free the cores were."""
    spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
    found = []
    with tempfile.TemporaryDirectory(prefix="lis-workers-") as folder:
        log = str(write_synthetic(spec, Path(folder) / "log").path)
        for batch in BATCHES:
            found += _compared(log, batch, Path(folder))
    missing = "lis-sim run splits no arm by users yet; two_workers_step_* are of the step alone"
    return [*found, Figure("two_workers", None, target=_TARGET, detail=missing)]


def _compared(log: str, batch_events: int, folder: Path) -> list[Figure]:
    """Play with one worker and with two in turn, and the busy loops between."""
    one: list[_Played] = []
    two: list[_Played] = []
    free = []
    for pair in range(PAIRS):
        free.append(_free())
        for size, played in ((1, one), (2, two)):
            played.append(
                _played(log, size, batch_events, folder / f"{batch_events}-{pair}-{size}")
            )
    ratios = [a.seconds / b.seconds for a, b in zip(one, two, strict=True)]
    name = f"two_workers_step_b{batch_events}"
    speeds = [EVENTS / median(run.seconds for run in runs) for runs in (one, two)]
    sent = two[0].sent / -(-EVENTS // batch_events) / 1e3
    detail = (
        f"{speeds[0]:,.0f} against {speeds[1]:,.0f} events/s, {PAIRS} pairs in turn; AUC "
        f"{one[0].auc:.6f} and {two[0].auc:.6f}; each sends {sent:,.0f} kB a step and works "
        f"{two[0].cpu_seconds / one[0].cpu_seconds:.2f} of one worker's core-seconds"
    )
    calibration = "two busy loops at once: speed of both over twice that of one alone"
    return [
        Figure(name, median(ratios), min(ratios), max(ratios), _TARGET, detail),
        Figure(
            f"two_cores_free_b{batch_events}", median(free), min(free), max(free), "", calibration
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Played:
    seconds: float
    cpu_seconds: float  # of the first worker
    auc: float
    sent: float  # bytes, by the first worker


def _played(log: str, size: int, batch_events: int, store: Path) -> _Played:
    settings = {"log": log, "size": size, "batch_events": batch_events, "store": str(store)}
    workers = [
        _begun([sys.executable, "-m", "benchmarks.two_workers_part", json.dumps(each)])
        for each in (settings | {"rank": rank} for rank in range(size))
    ]
    said = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise RunError(f"a worker of {size} with batches of {batch_events} ended with an error")
    found: list[dict[str, Any]] = [json.loads(one.splitlines()[-1]) for one in said]
    first = found[0]
    slowest = max(one["seconds"] for one in found)
    return _Played(slowest, first["cpu_seconds"], first["auc"], first["sent"])


def _free() -> float:
    """Return the speed of two busy loops at once over twice that of one: 1 where cores are free."""
    (alone,) = _busy(1)
    return alone / max(_busy(2))


def _busy(count: int) -> list[float]:
    loops = [_begun([sys.executable, "-c", _BUSY]) for _ in range(count)]
    time.sleep(0.2)  # all have started and wait for the word
    for loop in loops:
        assert loop.stdin is not None
        loop.stdin.write("\n")
        loop.stdin.flush()
    return [float(loop.communicate()[0]) for loop in loops]


def _begun(command: Sequence[str]) -> subprocess.Popen[str]:
    own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        list(command),
        env={**os.environ, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
