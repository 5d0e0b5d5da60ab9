"""Five arms on two cores against one clean run on one: whole runs, builds included.

``clean``, ``leaked``, ``leaked_crossfit`` (5 folds), ``causal`` and ``placebo`` of one ``co_click``
over a million events of the built-in world (50,000 users, 20,000 items, four more categorical
fields), one replicate in steps and batches of 1,024: the ``ray`` engine with two workers and its
builder. The clean run is of the same log and of the same engine with one worker; ``local`` is told
beside. Neither contains Ray's start: a run's time begins when its workers have begun and ends when
its last window is committed. ``FIVE_EVENTS`` is the length of the log.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.interleaved import PAIRS
from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure
from lis_sim.training.api import PreparedRun, execute, prepare
from lis_sim.training.cluster.session import ray_session
from lis_sim.training.cluster.worker_events import WorkerEvents
from lis_sim.training.folder import TIMINGS
from lis_sim.training.stages import STAGES

EVENTS = int(os.environ.get("FIVE_EVENTS", "1000000"))
BATCH = 1_024
FIVE = (
    "clean",
    "leaked:co_click",
    "leaked_crossfit:co_click",
    "causal:co_click",
    "placebo:co_click",
)
_WINDOWS = 10
_POLL_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Played:
    """One run: its seconds, and those its windows tell by stage (summed over workers)."""

    seconds: float
    stages: dict[str, float]
    waited: float  # for the builder


def figures() -> list[Figure]:
    """Return ``five_arms`` of the ``residual`` form and ``five_arms_joint``: times a clean run."""
    with tempfile.TemporaryDirectory(prefix="five-") as folder, ray_session(None):
        spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
        log = write_synthetic(spec, Path(folder) / "log")
        targets = {"residual": "<= 4.5", "joint": ""}
        names = {"residual": "five_arms", "joint": "five_arms_joint"}
        return [_figure(log, names[form], form, target) for form, target in targets.items()]


def _figure(log: Dataset, name: str, form: str, target: str) -> Figure:
    five, clean, local = [], [], []
    for _ in range(PAIRS):
        five.append(played(log, FIVE, form, "ray", 2))
        clean.append(played(log, ("clean",), form, "ray", 1))
        local.append(played(log, ("clean",), form, "local", 1))
    ratios = [ours.seconds / one.seconds for ours, one in zip(five, clean, strict=True)]
    typical = sorted(five, key=lambda one: one.seconds)[PAIRS // 2]
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in typical.stages.items())
    detail = (
        f"{typical.seconds:.2f} s (of all workers: {stages}; the first waited "
        f"{typical.waited:.2f} s for the builder) against {_median(clean):.2f} s, "
        f"local {_median(local):.2f} s; {PAIRS} in turn"
    )
    ratio = statistics.median(ratios)
    return Figure(name, ratio, min(ratios), max(ratios), target, detail)


def _median(runs: Sequence[Played]) -> float:
    return statistics.median(one.seconds for one in runs)


def played(log: Dataset, arms: Sequence[str], form: str, engine: str, workers: int) -> Played:
    """Run ``log`` with ``arms`` to its end."""
    config = parse_config(
        {
            "name": "five",
            "data": {"source": str(log.path)},
            "stream": {"window": {"count": _WINDOWS}, "step_events": BATCH, "warmup_windows": 1},
            "preferences": [{"name": "co_click"}] if len(arms) > 1 else [],
            "arms": list(arms),
            "form": form,
            "replicates": 1,
            "policy": {"name": "deepfm", "settings": {"batch_events": BATCH}},
            "training": {"engine": engine, "device": "cpu", "workers": workers},
            "drift": {"enabled": False},
            "monitoring": {"enabled": False},
        }
    )
    with tempfile.TemporaryDirectory(prefix="five-") as folder:
        prepared = prepare(config, Path(folder) / "run")
        began = time.time()
        if engine == "ray":
            began = _executed(prepared)
        else:
            execute(prepared)
        timings = prepared.folder.path / TIMINGS
        seconds = timings.stat().st_mtime - began
        lines = [json.loads(line) for line in timings.read_text().splitlines()]
    stages = {name: sum(one["stages"][name] for one in lines) for name in STAGES}
    return Played(seconds, stages, sum(one.get("waited_for_builder", 0.0) for one in lines))


def _executed(prepared: PreparedRun) -> float:
    """Run to the end; return when the workers had begun."""
    events, over = WorkerEvents(prepared.folder.path), threading.Event()
    found: list[float] = []

    def watch() -> None:
        while not found and not over.wait(_POLL_SECONDS):
            found.extend(time.time() for one in events.news() if one["event"] == "begun")

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        execute(prepared)
    finally:
        over.set()
        watcher.join()
    return found[0]
