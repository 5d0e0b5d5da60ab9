"""One run in this process: ``python -m benchmarks.scale_case '{"log": …, "arms": […]}'``."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.alone import answer, peak_mib
from lis_sim.config import RunConfig, parse_config
from lis_sim.training.api import execute, prepare
from lis_sim.training.folder import TIMINGS

KINDS = ("leaked", "leaked_crossfit", "causal", "placebo")
STEP_EVENTS = 4_096


def arms_of(count: int) -> list[str]:
    """Return so many arms: clean, and the four kinds over as many preference data as it takes.

    >>> arms_of(6)[4:]
    ['placebo:p0', 'leaked:p1']
    """
    return ["clean", *(f"{KINDS[k % 4]}:p{k // 4}" for k in range(count - 1))]


def config_of(
    log: str,
    arms: Sequence[str],
    window_events: int,
    replicates: int = 1,
    per_user: int = 2_048,
    decoded: str | None = None,
) -> RunConfig:
    """Return the run of ``arms`` over the dataset ``log``: DeepFM, 4,096 events a step.

    Each preference data set is ``co_click`` over all events, its lists ``per_user`` long.
    ``decoded``: a cache, where decoded copies of the log are read and made.
    """
    names = dict.fromkeys(arm.partition(":")[2] for arm in arms if ":" in arm)
    return parse_config(
        {
            "name": "scale",
            "data": {"source": log} | ({"decoded": True, "cache": decoded} if decoded else {}),
            "stream": {
                "window": {"events": window_events},
                "step_events": STEP_EVENTS,
                "warmup": 0.0,
            },
            "arms": list(arms),
            "preferences": [{"name": name, "per_user": per_user} for name in names],
            "replicates": replicates,
            "policy": {"name": "deepfm", "settings": {"batch_events": STEP_EVENTS}},
            "training": {"engine": "local", "device": "cpu"},
            "drift": {"enabled": False},
            "monitoring": {"enabled": False},
        }
    )


def measure(**settings: Any) -> dict[str, Any]:
    """Run :func:`config_of` ``(**settings)``; return events, windows, seconds and stages.

    ``cpu_seconds`` are those of the processor, which other programs on the machine change little;
    ``start_mib`` is what the program held before it opened the log.
    """
    start, began, worked = peak_mib(), time.perf_counter(), time.process_time()
    config = config_of(**settings)
    with tempfile.TemporaryDirectory(prefix="lis-scale-") as folder:
        run = execute(prepare(config, Path(folder) / "run"))
        found = {
            "events": run.summary["events"],
            "windows": run.summary["windows"],
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - worked,
            "start_mib": start,
        }
        lines = (run.folder / TIMINGS).read_text().splitlines()
    stages: dict[str, float] = {}
    for line in lines:
        for name, seconds in json.loads(line)["stages"].items():
            stages[name] = stages.get(name, 0.0) + seconds
    return found | {"stages": stages}


if __name__ == "__main__":
    answer(measure)
