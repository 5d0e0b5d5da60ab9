"""Find rows that repeat an earlier row in every column, in a time-sorted stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Bool, Int64


class DuplicateFinder:
    """Marks every row equal to an earlier one of the same time.

    Rows come with a 64-bit hash of all their raw columns. Equal rows have equal times, so only
    the hashes of the time that a batch ends with have to be kept for the next.

    >>> finder = DuplicateFinder()
    >>> finder.mark(np.array([1, 1, 1]), np.array([7, 8, 7], dtype=np.uint64)).tolist()
    [False, False, True]
    >>> finder.mark(np.array([1, 2]), np.array([8, 8], dtype=np.uint64)).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self._last_us: int | None = None
        self._hashes: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)

    def mark(self, time_us: Int64, row_hash: NDArray[np.uint64]) -> Bool:
        """Return which rows of the next batch repeat an earlier row, bool ``(n,)``."""
        repeated = np.zeros(len(time_us), dtype=np.bool_)
        if not len(time_us):
            return repeated
        tied = np.zeros(len(time_us), dtype=np.bool_)
        same = time_us[1:] == time_us[:-1]
        tied[1:] |= same
        tied[:-1] |= same
        rows = np.flatnonzero(tied)
        # Sorting by time, then hash, then row puts a row right after the one it repeats.
        order = rows[np.lexsort((rows, row_hash[rows], time_us[rows]))]
        equal = (time_us[order][1:] == time_us[order][:-1]) & (
            row_hash[order][1:] == row_hash[order][:-1]
        )
        repeated[order[1:][equal]] = True
        if self._last_us is not None:
            continues = np.searchsorted(time_us, self._last_us, side="right")
            repeated[:continues] |= np.isin(row_hash[:continues], self._hashes)
        self._keep(time_us, row_hash)
        return repeated

    def _keep(self, time_us: Int64, row_hash: NDArray[np.uint64]) -> None:
        last_us = int(time_us[-1])
        hashes = row_hash[time_us == last_us]
        if last_us == self._last_us:
            hashes = np.concatenate((self._hashes, hashes))
        self._last_us, self._hashes = last_us, np.unique(hashes)
