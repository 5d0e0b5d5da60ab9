"""Two ways to do one thing, timed in turn: what the machine does meanwhile strikes both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from lis_sim.experiments.figure import Figure

PAIRS = 3


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds of both, pair by pair."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as fast ours is: the median over pairs."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)

    def figure(self, name: str, target: str, detail: str) -> Figure:
        """Return the ratio with the least and the largest of any pair."""
        pairs = [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        seconds = f"{ours:.4g} against {theirs:.4g} s; {len(pairs)} pairs in turn"
        return Figure(name, self.ratio, min(pairs), max(pairs), target, f"{seconds}; {detail}")


def paired(ours: Callable[[], object], theirs: Callable[[], object], pairs: int = PAIRS) -> Paired:
    """Call both once unmeasured, then in turn.

    >>> found = paired(lambda: None, lambda: time.sleep(0.01), pairs=1)
    >>> found.ratio > 1.0
    True
    """
    ours()
    theirs()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        for own, call in zip(taken, (ours, theirs), strict=True):
            began = time.perf_counter()
            call()
            own.append(time.perf_counter() - began)
    return Paired(tuple(taken[0]), tuple(taken[1]))
