"""Faults that come over workers of the ``ray`` engine, as a file beside the run asks for them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lis_sim.training.cluster import train_worker as ray_worker
from lis_sim.training.cluster.rank_worker import Part, RankWorker, Task

_FILE = "fault.json"


def ask_for(run: Path, kind: str, rank: int, window: int, times: int) -> None:
    """Let a fault come over worker ``rank`` of ``run`` in ``window``, the first ``times`` times."""
    run.parent.mkdir(parents=True, exist_ok=True)
    fault = {"kind": kind, "rank": rank, "window": window, "times": times}
    _write(run.parent / _FILE, fault)


def train_worker(config: Mapping[str, Any]) -> None:
    """Do what the engine's ``train_worker`` does, faults included."""
    task: Task = config["task"]
    path = task.folder.parent / _FILE
    own_part = RankWorker._own_part

    def faulty(self: RankWorker, window: int, due: bool) -> Part:
        fault = json.loads(path.read_text())
        here = (self._ranks.rank, window) == (fault["rank"], fault["window"])
        if here and fault["times"] > 0:
            _write(path, fault | {"times": fault["times"] - 1})
            _happen(fault["kind"], self)
        return own_part(self, window, due)

    RankWorker._own_part = faulty  # type: ignore[method-assign]
    ray_worker.train_worker(config)


def _write(path: Path, fault: Mapping[str, Any]) -> None:
    partial = path.with_suffix(".partial")  # all workers read it
    partial.write_text(json.dumps(fault))
    partial.replace(path)


def _happen(kind: str, worker: RankWorker) -> None:
    if kind == "no numbers":
        ranker: Any = worker._worker.loop.recommenders[0]
        ranker.score = lambda batch: np.full(len(batch), np.nan, np.float32)
    if kind == "hang":
        while True:
            time.sleep(60)
    if kind == "memory":
        raise MemoryError
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
