"""The run folder: whose it is, what was committed, and where a killed run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import yaml

from lis_sim.config import RunConfig
from lis_sim.errors import RunError
from lis_sim.training.checkpoint import Checkpoints, write_json, write_text
from lis_sim.training.lines import complete_lines, cut_to
from lis_sim.training.owned_folder import SUMMARY as SUMMARY
from lis_sim.training.owned_folder import OwnedFolder

WINDOWS = "windows.jsonl"
TIMINGS = "timings.jsonl"
CONFIG = "config.yaml"
IDENTITY = "run.json"
CHECKPOINTS = "checkpoints"
LEDGER = "log.jsonl"  # of a live run: the parts of its log, in the order they were taken in
LIVE = "live.json"  # of a live run: how far its log is
REPORT = "report.html"  # written from the others by lis_sim.report
PROFILES = "preferences.json"  # what the report says of the preference data
RAY = "ray"  # what Ray Train writes beside our checkpoints; of no use after its run
# In the order in which --restart removes them: never a summary without its history.
_OWN = (
    *(SUMMARY, REPORT, PROFILES, CHECKPOINTS, RAY, WINDOWS, TIMINGS),
    *(LEDGER, LIVE, CONFIG),
)


class RunFolder:
    """``config.yaml``, ``windows.jsonl``, ``timings.jsonl``, ``summary.json``, ``checkpoints/``.

    ``run.json`` says whose folder it is: the settings and data that decide the run's numbers.
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
        self._owned.claim(identity, restart)
        if not self.finished:
            settings = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
            write_text(self.path / CONFIG, settings)

    def go_back(self) -> int:
        """Go back to the newest valid checkpoint and return the window that comes next."""
        window = self.checkpoints.newest() or 0
        self.checkpoints.forget_after(window)
        committed = sum(1 for _ in complete_lines(self.path / WINDOWS))
        if committed < window:
            raise RunError(
                f"{self.path / WINDOWS} holds {committed} windows but the newest checkpoint comes "
                f"after {window}; the folder was changed by hand: use --restart"
            )
        for name in (WINDOWS, TIMINGS):
            cut_to(self.path / name, window)
        return window

    @property
    def finished(self) -> bool:
        """Whether the run in this folder has come to its end."""
        return self._owned.finished

    def summary(self) -> dict[str, Any]:
        """Return ``summary.json``; :class:`RunError` when the run has not come to its end."""
        return self._owned.summary()

    def windows(self) -> Iterator[dict[str, Any]]:
        """Yield the committed records, oldest first."""
        return map(json.loads, complete_lines(self.path / WINDOWS))

    def seconds(self) -> float:
        """Return how long the committed windows took, over all commands that played them."""
        return float(sum(json.loads(one)["seconds"] for one in complete_lines(self.path / TIMINGS)))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write ``summary.json``: the run has come to its end."""
        write_json(self.path / SUMMARY, summary)
