"""Sums per id over everything learned, in an array that grows as ids appear."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Float32, Float64, Int32


class Counts:
    """One number per dense id, 0 until something is added; the work is per event, not per id.

    >>> import numpy as np
    >>> counts = Counts()
    >>> counts.add(np.int32([2, 2]))
    >>> counts.at(np.int32([2, 9])).tolist(), counts.total
    ([2.0, 0.0], 2.0)
    """

    def __init__(self, values: Float64 | None = None) -> None:
        self._values = np.zeros(0) if values is None else np.array(values, np.float64)
        self._used = len(self._values)
        self.total = float(self._values.sum())

    def add(self, ids: Int32, amount: Float32 | None = None) -> None:
        """Add ``amount`` ``(n,)``, or one each, to ``ids`` ``(n,)``, which may repeat."""
        self._used = max(self._used, int(ids.max(initial=-1)) + 1)
        if self._used > len(self._values):
            grown = max(self._used, 2 * len(self._values))
            self._values = np.pad(self._values, (0, grown - len(self._values)))
        each = np.ones(len(ids)) if amount is None else amount.astype(np.float64)
        np.add.at(self._values, ids, each)
        self.total += float(each.sum())

    def at(self, ids: Int32) -> Float64:
        """Return the sums of ``ids`` ``(n,)``."""
        known = ids < self._used
        sums = np.zeros(len(ids))
        sums[known] = self._values[ids[known]]
        return sums

    def array(self) -> Float64:
        """Return a copy of all sums, by id."""
        return self._values[: self._used].copy()
