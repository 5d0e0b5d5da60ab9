"""The run folder: whose it is, what was committed, and where a killed run goes on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import yaml

from lis_sim.config import RunConfig
from lis_sim.errors import RunError
from lis_sim.plain import read_object
from lis_sim.training.attempt import ATTEMPT, end_attempts, new_attempt
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.history import refuse_changed
from lis_sim.training.lines import complete_lines, complete_records, cut_to
from lis_sim.training.owned_folder import SUMMARY as SUMMARY
from lis_sim.training.owned_folder import OwnedFolder
from lis_sim.training.record_shape import check_engine, check_summary, check_timings, check_window
from lis_sim.training.whole_text import write_json, write_text

WINDOWS = "windows.jsonl"
TIMINGS = "timings.jsonl"
CONFIG = "config.yaml"
ENGINE = "engine.json"  # on what the newest windows were trained
IDENTITY = "run.json"
CHECKPOINTS = "checkpoints"
LEDGER = "log.jsonl"  # of a live run: the parts of its log, in the order they were taken in
LIVE = "live.json"  # of a live run: how far its log is
REPORT = "report.html"  # written from the others by lis_sim.report
PROFILES = "preferences.json"  # what the report says of the preference data
SCORES = "scores"  # with output.scores: what every arm gave every event, a file a window
RAY = "ray"  # what Ray Train writes beside our checkpoints; of no use after its run
SCORED = "score"  # the engine in a summary of scores that came in a file: nothing was trained
# In the order in which --restart removes them: never a summary without its history.
_OWN = (
    *(SUMMARY, REPORT, PROFILES, SCORES, CHECKPOINTS, RAY, WINDOWS, TIMINGS),
    *(ENGINE, LEDGER, LIVE, CONFIG, ATTEMPT),
)


class RunFolder:
    """``config.yaml``, ``windows.jsonl``, ``timings.jsonl``, ``summary.json``, ``checkpoints/``.

    ``run.json`` says whose folder it is: the settings and data that decide the run's numbers.
    Wall times lie in ``timings.jsonl`` alone, so that all else ends in the same bytes however
    often the run was killed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = Checkpoints(path / CHECKPOINTS)
        self._owned = OwnedFolder(path, "run", IDENTITY, _OWN)

    def held(self) -> AbstractContextManager[None]:
        """Keep other processes from writing the folder while the block runs; else RunError."""
        return self._owned.held()

    def claim(self, config: RunConfig, identity: Mapping[str, Any], restart: bool) -> None:
        """Make the folder this run's; :class:`RunError` if it is something else's.

        ``identity`` is what decides the numbers. ``restart`` removes whatever run is there
        first, and nothing else. A kill in the midst leaves a folder that can be claimed again.
        """
        self.claim_for(config.model_dump(mode="json"), identity, restart)

    def claim_for(
        self, settings: Mapping[str, Any], identity: Mapping[str, Any], restart: bool
    ) -> None:
        """Do what :meth:`claim` does, for plain ``settings`` to be kept as ``config.yaml``."""
        self._owned.claim(identity, restart)
        if not self.finished:
            text = yaml.safe_dump(dict(settings), sort_keys=False)
            write_text(self.path / CONFIG, text)

    def go_back(self) -> int:
        """Go back to the newest valid checkpoint and return the window that comes next.

        From here on nobody else commits, whatever a killed command has left running.
        """
        new_attempt(self.path)
        window = self.checkpoints.newest() or 0
        self.checkpoints.forget_after(window)
        committed = sum(1 for _ in complete_lines(self.path / WINDOWS))
        if committed < window:
            raise RunError(
                f"{self.path / WINDOWS} holds {committed} windows but the newest checkpoint comes "
                f"after {window}; the folder was changed by hand: use --restart"
            )
        refuse_changed(self.path / WINDOWS, self.path / TIMINGS, window)
        for name in (WINDOWS, TIMINGS):
            cut_to(self.path / name, window)
        return window

    @property
    def finished(self) -> bool:
        """Whether the run in this folder has come to its end."""
        return self._owned.finished

    def summary(self) -> dict[str, Any]:
        """Return ``summary.json``, with ``seconds`` as its wall time.

        Raises:
            RunError: the run has not come to its end, or a file is not what a run writes.
        """
        summary = self._owned.summary()
        check_summary(summary, str(self.path / SUMMARY))
        return timed(self.path, summary)

    def windows(self) -> Iterator[dict[str, Any]]:
        """Yield the committed records, oldest first; :class:`RunError` where one is broken."""
        path = self.path / WINDOWS
        for window, record in enumerate(complete_records(path)):
            check_window(record, f"{path}, line {window + 1}", window)
            yield record

    def note_engine(self, facts: Mapping[str, Any]) -> None:
        """Keep on what the run trains (``workers``, ``device``) before it plays its next window.

        A run that is killed after its last window has no engine any more to ask for its summary.
        """
        if self.engine() != facts:
            write_json(self.path / ENGINE, facts)

    def engine(self) -> dict[str, Any]:
        """Return what was noted last; nulls in a folder that was begun without."""
        path = self.path / ENGINE
        found = read_object(path) if path.is_file() else {}
        check_engine(found, str(path))
        return {name: found.get(name) for name in ("workers", "device")}

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write ``summary.json``, without wall times: the run has come to its end."""
        end_attempts(self.path)
        write_json(self.path / SUMMARY, summary)


def timed(folder: Path, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``summary`` of the run in ``folder`` with ``seconds``, after its ``engine``.

    The time in which the windows were played, over all commands: those that a kill took back do
    not count. Null where ``timings.jsonl`` does not have all windows.
    """
    if "seconds" in summary:  # as earlier versions wrote it
        return dict(summary)
    whole: dict[str, Any] = {}
    for key, value in summary.items():
        whole[key] = value
        if key == "engine":
            whole["seconds"] = _seconds(folder / TIMINGS, summary.get("windows"))
    return whole


def _seconds(path: Path, windows: Any) -> float | None:
    found = []
    for number, line in enumerate(complete_records(path), 1):
        check_timings(line, f"{path}, line {number}")
        found.append(float(line["seconds"]))
    return math.fsum(found) if len(found) == windows else None
