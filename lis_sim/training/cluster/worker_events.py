"""What happens to the workers of a Ray Train run, told by whoever sees it to whoever shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lis_sim.training.cluster.losses import Loss
from lis_sim.training.cluster.watchdog import stood_at
from lis_sim.training.folder import RAY

_EVENTS = "workers.jsonl"
_STOOD = ".stood.txt"


class WorkerEvents:
    """A file of events beside what Ray Train writes: workers began, workers were lost.

    The first worker writes it when all have begun, the controller when it has lost some, never
    both at a time; the command that waits reads it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / RAY
        self._read = 0

    def begun(self, window: int, workers: int) -> None:
        """Note that all workers have begun, at ``window``."""
        self._add({"event": "begun", "window": window, "workers": workers})

    def lost(self, loss: Loss, windows: int) -> None:
        """Note that workers were lost, and are started again, when so many ``windows`` were done.

        Of those that this command has played; 0: none yet.
        """
        self._add({"event": "lost", "text": f"{loss.text}, {after(windows)}"})

    def news(self) -> Iterator[dict[str, Any]]:
        """Yield the events that were not yielded before."""
        path = self._folder / _EVENTS
        if not path.is_file():
            return
        lines = path.read_bytes().splitlines(keepends=True)
        for line in lines[self._read :]:
            if line.endswith(b"\n"):
                self._read += 1
                yield json.loads(line)

    def watched(self, who: str) -> Path:
        """Return the file in which the watchdog of a process says where it stood."""
        return self._folder / f"{who}{_STOOD}"

    def stood(self) -> dict[str, str]:
        """Return where watchdogs ended processes since these were begun last, by process."""
        places = {path: stood_at(path) for path in self._folder.glob(f"*{_STOOD}")}
        return {
            path.name.removesuffix(_STOOD): place
            for path, place in places.items()
            if place is not None
        }

    def _add(self, event: dict[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _EVENTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def after(windows: int) -> str:
    """Return when something happened in words.

    >>> after(3), after(0)
    ('after window 2', 'before a first window was done')
    """
    return f"after window {windows - 1}" if windows else "before a first window was done"
