"""``lis-sim`` as a process in a session of its own, which can be watched and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
_POLL_SECONDS = 0.01
# Ray's agents take a minute to believe that all is over.
_AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
_MAIN = "from lis_sim.cli import main; main()"


def begin(
    arguments: Sequence[str],
    folder: Path,
    temporary: Path,
    out: IO[str] | int = subprocess.PIPE,
    told: IO[str] | int = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start ``lis-sim`` with ``arguments`` in ``folder``, in a session of its own.

    ``temporary`` is where it and all that it starts keep temporary files; make its path short,
    because Ray keeps sockets there.
    """
    own = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", _MAIN, *arguments],
        cwd=folder,
        env={**os.environ, **own, "COLUMNS": "120", **(environment or {})},
        stdout=out,
        stderr=told,
        text=True,
        start_new_session=True,
    )


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


def named(session: int, name: str) -> list[int]:
    """Return the processes of a session whose command, or its program, starts with ``name``."""
    return sorted(
        pid
        for pid, command in session_processes(session).items()
        if command.startswith(name) or Path(command.split(" ", 1)[0]).name == name
    )


def kill(pid: int) -> bool:
    """Kill the process at once; return whether there was one."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def workers_left(session: int) -> list[str]:
    """Return what a killed command left that may still work on its run."""
    commands = session_processes(session).values()
    return [command for command in commands if not command.startswith(_AGENTS)]


def end_session(process: subprocess.Popen[str]) -> None:
    """Whatever is left of the command's session goes, process by process."""
    for pid in session_processes(process.pid):
        kill(pid)
    process.communicate()
