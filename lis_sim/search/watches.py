"""Several that want to know how a search gets on."""

from __future__ import annotations

from lis_sim.search.ledger import TrialRecord
from lis_sim.search.watch import SearchWatch


class Watches:
    """Tells each of ``watches``, in their order; one :class:`SearchWatch` itself."""

    def __init__(self, *watches: SearchWatch | None) -> None:
        self._watches = tuple(watch for watch in watches if watch is not None)

    def trial_started(self, record: TrialRecord) -> None:
        """Tell that a trial was suggested."""
        for watch in self._watches:
            watch.trial_started(record)

    def trial_reported(self, record: TrialRecord) -> None:
        """Tell what a trial has so far."""
        for watch in self._watches:
            watch.trial_reported(record)

    def trial_ended(self, record: TrialRecord) -> None:
        """Tell that a trial has ended."""
        for watch in self._watches:
            watch.trial_ended(record)
