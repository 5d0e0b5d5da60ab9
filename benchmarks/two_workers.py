"""One arm whose users are split over two workers, against one worker, on two free cores.

Whole runs of ``lis-sim`` on Ray: the clean arm by tensors (DeepFM 16, 64-32) over six million
events of the built-in world (50,000 users, 20,000 items, four more fields) in steps of a global
batch, with ``training.user_shards`` 2 and with one worker. Timed are the windows after the first
four, when nothing of Ray is starting any more; every other cost of a window is in it. Beside it
stand the same loops in bare processes, without Ray (``two_workers_part.py``), and how free the
cores were: two busy loops at once. ``WORKERS_EVENTS`` is the log's length.
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
from lis_sim.config import parse_config
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import RunError
from lis_sim.experiments.figure import Figure
from lis_sim.training.api import execute, prepare
from lis_sim.training.cluster.session import ray_session
from lis_sim.training.folder import TIMINGS

EVENTS = int(float(os.environ.get("WORKERS_EVENTS", "6e6")))
BATCHES = {16_384: "two_workers", 4_096: "two_workers_b4096"}
_TARGETS = {16_384: ">= 1.6", 4_096: ""}
_WINDOWS = 12
_UNTIMED = 4
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
    with tempfile.TemporaryDirectory(prefix="lis-workers-") as folder, ray_session(None):
        log = str(write_synthetic(spec, Path(folder) / "log").path)
        for batch in BATCHES:
            found += _compared(log, batch)
    return found


def _compared(log: str, batch_events: int) -> list[Figure]:
    """Play with one worker and with two in turn, and the busy loops between."""
    one: list[Played] = []
    two: list[Played] = []
    bare, free = [], []
    for _ in range(PAIRS):
        free.append(_free())
        for shards, runs in ((1, one), (2, two)):
            runs.append(played(log, shards, batch_events))
        bare.append(bare_seconds(log, 1, batch_events) / bare_seconds(log, 2, batch_events))
    ratios = [a.seconds / b.seconds for a, b in zip(one, two, strict=True)]
    speeds = [median(run.events / run.seconds for run in runs) for runs in (one, two)]
    detail = (
        f"{speeds[0]:,.0f} against {speeds[1]:,.0f} events/s, {PAIRS} pairs in turn; AUC "
        f"{one[0].auc:.6f} and {two[0].auc:.6f}"
    )
    name, target = BATCHES[batch_events], _TARGETS[batch_events]
    calibration = "two busy loops at once: speed of both over twice that of one alone"
    return [
        Figure(name, median(ratios), min(ratios), max(ratios), target, detail),
        Figure(
            f"two_workers_bare_b{batch_events}",
            median(bare),
            min(bare),
            max(bare),
            "",
            "the same loops in processes without Ray",
        ),
        Figure(
            f"two_cores_free_b{batch_events}", median(free), min(free), max(free), "", calibration
        ),
    ]


@dataclass(frozen=True, slots=True)
class Played:
    """What a run took for the ``events`` of its timed windows."""

    seconds: float
    events: float
    auc: float


def played(log: str, shards: int, batch_events: int) -> Played:
    """Play the log with its users over ``shards`` workers."""
    training = {
        "device": "cpu",
        "workers": shards,
        "user_shards": shards,
        "checkpoint_windows": _WINDOWS,
    }
    config = parse_config(_settings(log, batch_events) | {"training": training}, "workers")
    with tempfile.TemporaryDirectory(prefix="lis-workers-run-") as folder:
        prepared = prepare(config, Path(folder) / "run")
        run = execute(prepared)
        lines = (prepared.folder.path / TIMINGS).read_text().splitlines()
    seconds = sum(json.loads(line)["seconds"] for line in lines[_UNTIMED:])
    share = 1.0 - _UNTIMED / _WINDOWS
    return Played(seconds, prepared.dataset.rows * share, run.summary["arms"][0]["auc"]["value"])


def _settings(log: str, batch_events: int) -> dict[str, Any]:
    return {
        "name": "workers",
        "data": {"source": log},
        "arms": ["clean"],
        "form": "joint",
        "replicates": 1,
        "stream": {"window": {"count": _WINDOWS}, "step_events": batch_events, "history": 1},
        "policy": {"settings": {"kernel": "torch", "batch_events": batch_events}},
        "drift": {"enabled": False},
        "monitoring": {"enabled": False},
    }


def bare_seconds(log: str, size: int, batch_events: int) -> float:
    """Return what ``size`` processes without Ray take for the timed windows."""
    settings = _settings(log, batch_events) | {"training": {"engine": "local", "device": "cpu"}}
    with tempfile.TemporaryDirectory(prefix="lis-workers-bare-") as folder:
        given = {
            "settings": settings,
            "size": size,
            "untimed": _UNTIMED,
            "store": str(Path(folder) / "store"),
        }
        workers = [
            _begun([sys.executable, "-m", "benchmarks.two_workers_part", json.dumps(each)])
            for each in (given | {"rank": rank} for rank in range(size))
        ]
        said = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise RunError(f"a process of {size} with batches of {batch_events} ended with an error")
    return max(float(json.loads(one.splitlines()[-1])["seconds"]) for one in said)


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
