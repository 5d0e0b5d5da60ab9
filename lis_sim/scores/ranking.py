"""Events in the order of their scores, with ties as groups: what every AUC is counted from."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.events import Scores
from lis_sim.types import Bool, Int32, Int64

Key: TypeAlias = NDArray[np.unsignedinteger[Any]]
_DIGIT = 16


def order_key(score: Scores) -> Key:
    """Return unsigned integers ``(n,)`` that order and tie exactly as the finite ``score`` does.

    A float is read as its bits: 32 for float32, 64 for float64.

    >>> order_key(np.array([0.5, -2.0, -0.0, 0.0], np.float32)).argsort(kind="stable")
    array([1, 2, 3, 0])
    """
    unsigned = np.uint32 if score.dtype == np.float32 else np.uint64
    # Adding 0 turns -0.0 into 0.0: equal as numbers, different as bits.
    bits: Key = (score + score.dtype.type(0)).view(unsigned)
    sign = unsigned(1 << (8 * bits.itemsize - 1))
    return np.where(bits & sign, ~bits, bits | sign)


def radix_order(key: Key) -> Int64:
    """Return the stable order ``(n,)`` of unsigned integers.

    NumPy sorts the indices of 16-bit digits in linear time, several times faster than it sorts
    whole keys; digits that are zero everywhere are skipped.

    >>> radix_order(np.array([7, 1 << 20, 7, 0], np.uint32))
    array([3, 0, 2, 1])
    """
    largest = int(key.max(initial=0))
    order = np.argsort(key.astype(np.uint16), kind="stable")
    for shift in range(_DIGIT, largest.bit_length(), _DIGIT):
        digit = (key >> key.dtype.type(shift)).astype(np.uint16)
        order = order[np.argsort(digit[order], kind="stable")]
    return order


def number_clusters(cluster: Int32) -> tuple[Int32, Int64]:
    """Return the distinct users, or items, ``(m,)`` in order and each event's place there ``(n,)``.

    >>> users, code = number_clusters(np.array([9, 4, 9], np.int32))
    >>> users.tolist(), code.tolist()
    ([4, 9], [1, 0, 1])
    """
    order = radix_order(cluster.astype(np.uint32))
    ordered = cluster[order]
    first = np.ones(len(cluster), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    code = np.empty(len(cluster), np.int64)
    code[order] = np.cumsum(first) - 1
    return ordered[first], code


class Ranked(NamedTuple):
    """Events ``(n,)``, sorted: by ``key`` for an AUC, by ``code`` and then ``key`` for GAUC.

    ``code`` numbers the users of the window from 0.
    """

    key: Key
    positive: Bool
    code: Int64

    def take(self, rows: Int64) -> Ranked:
        return Ranked(self.key[rows], self.positive[rows], self.code[rows])


def rank_events(key: Key, positive: Bool, code: Int64) -> Ranked:
    """Return the events sorted by ``key``."""
    return Ranked(key, positive, code).take(radix_order(key))


class Ties(NamedTuple):
    """Groups ``(g,)`` of sorted events with equal score, and the events at or before each."""

    last: Int64  # position of the last event of the group
    positives: Int64
    negatives: Int64
    positives_up_to: Int64
    negatives_up_to: Int64


def group_ties(differs: Bool, positive: Bool) -> Ties:
    """Return the groups of events ``(n,)``; ``differs`` (n - 1,) is True between two groups."""
    last = np.append(np.flatnonzero(differs), len(positive) - 1)
    positives_up_to = np.cumsum(positive)[last]
    negatives_up_to = last + 1 - positives_up_to
    return Ties(
        last,
        _steps(positives_up_to),
        _steps(negatives_up_to),
        positives_up_to,
        negatives_up_to,
    )


def _steps(totals: Int64) -> Int64:
    """Return what each running total adds to the one before."""
    steps = totals.copy()
    steps[1:] -= totals[:-1]
    return steps
