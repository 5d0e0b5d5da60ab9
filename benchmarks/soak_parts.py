"""The three commands of a soak: a run on each engine, and a monitor whose log grows."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.processes import begin, end_session
from benchmarks.soak_log import MONTH_EVENTS, PART_EVENTS, Months
from benchmarks.soak_watch import Held, Page, held, scrape
from lis_sim.errors import RunError

_AHEAD_EVENTS = 4 * PART_EVENTS  # that the monitor's log is before its windows
_MOST_PER_SECOND = 10_000  # events that a run can play; the log must last
_END_S = 90.0
_WINDOW = 1_000
_SETTINGS: dict[str, Any] = {
    "stream": {"window": {"events": _WINDOW}, "step_events": _WINDOW, "warmup_windows": 50},
    "preferences": [{"name": "co_click", "per_user": 512}],
    "representations": ["content"],
    "replicates": 1,
    "monitoring": {"port": 0, "last_scrape_seconds": 0},
}
COMMANDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "run": ("run", {"training": {"engine": "local", "device": "cpu"}}),
    "monitor": (
        "monitor",
        {
            "horizon": "6h",
            "training": {"engine": "local", "device": "cpu"},
            "monitor": {"poll_seconds": 0.5},
        },
    ),
    "ray": ("run", {"horizon": "6h", "training": {"device": "cpu", "workers": 2}}),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a command; ``page`` None: it was not scraped."""

    second: float  # since the soak began
    own: Held
    daemons: Held
    page: Page | None


@dataclass
class Part:
    """One command while it is watched."""

    name: str
    folder: Path
    process: subprocess.Popen[str]
    log: Path
    samples: list[Sample] = field(default_factory=list)
    _appended: int = 0

    @property
    def out(self) -> Path:
        return self.folder / "run"

    def look(self, second: float) -> None:
        """Take one sample; :class:`RunError` when the command has ended by itself."""
        if self.process.poll() is not None:
            said = (self.folder / "said.txt").read_text(errors="replace")[-2_000:]
            raise RunError(f"{self.name} ended with {self.process.returncode} too early: {said}")
        own, daemons = held(self.process.pid)
        self.samples.append(Sample(second, own, daemons, scrape(self.out)))

    def feed(self, months: Months) -> None:
        """Append to the log of a monitor as it gets on."""
        page = self.samples[-1].page if self.samples else None
        played = 0 if page is None else page.events
        while MONTH_EVENTS + self._appended * PART_EVENTS < played + _AHEAD_EVENTS:
            months.append(self.log, self._appended)
            self._appended += 1

    def end(self) -> None:
        """Ask the command to end, as a person does with Ctrl-C, and see that all of it does."""
        self.process.send_signal(signal.SIGINT)
        end = time.monotonic() + _END_S
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        end_session(self.process)


def begun(name: str, months: Months, folder: Path, temporary: Path, minutes: float) -> Part:
    """Start one of :data:`COMMANDS` in ``folder`` with a log that lasts for ``minutes``."""
    command, settings = COMMANDS[name]
    folder.mkdir()
    later = max(1, int(60 * minutes * _MOST_PER_SECOND) - MONTH_EVENTS) // PART_EVENTS
    log = months.log(folder / "log", 0 if command == "monitor" else later)
    config = folder / "config.yaml"
    given = _SETTINGS | {"data": {"source": str(log.path)}} | dict(settings)
    config.write_text(yaml.safe_dump(given, sort_keys=False))
    temporary.mkdir(parents=True)
    with (folder / "said.txt").open("w") as said:
        process = begin(
            [command, str(config), "--out", str(folder / "run")],
            folder,
            temporary,
            subprocess.DEVNULL,
            said,
        )
    return Part(name, folder, process, log.path)
