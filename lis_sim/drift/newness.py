"""Which events are of an item or a user that the log had not shown before their window."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Int32

_UNSEEN = -1


class FirstSeen:
    """The window in which every index appeared first; four bytes an index.

    The numbering by first appearance would make one number enough, but a part of a log keeps the
    indices of the whole, so nothing is taken on trust here.

    >>> seen = FirstSeen()
    >>> seen.new_events(np.array([0, 1, 0], np.int32), window=0)
    3
    >>> seen.new_events(np.array([1, 2, 2], np.int32), window=1)
    2
    """

    def __init__(self) -> None:
        self._window: Int32 = np.empty(0, np.int32)

    def new_events(self, index: Int32, window: int) -> int:
        """Return how many of the events ``(n,)`` of ``window`` are of an index new in it.

        A window may come in pieces, one call each; windows come in order.
        """
        if not len(index):
            return 0
        self._grow(int(index.max()) + 1)
        unseen = index[self._window[index] == _UNSEEN]
        self._window[unseen] = window
        return int(np.count_nonzero(self._window[index] == window))

    def _grow(self, size: int) -> None:
        if size > len(self._window):
            more = max(size, 2 * len(self._window)) - len(self._window)
            self._window = np.append(self._window, np.full(more, _UNSEEN, np.int32))
