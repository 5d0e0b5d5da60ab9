"""Follow a run folder while the run goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lis_sim.monitoring.account import RunAccount
from lis_sim.monitoring.drift_tally import DriftTally
from lis_sim.monitoring.line_follower import LineFollower
from lis_sim.monitoring.wall_times import WallTimes
from lis_sim.training.folder import SUMMARY, TIMINGS, WINDOWS


class RunFollower:
    """The newest committed record of a run folder, and what all its lines add up to.

    Safe to ask from several threads, as the exporter's scrapes do. A killed run that goes on is
    cut back to a checkpoint first; what was read before that still counts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._windows = LineFollower(folder / WINDOWS)
        self._timings = LineFollower(folder / TIMINGS)
        self._lock = threading.Lock()
        self._latest: dict[str, Any] | None = None
        self._committed_s: float | None = None
        self._drift = DriftTally()
        self._times = WallTimes()
        self._ended = False

    def latest(self) -> Mapping[str, Any] | None:
        """Return the newest record of ``windows.jsonl``; None before the first window."""
        with self._lock:
            self._read_windows()
            return self._latest

    def stage_seconds(self) -> dict[str, float]:
        """Return seconds per stage, summed over the windows of ``timings.jsonl``."""
        with self._lock:
            self._read_timings()
            return dict(self._times.stages)

    def end(self) -> None:
        """Count the run as ended from now on: one that follows a log never has a summary."""
        self._ended = True

    def finished(self) -> bool:
        """Return whether the run has come to its end, or was ended by who began it."""
        return self._ended or (self._folder / SUMMARY).is_file()

    def account(self) -> RunAccount:
        """Return what the lines read so far add up to."""
        finished = self.finished()  # first: then all windows of a finished run are read below
        with self._lock:
            self._read_windows()
            self._read_timings()
            return RunAccount(
                window=-1 if self._latest is None else self._latest["window"],
                drift=self._drift.copy(),
                times=self._times.copy(),
                committed_s=self._committed_s,
                finished=finished,
            )

    def _read_windows(self) -> None:
        before = self._latest
        for record in self._windows.stream():
            self._drift.add(record)
            self._latest = record
        if self._latest is not before:
            # Cutting a file back touches it too, but brings nothing fresh.
            self._committed_s = self._windows.path.stat().st_mtime

    def _read_timings(self) -> None:
        for line in self._timings.stream():
            self._times.add(line)
