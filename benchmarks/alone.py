"""A measurement in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from lis_sim.errors import RunError

PEAK = "peak_mib"
_STATUS = Path("/proc/self/status")


def alone(module: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Run ``python -m module`` with ``settings`` and return its answer, with ``peak_mib`` added.

    One thread. Raises :class:`RunError` when it fails; what it says goes to stderr at once.
    """
    own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", module, json.dumps(settings)]
    done = subprocess.run(
        command, env={**os.environ, **own}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise RunError(f"{module} with {dict(settings)} ended with exit code {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def answer(measure: Callable[..., dict[str, Any]]) -> None:
    """Call ``measure`` with the settings of the command line and print what it found."""
    found = measure(**json.loads(sys.argv[1]))
    print(json.dumps(found | {PEAK: peak_mib()}, allow_nan=False))


def peak_mib() -> float:
    """Return the most memory this process has held at once, in MiB.

    By the kernel's mark of this program: ``getrusage`` also counts what the process held that it
    was forked from.

    >>> peak_mib() > 1.0
    True
    """
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
