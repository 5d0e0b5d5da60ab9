"""``lis-sim`` as a process of its own, in a session that can be watched and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.01
_AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
PATIENCE = 120.0


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
        code = "from lis_sim.cli import main; main()"
        own = ["--out", str(self.out)]
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "120",
        }
        return subprocess.Popen(
            [sys.executable, "-c", code, self.command, str(config), *own, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

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


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for ``condition``; fail after ``patience`` seconds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(_POLL_SECONDS)


def session_processes(session: int) -> dict[int, str]:
    """Return the living processes of a session and what they call themselves."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # gone meanwhile
        if int(state[3]) == session and state[0] != "Z":
            found[int(folder.name)] = command.strip()
    return found


def kill_one(session: int, name: str) -> None:
    """Kill one process of a session whose command starts with ``name``."""
    pid = min(p for p, command in session_processes(session).items() if command.startswith(name))
    os.kill(pid, signal.SIGKILL)


def kill_driver(process: subprocess.Popen[str]) -> None:
    """Kill the command itself, at once; what it started must go too.

    Ray's agents take a minute to believe that all is over; they are ended here.
    """
    process.kill()
    until(lambda: not _workers(process.pid), patience=30.0)
    end_session(process)


def _workers(session: int) -> list[str]:
    commands = session_processes(session).values()
    return [command for command in commands if not command.startswith(_AGENTS)]


def end_session(process: subprocess.Popen[str]) -> None:
    """Whatever a test left of the command's session goes, process by process."""
    for pid in session_processes(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.communicate()
