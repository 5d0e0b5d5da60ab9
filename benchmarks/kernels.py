"""DeepFM's step as machine code against the same step by tensors, through the whole program.

One clean arm over a million events of the built-in world (50,000 users, 20,000 items, four more
categorical fields), dataset to files, in steps and batches of as many events as the name says; one
thread. ``KERNELS_EVENTS`` is the length of the log.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.interleaved import PAIRS, Paired, paired
from lis_sim.config import parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.experiments.figure import Figure
from lis_sim.training.api import execute, prepare
from lis_sim.training.folder import TIMINGS

EVENTS = int(os.environ.get("KERNELS_EVENTS", "1000000"))
BATCHES = (256, 1_024, 4_096)
_WINDOWS = 10
_OWN = ("score", "train")  # stages of a window; all others are overhead


@dataclass(frozen=True, slots=True)
class _Played:
    auc: float
    overhead: float  # share of the windows' time


def figures() -> list[Figure]:
    """Return ``compiled_torch_bN`` for each batch, the AUC's difference and the overhead.

    ``compiled_auc_difference`` is the largest over the batches, ``overhead_share`` the compiled
    path's at 1,024 events: everything but scoring and training over everything.
    """
    with tempfile.TemporaryDirectory(prefix="lis-kernels-") as folder:
        spec = SyntheticSpec(events=EVENTS, users=50_000, items=20_000)
        log = write_synthetic(spec, Path(folder) / "log")
        compared = {batch: _compared(log, batch) for batch in BATCHES}
    found = [
        times.figure(f"compiled_torch_b{b}", "", _told(times, both))
        for b, (times, both) in compared.items()
    ]
    apart = [abs(both["compiled"].auc - both["torch"].auc) for _, both in compared.values()]
    return [*found, _apart(apart), _overhead(compared[1_024][1])]


def _compared(log: Dataset, batch: int) -> tuple[Paired, dict[str, _Played]]:
    """Return the seconds of both kernels in turn, and what the last run of each came to."""
    both: dict[str, _Played] = {}

    def play(kernel: str) -> None:
        both[kernel] = _played(log, kernel, batch)

    return paired(lambda: play("compiled"), lambda: play("torch"), PAIRS), both


def _told(times: Paired, both: dict[str, _Played]) -> str:
    return ", ".join(
        f"{kernel} {EVENTS / statistics.median(seconds):,.0f} events/s, AUC {both[kernel].auc:.5f}"
        for kernel, seconds in (("compiled", times.ours), ("torch", times.theirs))
    )


def _played(log: Dataset, kernel: str, batch: int) -> _Played:
    """Run ``log`` from its folder to a summary and return what came of it."""
    config = parse_config(
        {
            "name": "kernels",
            "data": {"source": str(log.path)},
            "stream": {"window": {"count": _WINDOWS}, "step_events": batch, "warmup_windows": 1},
            "arms": ["clean"],
            "replicates": 1,
            "policy": {"name": "deepfm", "settings": {"batch_events": batch, "kernel": kernel}},
            "training": {"engine": "local", "device": "cpu"},
            "drift": {"enabled": False},
            "monitoring": {"enabled": False},
        }
    )
    with tempfile.TemporaryDirectory(prefix="lis-kernels-") as folder:
        run = execute(prepare(config, Path(folder) / "run"))
        (arm,) = (one for one in run.summary["arms"] if one["slice"] == "all")
        lines = (run.folder / TIMINGS).read_text().splitlines()
        stages = [json.loads(line)["stages"] for line in lines]
    own = sum(one[name] for one in stages for name in _OWN)
    return _Played(float(arm["auc"]["value"]), 1.0 - own / sum(sum(one.values()) for one in stages))


def _apart(differences: Sequence[float]) -> Figure:
    told = ", ".join(f"{one:.1e}" for one in differences)
    return Figure("compiled_auc_difference", max(differences), target="<= 0.0002", detail=told)


def _overhead(both: dict[str, _Played]) -> Figure:
    compiled, torch = both["compiled"].overhead, both["torch"].overhead
    detail = f"compiled; torch {torch:.3f}; of the stages' seconds"
    return Figure("overhead_share", compiled, target="<= 0.15", detail=detail)
