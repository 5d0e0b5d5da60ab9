"""Commits a window once every worker has reported it; runs in Ray Train's controller."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ray.train import Checkpoint, UserCallback

from lis_sim.data.storing import KEPT, storing
from lis_sim.training.attempt import committing, current_attempt
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder


class CommitCallback(UserCallback):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """The one owner of the run's history, for as long as no other command has taken it over.

    Made by the command, which has just gone back to a checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._attempt = current_attempt(folder)
        self._committer: Committer | None = None

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Checkpoint | None
    ) -> None:
        """Commit the record that the first worker reported."""
        reported = metrics[0]
        files = json.loads(reported["checkpoint"]) if reported["checkpoint"] else None
        record, timings = json.loads(reported["record"]), json.loads(reported["timings"])
        with storing(self._folder, KEPT), committing(self._folder, self._attempt):
            if self._committer is None:  # made here, in the controller's process
                self._committer = Committer(RunFolder(self._folder))
            self._committer.commit(record, timings, files)
