"""The log of a live run: which parts were taken in, in which order, through every restart."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from lis_sim.data.dataset import Dataset
from lis_sim.data.growing import GrowingLog
from lis_sim.training.folder import LEDGER, RunFolder
from lis_sim.training.lines import append_line, complete_lines, cut_to
from lis_sim.training.log_shape import read_growths


class FollowedLog:
    """A :class:`~lis_sim.data.growing.GrowingLog` with its ledger in the run folder.

    The order of parts decides which row is which. A part that would have come earlier had it been
    there in time must not slip in between when a killed run starts again: the ledger says what the
    order was.
    """

    def __init__(self, dataset: Path, folder: RunFolder) -> None:
        self._ledger = folder.path / LEDGER
        taken = read_growths(self._ledger)
        lines = sum(1 for _ in complete_lines(self._ledger))
        cut_to(self._ledger, lines)  # else the next line would be glued to half a line
        self._log = GrowingLog(dataset, taken)
        self.look()

    @property
    def dataset(self) -> Dataset:
        """The log with all parts taken in so far."""
        return self._log.dataset

    @property
    def newest_us(self) -> int:
        """Time of the last event taken in so far."""
        return self._log.newest_us

    @property
    def parts(self) -> int:
        return len(self._log.taken)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The file that was still being written when last looked at; it holds others back."""
        return self._log.waiting

    def look(self) -> bool:
        """Take in parts that are new; return whether there were any."""
        found = self._log.look()
        if found:
            append_line(self._ledger, json.dumps({"parts": [asdict(one) for one in found]}))
        return bool(found)
