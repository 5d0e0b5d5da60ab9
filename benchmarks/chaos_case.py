"""A run as a user starts it, in a folder of its own: begun, watched, compared."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.chaos_instants import END, START, Instant, Life
from benchmarks.processes import begin
from lis_sim.data.locking import locked
from lis_sim.errors import RunError
from lis_sim.training.folder import RunFolder

LIMIT_S = 600.0  # a command that takes longer hangs
_LOOK_S = 0.002
# Of the files in a run folder, those of one command: wall times, and whose turn it is.
_TIMED = {"timings.jsonl", "report.html", "live.json", ".attempt"}


@dataclass(frozen=True, slots=True)
class Before:
    """The history as a command found it: the window it begins at, and its time stamp (ns)."""

    window: int
    changed: int


@dataclass(frozen=True, slots=True)
class Case:
    """``lis-sim COMMAND CONFIG --out run``, always the same, in ``folder``.

    All that it writes lies below ``folder``, the cache and temporary files included.
    """

    folder: Path
    settings: Mapping[str, Any]
    windows: int
    temporary: Path
    command: tuple[str, ...] = ("run",)

    @property
    def out(self) -> Path:
        return self.folder / "run"

    def start(self) -> subprocess.Popen[str]:
        """Start the command; what it says is added to ``said.txt``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)
        config = self.folder / "config.yaml"
        if not config.exists():
            config.write_text(yaml.safe_dump(dict(self.settings), sort_keys=False))
        name, *options = self.command
        with (self.folder / "said.txt").open("a") as said:
            return begin(
                [name, str(config), "--out", str(self.out), *options],
                self.folder,
                self.temporary,
                subprocess.DEVNULL,
                said,
                {"LIS_SIM_CACHE": str(self.folder / "cache")},
            )

    def committed(self) -> int:
        """Return how many windows are committed."""
        path = self.out / "windows.jsonl"
        return path.read_bytes().count(b"\n") if path.is_file() else 0

    def goes_back_to(self) -> int:
        """Return the window that the next command would begin at; nothing else runs now."""
        return RunFolder(self.out).checkpoints.newest() or 0

    def wait_for(self, instant: Instant, process: subprocess.Popen[str]) -> bool:
        """Wait for ``instant``; False: the command ended before."""
        end = time.monotonic() + LIMIT_S
        while self.committed() < instant.windows and process.poll() is None:
            self._refuse_to_hang(end)
            time.sleep(_LOOK_S)
        until = time.monotonic() + instant.delay
        while time.monotonic() < until and process.poll() is None:
            time.sleep(min(_LOOK_S, max(0.0, until - time.monotonic())))
        return process.poll() is None

    def wait(self, process: subprocess.Popen[str]) -> int:
        """Wait until the command ends; return its exit code."""
        try:
            return process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self._refuse_to_hang(0.0)
            raise

    def before(self, alone: bool) -> Before:
        """Return what the next command finds; ``alone``: nothing of the last one runs any more."""
        return Before(self.goes_back_to() if alone else 0, self._changed())

    def part(self, before: Before) -> str:
        """Return in which part of its life the command is now, as its folder shows.

        The windows of earlier commands are there from the start, or are cut off: it is starting
        up until it has added one.
        """
        done = self.committed()
        if self._changed() == before.changed or done <= before.window:
            return START
        return END if done >= self.windows else f"window {done}"

    def _changed(self) -> int:
        path = self.out / "windows.jsonl"
        return path.stat().st_mtime_ns if path.is_file() else 0

    def said(self) -> str:
        """Return the end of what the command said."""
        return (self.folder / "said.txt").read_text(errors="replace")[-2000:]

    def lived(self) -> Life:
        """Run the command to its end and return how long its parts took."""
        began = time.monotonic()
        process = self.start()
        marks = []
        for windows in (1, self.windows):
            self.wait_for(Instant("", windows, 0.0), process)
            marks.append(time.monotonic() - began)
        if self.wait(process) != 0:
            raise RunError(f"the undisturbed command failed: {self.said()}")
        whole = time.monotonic() - began
        return Life(marks[0], marks[1] - marks[0], whole - marks[1], self.windows)

    def _refuse_to_hang(self, end: float) -> None:
        if time.monotonic() > end:
            raise RunError(f"{self.folder} hangs after {LIMIT_S:g} s; it said: {self.said()}")


def kept(case: Case) -> dict[str, bytes]:
    """Return the files of a finished run that must not differ, by name."""
    files = (path for path in case.out.iterdir() if path.is_file() and path.name not in _TIMED)
    return {path.name: path.read_bytes() for path in sorted(files)}


def state(case: Case) -> dict[str, np.ndarray[Any, Any]]:
    """Return all that the last checkpoint holds, read as a resumed run reads it."""
    folder = RunFolder(case.out)
    with locked(case.out, wait=False):  # nobody writes it any more
        newest = folder.checkpoints.newest()
    if newest is None:
        raise RunError(f"{case.out} has no checkpoint that can be read")
    return {
        f"{newest}/{part}/{key}": value
        for part in folder.checkpoints.parts(newest)
        for key, value in folder.checkpoints.read_part(newest, part).items()
    }
