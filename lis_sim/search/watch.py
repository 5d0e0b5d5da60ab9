"""Who wants to know how a search gets on."""

from __future__ import annotations

from typing import Protocol

from lis_sim.search.ledger import TrialRecord


class SearchWatch(Protocol):
    """Is told of every trial, in the process that runs the search.

    A search that goes on tells of the trials of earlier commands first, in their order.
    """

    def trial_started(self, record: TrialRecord) -> None:
        """Take that a trial was suggested, or that one of an earlier command goes on."""

    def trial_reported(self, record: TrialRecord) -> None:
        """Take what a trial has so far."""

    def trial_ended(self, record: TrialRecord) -> None:
        """Take that a trial has finished, was stopped or has failed."""


class NoWatch:
    """Nobody looks."""

    def trial_started(self, record: TrialRecord) -> None:
        """Say nothing."""

    def trial_reported(self, record: TrialRecord) -> None:
        """Say nothing."""

    def trial_ended(self, record: TrialRecord) -> None:
        """Say nothing."""
