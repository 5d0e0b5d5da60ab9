"""Successive halving by log length: all candidates play a little, the best of them more."""

from __future__ import annotations

import math

from lis_sim.search.stopping import Action


class Halving:
    """Every candidate plays to the first rung; the best ``1/reduction`` of them go on to the next.

    ::

        windows scored   0 ···· first ···· first·reduction ···· all
        8 candidates     ────────|
        best 3                   ──────────────|
        best 1                                 ───────────────────|

    A rung waits for all of its candidates, so what becomes of one depends on values alone: the
    same search gives the same trials however many play at once. Ties go to the earlier trial.
    The baseline is none of the candidates. Jamieson and Talwalkar, "Non-stochastic Best Arm
    Identification and Hyperparameter Optimization", AISTATS 2016.

    Parameters:
        candidates: How many of them there are.
        first: Windows scored before the first rung.
        reduction: One of so many goes on.
        scored: Windows that a whole trial scores; a rung there would decide nothing.

    >>> halving = Halving(candidates=3, first=2, reduction=3.0, scored=9)
    >>> [halving.report(trial, 2, value) for trial, value in ((1, 0.5), (2, 0.7), (3, 0.6))]
    ['pause', 'pause', 'stop']
    >>> halving.decision(1), halving.decision(2)
    ('stop', 'go on')
    """

    def __init__(self, candidates: int, first: int, reduction: float, scored: int) -> None:
        self._candidates = candidates
        self._reduction = reduction
        self.rungs = rungs(first, reduction, scored)
        # Of every rung: the values of those that came to it, and, once decided, who goes on.
        self._values: list[dict[int, float]] = [{} for _ in self.rungs]
        self._kept: list[set[int] | None] = [None for _ in self.rungs]
        self._lost: set[int] = set()

    def report(self, trial: int, scored: int, value: float) -> Action:
        """Take the value of a trial after ``scored`` windows; higher is better.

        What was taken before changes nothing.
        """
        self._lost.discard(trial)  # one that had failed is tried again
        for rung, there in enumerate(self._values):
            if trial not in there:
                if scored < self.rungs[rung]:
                    break
                there[trial] = value
                self._decide(rung, trial)
            if self.decision(trial) != "go on":
                break
        return self.decision(trial)

    def decision(self, trial: int) -> Action:
        """Return what becomes of a trial now: ``pause`` while others of its rung are awaited."""
        for there, kept in zip(self._values, self._kept, strict=True):
            if trial not in there:
                break
            if kept is None:
                return "pause"
            if trial not in kept:
                return "stop"
        return "go on"

    def left(self, trial: int) -> None:
        """Take that a trial ended by itself: nobody waits for it any more."""
        self._lost.add(trial)
        for rung in range(len(self.rungs)):
            self._decide(rung, None)

    def _decide(self, rung: int, came: int | None) -> None:
        there = self._values[rung]
        best = self._best(there)
        kept = self._kept[rung]
        if kept is None:
            if there and not self._awaited(rung):
                self._kept[rung] = best
        elif came in best:
            # A failed trial that was tried again comes late: nobody loses a place to it.
            kept.add(came)

    def _awaited(self, rung: int) -> int:
        """Count those that have not come to the rung yet."""
        there = self._values[rung]
        if rung == 0:
            return self._candidates - len(there.keys() | self._lost)
        before = self._kept[rung - 1]
        return self._candidates if before is None else len(before - there.keys() - self._lost)

    def _best(self, there: dict[int, float]) -> set[int]:
        order = sorted(there, key=lambda trial: (-there[trial], trial))
        return set(order[: math.ceil(len(order) / self._reduction)])


def rungs(first: int, reduction: float, scored: int) -> tuple[int, ...]:
    """Return the windows scored at each rung: ``first``, and ``reduction`` times as many again.

    >>> rungs(first=2, reduction=3.0, scored=30)
    (2, 6, 18)
    """
    found: list[int] = []
    at = float(first)
    while math.ceil(at) < scored:
        if math.ceil(at) not in found:  # a small reduction comes to the same window again
            found.append(math.ceil(at))
        at *= reduction
    return tuple(found)
