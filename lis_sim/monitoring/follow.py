"""Follow the files of a run folder while another part of the program, or of the machine, writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lis_sim.errors import RunError

WINDOWS_FILE = "windows.jsonl"
TIMINGS_FILE = "timings.jsonl"


class LineFollower:
    r"""The records of one file of JSON lines, each handed out once, as they become complete.

    A line without its newline is still being written and waits. Every record carries its
    ``window``; after a resume has cut the file back, windows handed out before are not repeated
    (a resumed run writes the same bytes again).

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "windows.jsonl"
    >>> follower = LineFollower(path)
    >>> follower.read()
    []
    >>> _ = path.write_text('{"window": 0}\n{"window": 1}\n{"windo')
    >>> follower.read()
    [{'window': 0}, {'window': 1}]
    >>> follower.read()
    []
    >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._last_window = -1

    def read(self) -> list[dict[str, Any]]:
        """Return the records completed since the last call; none while there is no file.

        Raises:
            RunError: a complete line is not a JSON object with a ``window``.
        """
        records = [self._decode(line) for line in self._new_lines()]
        fresh = [record for record in records if record["window"] > self._last_window]
        if fresh:
            self._last_window = fresh[-1]["window"]
        return fresh

    def _new_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            if size < self._offset:
                self._offset = 0
            file.seek(self._offset)
            complete, newline, _ = file.read(size - self._offset).rpartition(b"\n")
        self._offset += len(complete) + len(newline)
        return [line for line in complete.split(b"\n") if line]

    def _decode(self, line: bytes) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("window"), int):
            raise RunError(
                f"{self.path}: this line is not a committed record: {line[:80]!r}; every line is "
                f"one JSON object with a 'window'. Run the same command again to resume: it cuts "
                f"the file back to the newest valid checkpoint"
            )
        return record


class RunFollower:
    """The newest committed record of a run folder and the seconds its stages took so far.

    Safe to ask from several threads, as the exporter's scrapes do.
    """

    def __init__(self, folder: Path) -> None:
        self._windows = LineFollower(folder / WINDOWS_FILE)
        self._timings = LineFollower(folder / TIMINGS_FILE)
        self._lock = threading.Lock()
        self._latest: dict[str, Any] | None = None
        self._stage_seconds: dict[str, float] = {}

    def latest(self) -> Mapping[str, Any] | None:
        """Return the newest record of ``windows.jsonl``; None before the first window."""
        with self._lock:
            fresh = self._windows.read()
            if fresh:
                self._latest = fresh[-1]
            return self._latest

    def stage_seconds(self) -> dict[str, float]:
        """Return seconds per stage, summed over the windows of ``timings.jsonl``."""
        with self._lock:
            for record in self._timings.read():
                for stage, seconds in record.get("stages", {}).items():
                    self._stage_seconds[stage] = self._stage_seconds.get(stage, 0.0) + seconds
            return dict(self._stage_seconds)
