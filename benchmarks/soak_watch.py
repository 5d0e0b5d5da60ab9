"""What a command and all that it started hold, as the machine sees it from outside."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benchmarks.processes import session_processes
from lis_sim.monitoring import read_address

_MB = 1024.0  # kB in it, as /proc counts
_SMAPS = re.compile(r"^(Rss|Pss|Private_Clean|Private_Dirty): +(\d+) kB$", re.MULTILINE)
_THREADS = re.compile(r"^Threads:\s+(\d+)$", re.MULTILINE)
# Ray's own processes: what they hold is told apart from what lis-sim does.
_DAEMONS = ("gcs_server", "raylet", "ray::DashboardAgent", "ray::RuntimeEnvAgent")
_DAEMON_FILES = ("/ray/_private/", "/ray/dashboard/")
_PATIENCE_S = 10.0


@dataclass(slots=True)
class Held:
    """Sums over processes: megabytes, file descriptors, threads."""

    processes: int = 0
    rss: float = 0.0
    pss: float = 0.0
    uss: float = 0.0  # private to each process
    fds: int = 0
    threads: int = 0

    def add(self, pid: int) -> None:
        """Add one process; one that has ended meanwhile holds nothing."""
        folder = Path(f"/proc/{pid}")
        try:
            found = dict(_SMAPS.findall((folder / "smaps_rollup").read_text()))
            threads = _THREADS.search((folder / "status").read_text())
            fds = sum(1 for _ in (folder / "fd").iterdir())
        except OSError:
            return
        if not found or threads is None:  # it is ending
            return
        self.processes += 1
        self.rss += int(found["Rss"]) / _MB
        self.pss += int(found["Pss"]) / _MB
        self.uss += (int(found["Private_Clean"]) + int(found["Private_Dirty"])) / _MB
        self.fds += fds
        self.threads += int(threads.group(1))


def held(session: int) -> tuple[Held, Held]:
    """Return what lis-sim's processes of a session hold, and what Ray's own do."""
    own, daemons = Held(), Held()
    for pid, command in session_processes(session).items():
        (daemons if is_daemon(command) else own).add(pid)
    return own, daemons


def is_daemon(command: str) -> bool:
    """Return whether a process that calls itself ``command`` is one of Ray's own.

    >>> is_daemon("/site-packages/ray/core/src/ray/raylet/raylet --raylet_socket_name=..")
    True
    >>> is_daemon("ray::RankWorker.run"), is_daemon("/usr/bin/python -c from lis_sim.cli import")
    (False, False)
    """
    program = command.split(" ", 1)[0].rsplit("/", 1)[-1]
    return (
        program in _DAEMONS
        or command.startswith(_DAEMONS)
        or any(part in command for part in _DAEMON_FILES)
    )


@dataclass(frozen=True, slots=True)
class Page:
    """What a scrape showed; ``series`` leaves drift events out, which come and go by design."""

    seconds: float
    series: int
    of_drift: int
    windows: int
    events: int


def scrape(folder: Path) -> Page | None:
    """Scrape the run in ``folder``; None while it is not served."""
    address = read_address(folder)
    if address is None:
        return None
    began = time.perf_counter()
    try:
        with urlopen(address.url, timeout=_PATIENCE_S) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:  # it is not up yet, or not any more
        return None
    seconds = time.perf_counter() - began
    samples = [line for line in lines if not line.startswith("#")]
    of_drift = sum(line.startswith("lis_sim_drift_") for line in samples)
    return Page(
        seconds,
        len(samples) - of_drift,
        of_drift,
        _value(samples, "lis_sim_windows_total"),
        _value(samples, "lis_sim_events_total"),
    )


def _value(samples: list[str], name: str) -> int:
    found = [line for line in samples if line.startswith(name + "{")]
    return int(float(found[0].rsplit(" ", 1)[1])) if found else 0
