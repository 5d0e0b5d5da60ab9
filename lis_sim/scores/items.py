"""What items add to the error of an AUC: all users share an item's vector, and its luck."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.hashing import mix
from lis_sim.plain.saved import saved
from lis_sim.types import Float64, Int32, Int64

PAIR_BUCKETS = 1024
_PAIRS = "pairs of a user and an item"


def pair_buckets(user: Int32, item: Int32) -> tuple[Int64, Int64]:
    """Return the bucket ``(n,)`` and the sign ``(n,)``, +1 or -1, of every event's pair.

    Events of the same user and item share both, in every window and on every worker. The squared
    signed sums of the buckets add up to the squared sums of the pairs, on average over signs: a
    count sketch, in memory that does not grow with the pairs.

    >>> bucket, sign = pair_buckets(np.array([3, 3], np.int32), np.array([8, 8], np.int32))
    >>> bool(bucket[0] == bucket[1]), bool(sign[0] == sign[1])
    (True, True)

    Source: Charikar, Chen and Farach-Colton 2002, "Finding frequent items in data streams".
    """
    pair = user.astype(np.int64) << 31 | item.astype(np.int64)
    mixed = mix(pair, 0)
    bucket = (mixed % np.uint64(PAIR_BUCKETS)).astype(np.int64)
    sign = 1 - 2 * (mixed >> np.uint64(63)).astype(np.int64)
    return bucket, sign


class ItemSums:
    """Weight x influence summed over windows, by item and by pair, for ``A`` arms.

    ``by_item`` (A, items) grows with the largest item index; ``by_pair`` (A, 1024) holds the
    signed sums of the buckets of :func:`pair_buckets`.
    """

    def __init__(self, arms: int) -> None:
        self.by_item: Float64 = np.zeros((arms, 0))
        self.by_pair: Float64 = np.zeros((arms, PAIR_BUCKETS))

    def add(self, weight: float, items: Int32, by_item: Float64, by_pair: Float64) -> None:
        """Add a window: ``by_item`` (A, m) of ``items`` (m,) ascending, ``by_pair`` (A, 1024)."""
        self._grow(int(items[-1]) + 1)
        for own, of_window in zip(self.by_item, by_item, strict=True):
            own[items] += weight * of_window
        self.by_pair += weight * by_pair

    def age(self, kept: float) -> None:
        """Let all that was added before count ``kept`` times as much."""
        self.by_item *= kept
        self.by_pair *= kept

    def _grow(self, items: int) -> None:
        missing = items - self.by_item.shape[1]
        if missing > 0:
            # Some room to spare, so that a few new items a window do not copy everything.
            self.by_item = np.pad(self.by_item, ((0, 0), (0, missing + items // 8)))

    def merge_windows(self, other: ItemSums, kept: float = 1.0) -> None:
        """Add the sums of other windows of the same arms, ``kept`` times."""
        items = other.by_item.shape[1]
        self._grow(items)
        self.by_item[:, :items] += kept * other.by_item
        self.by_pair += kept * other.by_pair

    def merge_arms(self, other: ItemSums) -> None:
        """Append other arms of the same windows."""
        self._grow(other.by_item.shape[1])
        other._grow(self.by_item.shape[1])
        items = min(self.by_item.shape[1], other.by_item.shape[1])
        self.by_item = np.concatenate([self.by_item[:, :items], other.by_item[:, :items]])
        self.by_pair = np.concatenate([self.by_pair, other.by_pair])

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of the sums."""
        return {"by_item": self.by_item.copy(), "by_pair": self.by_pair.copy()}

    def load_state_dict(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over the sums of :meth:`state_dict`; :class:`RunError` if they are of others."""
        self.by_item = saved(state, "by_item", np.float64, len(self.by_item), None)
        self.by_pair = saved(state, "by_pair", np.float64, *self.by_pair.shape)


def items_variance(by_item: Float64, by_pair: Float64) -> float:
    """Return the variance that users share through items: by item, less what pairs explain.

    Clustering by user and by item at once takes the variance by user plus that by item less
    that by their pairs, which both contain; this is the second half of it. It is 0 where events
    on the same item have no more in common than chance gives.

    >>> items_variance(np.array([2.0, -2.0]), np.array([1.0, 1.0, -1.0, -1.0]))
    4.0

    Source: Cameron, Gelbach and Miller 2011, "Robust inference with multiway clustering"; Owen
    2007, "The pigeonhole bootstrap", for users and items of recommenders.
    """
    return max(0.0, float(np.square(by_item).sum()) - float(np.square(by_pair).sum()))
