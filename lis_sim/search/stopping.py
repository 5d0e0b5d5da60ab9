"""Which trials do not play to the end.

A rule counts scored windows: what a trial plays before them, its warm-up, tells nothing. It may
be told the same thing again, and then says the same: a search that goes on repeats itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

Action: TypeAlias = Literal["go on", "pause", "stop"]


class StoppingRule(Protocol):
    """Decides of trials; their values are told to it so that higher is better."""

    def report(self, trial: int, scored: int, value: float) -> Action:
        """Take the value of a trial after ``scored`` windows; say what becomes of it."""

    def decision(self, trial: int) -> Action:
        """Return what becomes now of a trial that was told to pause."""

    def left(self, trial: int) -> None:
        """Take that a trial ended by itself."""


class PlayAll:
    """Stops nobody."""

    def report(self, trial: int, scored: int, value: float) -> Action:
        """Go on."""
        return "go on"

    def decision(self, trial: int) -> Action:
        """Go on."""
        return "go on"

    def left(self, trial: int) -> None:
        """Nothing follows."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What Ray's schedulers know a trial by."""

    trial_id: str


class _NobodyWaits:
    """The controller that Ray's median rule asks whether others want the place of a trial."""

    def get_live_trials(self) -> list[Any]:
        return []


class RayRule:
    """A scheduler of Ray Tune as a rule: it decides at once, by what it was told so far.

    Ray's own schedulers speak of Ray's trials, and forget them when a search is killed; this one
    is told a ledger's trials again, in the ledger's order, and then knows what it knew.

    >>> rule = asha(first=1, reduction=2.0, scored=8)
    >>> rule.report(1, 1, 0.5), rule.report(2, 1, 0.1), rule.report(3, 1, 0.7)
    ('go on', 'stop', 'go on')
    >>> rule.report(2, 1, 0.1)
    'stop'
    """

    def __init__(self, scheduler: Any, scored: int) -> None:
        self._scheduler = scheduler
        self._scored = scored
        self._told: dict[int, int] = {}
        self._stopped: set[int] = set()

    def report(self, trial: int, scored: int, value: float) -> Action:
        """Take the value of a trial after ``scored`` windows; at the cut nobody is stopped."""
        if scored > self._told.get(trial, 0):
            if trial not in self._told:
                self._scheduler.on_trial_add(_NobodyWaits(), _candidate(trial))
            self._told[trial] = scored
            result = {"scored": scored, "value": value}
            action = self._scheduler.on_trial_result(_NobodyWaits(), _candidate(trial), result)
            if action == "STOP" and scored < self._scored:
                self._stopped.add(trial)
        return self.decision(trial)

    def decision(self, trial: int) -> Action:
        """Return whether the trial was stopped."""
        return "stop" if trial in self._stopped else "go on"

    def left(self, trial: int) -> None:
        """What it reported stays what others are compared with."""


def asha(first: int, reduction: float, scored: int) -> StoppingRule:
    """Return asynchronous successive halving, Li et al., MLSys 2020, as Ray has it."""
    from ray.tune.schedulers import AsyncHyperBandScheduler

    if first >= scored:
        return PlayAll()
    return RayRule(
        AsyncHyperBandScheduler(
            time_attr="scored",
            metric="value",
            mode="max",
            max_t=scored,
            grace_period=first,
            reduction_factor=reduction,
            stop_last_trials=False,
        ),
        scored,
    )


def median(first: int, scored: int) -> StoppingRule:
    """Return the median rule of Golovin et al., KDD 2017, as Ray has it."""
    from ray.tune.schedulers import MedianStoppingRule

    if first >= scored:
        return PlayAll()
    return RayRule(
        MedianStoppingRule(time_attr="scored", metric="value", mode="max", grace_period=first),
        scored,
    )


def _candidate(trial: int) -> _Candidate:
    return _Candidate(str(trial))
