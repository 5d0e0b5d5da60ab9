"""The one writer of a run's history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lis_sim.errors import RunError
from lis_sim.training.folder import TIMINGS, WINDOWS, RunFolder
from lis_sim.training.history import HISTORY, History
from lis_sim.training.lines import append_line, complete_lines, cut_to


class Committer:
    """Appends the records of windows in order, each once.

    A window's record is on the disk before the checkpoint that follows it becomes valid, so
    cutting the history back to a valid checkpoint always finds the records before it.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        # Digests, not lines: a record grows with arms, slices and scores.
        self._committed: list[bytes] = []
        self._history = History()
        for line in complete_lines(folder.path / WINDOWS):
            self._committed.append(_digest(line))
            self._history.add(line)
        for name in (WINDOWS, TIMINGS):  # else the next line would be glued to half a line
            cut_to(folder.path / name, len(self._committed))

    def commit(
        self,
        record: Mapping[str, Any],
        timings: Mapping[str, Any],
        checkpoint: Mapping[str, Any] | None = None,
    ) -> bool:
        """Commit a window; with ``checkpoint`` (its files) make the one after it valid.

        A window that was committed before, because workers went back to a checkpoint, is
        compared and dropped; a difference is a :class:`RunError`, and so is a window that
        does not follow the last one. Returns whether it was new.
        """
        window = int(record["window"])
        line = json.dumps(record, allow_nan=False)
        new = window == len(self._committed)
        if window > len(self._committed):
            raise RunError(
                f"window {window} was reported after {len(self._committed)} committed windows; "
                "accepted: windows in order, each once; the same command goes on from the last "
                "checkpoint"
            )
        if not new and self._committed[window] != _digest(line):
            raise RunError(
                f"window {window} was computed again with another result: the run is not "
                "deterministic on this machine; please report this with the run folder"
            )
        if new:
            append_line(self._folder.path / WINDOWS, line)
            whole = {**timings, HISTORY: self._history.add(line)}
            append_line(self._folder.path / TIMINGS, json.dumps(whole))
            self._committed.append(_digest(line))
        if checkpoint is not None:
            self._folder.checkpoints.complete(window + 1, checkpoint)
        return new


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=16).digest()
