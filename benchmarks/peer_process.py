"""A program played over a log in a process of its own, with one core and one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT
from lis_sim.errors import RunError

PEERS_PYTHON = ROOT / "build" / "peers" / "bin" / "python"
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMBA")
_PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Played:
    """What one pass took: ``auc`` and ``windows`` (events, in the warm-up) of lis-sim alone."""

    events: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    auc: float | None = None
    windows: tuple[tuple[int, bool], ...] = ()


def peer(module: str, log: Path, scores: Path, batch: int, python: Path = PEERS_PYTHON) -> Played:
    """Play ``benchmarks.peers.MODULE`` in the peers' environment; its scores go to ``scores``.

    Raises :class:`RunError` without that environment, or with what the program said last.
    """
    check_installed(python)
    return _played([str(python), "-m", f"benchmarks.peers.{module}", str(log), str(scores)], batch)


def check_installed(python: Path = PEERS_PYTHON) -> None:
    """Raise :class:`RunError` unless the peers' environment is there."""
    if not (python.parent / python.name).exists():
        raise RunError(
            f"the programs to compare with are not installed: no {python}; run `make bench-peers`, "
            "which makes an environment of their own"
        )


def ours(log: Path, batch: int, kernel: str) -> Played:
    """Play lis-sim's whole program with one of its kernels."""
    own = [sys.executable, "-m", "benchmarks.peers.ours", str(log), "--kernel", kernel]
    return _played(own, batch)


def parsed(said: str) -> Played:
    """Read the line of JSON that a program ends with.

    >>> parsed('{"events": 9, "seconds": 3.0, "cpu_seconds": 2.9, "peak_mb": 80.5}').seconds
    3.0
    """
    told = json.loads(said.strip().rpartition("\n")[2])
    windows = tuple((int(events), bool(warmup)) for events, warmup in told.pop("windows", ()))
    return Played(**told, windows=windows)


def _played(command: Sequence[str], batch: int) -> Played:
    threads = {f"{name}_NUM_THREADS": "1" for name in _THREADS}
    done = subprocess.run(
        [*command, "--batch", str(batch)],
        cwd=ROOT,
        env={**os.environ, **threads, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        name = command[2]
        raise RunError(f"{name} ended with {done.returncode}: {done.stderr.strip()[-1_500:]}")
    return parsed(done.stdout)
