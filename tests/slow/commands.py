"""``lis-sim`` as a process of its own, in a session that can be watched and killed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.processes import PATIENCE as PATIENCE
from benchmarks.processes import ROOT as ROOT
from benchmarks.processes import begin, kill, named, workers_left
from benchmarks.processes import end_session as end_session
from benchmarks.processes import session_processes as session_processes
from benchmarks.processes import until as until


@dataclass(frozen=True, slots=True)
class Command:
    """A ``command`` of ``lis-sim`` with one config; all that it writes lies below ``folder``."""

    folder: Path
    settings: Mapping[str, Any]
    temporary: Path  # short, because Ray keeps sockets there
    command: str = "run"

    @property
    def out(self) -> Path:
        return self.folder / "run"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it in a session of its own; stdout and stderr go to pipes."""
        config = self.folder / "config.yaml"
        config.write_text(yaml.safe_dump(dict(self.settings)))
        own = ["--out", str(self.out)]
        return begin([self.command, str(config), *own, *arguments], self.folder, self.temporary)

    def committed(self) -> int:
        """Return how many windows are committed."""
        path = self.out / "windows.jsonl"
        return path.read_bytes().count(b"\n") if path.is_file() else 0

    def wait_for(self, windows: int, process: subprocess.Popen[str]) -> None:
        """Wait until so many windows are committed and the run still goes on."""
        until(lambda: self.committed() >= windows or process.poll() is not None)
        if process.poll() is not None:
            _, told = process.communicate()
            raise AssertionError(f"ended with {process.returncode} too early: {told}")
        assert not (self.out / "summary.json").exists(), "finished before it could be killed"


def kill_one(session: int, name: str) -> None:
    """Kill one process of a session whose command starts with ``name``."""
    assert kill(named(session, name)[0])


def kill_driver(process: subprocess.Popen[str]) -> None:
    """Kill the command itself, at once; what it started must go too.

    Ray's agents take a minute to believe that all is over; they are ended here.
    """
    process.kill()
    until(lambda: not workers_left(process.pid), patience=30.0)
    end_session(process)
