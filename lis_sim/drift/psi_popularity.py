"""Buckets by how popular an item, or how active a user, was in the windows just before.

Catalogues turn over: buckets by the popularity of one month say "everything changed" in the next,
whatever happens. What stays the same in a steady stream is how much of the traffic goes to what was
popular a moment ago, and how much to what nobody had met then.

The index's events in the recent windows are laid side by side, most frequent first, and cut into
ten equal parts; a window's events fall into the parts of their index::

    recent events   a a a a a a | b b b | c        10 of them: a 6, b 3, c 1
    tenths           0 1 2 3 4 5   6 7 8   9
    an event of a   counts 1/6 in each of the tenths 0 to 5; one of d counts as new
"""

from __future__ import annotations

from collections import deque

import numpy as np

from lis_sim.drift.psi import BUCKETS
from lis_sim.types import Float64, Int32

RECENT_WINDOWS = 4


class Popularity:
    """The recent windows of one index, and where a window's events fall among them.

    >>> popularity = Popularity()
    >>> popularity.add(np.array([7, 7, 7, 7, 7, 7, 3, 3, 3, 1], np.int32))
    >>> popularity.counts(np.array([7, 7, 7, 1, 9], np.int32)).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 1.0, 1.0]
    """

    def __init__(self) -> None:
        self._recent: deque[Int32] = deque(maxlen=RECENT_WINDOWS)

    def add(self, index: Int32) -> None:
        """Take in the events ``(n,)`` of the next window."""
        self._recent.append(index)

    def counts(self, index: Int32) -> Float64:
        """Return how many of the events ``(n,)`` fall into each tenth, and last how many are new.

        Shape ``(BUCKETS + 1,)``; all 0 while there is no window before.
        """
        if not self._recent:
            return np.zeros(BUCKETS + 1)
        known, times = np.unique(np.concatenate(self._recent), return_counts=True)
        given, events = np.unique(index, return_counts=True)
        place = np.searchsorted(known, given)
        met = np.append(known, -1)[place] == given
        now = np.zeros(len(known))
        now[place[met]] = events[met]
        return np.append(_by_tenth(times.astype(np.float64), now), float(events[~met].sum()))


def _by_tenth(times: Float64, now: Float64) -> Float64:
    """Spread the counts ``now`` ``(i,)`` over the tenths that their index takes up by ``times``."""
    order = np.argsort(-times, kind="stable")
    ends = np.append(0.0, np.cumsum(times[order]) / times.sum())
    met = np.append(0.0, np.cumsum(now[order]))
    edges = np.arange(BUCKETS + 1) / BUCKETS
    # Evenly within each index, so the running total is linear between their ends.
    return np.diff(np.interp(edges, ends, met))
