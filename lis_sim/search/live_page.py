"""The report of a search is written anew while it goes on: an open browser tab is a live view."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lis_sim.data.storing import reason
from lis_sim.errors import StorageError
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.page import write_search_report
from lis_sim.search.settings import TuneConfig

# Between two pages: a reader's tab asks every 10 s, and writing must stay below 1 % of a search.
_LEAST_SECONDS = 5.0
_COSTS = 100.0


class LivePage:
    """Writes ``report.html`` when trials end; a :class:`~lis_sim.search.watch.SearchWatch`.

    Parameters:
        tune: the search.
        folder: its folder.
        say: is told once that a page cannot be written; the search goes on.
        clock: seconds that go by, for tests.
    """

    def __init__(
        self,
        tune: TuneConfig,
        folder: Path,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tune, self._folder = tune, folder
        self._say, self._clock = say, clock
        self._said = False
        self._due = 0.0
        self._records: dict[int, TrialRecord] = {}

    def trial_started(self, record: TrialRecord) -> None:
        """Take that a trial was suggested."""
        self._records[record.trial] = record

    def trial_reported(self, record: TrialRecord) -> None:
        """Take what a trial has so far."""
        self._records[record.trial] = record

    def trial_ended(self, record: TrialRecord) -> None:
        """Take that a trial has ended, and write the page if it is time to."""
        self._records[record.trial] = record
        began = self._clock()
        if began < self._due:
            return
        try:
            write_search_report(self._tune, self._folder, list(self._records.values()))
        except (StorageError, OSError) as error:
            if not self._said:
                self._say(f"the report is not written while this search goes on: {reason(error)}")
            self._said = True
        ended = self._clock()
        self._due = ended + max(_LEAST_SECONDS, _COSTS * (ended - began))
