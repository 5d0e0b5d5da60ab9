"""Counting pairs as machine code: linear passes over sorted scores, in integers.

``ranked`` (n,) are words sorted by score: the upper half orders and ties as the scores do, the
lower is the event's row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.compiled import compiled
from lis_sim.scores.radix import Ranked, Words
from lis_sim.types import Bool, Float64, Int32, Int64


@compiled
def won_pairs(above: Words, below: Words) -> int:
    """Return 2 x pairs won + pairs tied of positives (p,) and negatives (q,), both sorted."""
    p, q = len(above), len(below)
    i = j = won = 0
    while i < p and j < q:
        if above[i] == below[j]:
            first_i, first_j, tied = i, j, above[i]
            while i < p and above[i] == tied:
                i += 1
            while j < q and below[j] == tied:
                j += 1
            won += (i - first_i) * (first_j + j)
        else:
            # No branch: which of the two comes next is not to be foreseen.
            passed = below[j] < above[i]
            won += 0 if passed else 2 * j
            j += passed
            i += not passed
    return won + 2 * (p - i) * q


@compiled
def doubled_wins(ranked: Ranked, positive: Bool) -> tuple[Int64, int]:
    """Return for each event (n,) 2 x pairs ranked right + pairs tied, and the positives' sum.

    ``positive`` (n,) and the answer go by row.
    """
    n, up, half = len(ranked), np.uint64(32), np.uint64(0xFFFFFFFF)
    doubled = np.empty(n, np.int64)
    positives_after = negatives_before = won = start = 0
    for k in range(n):
        positives_after += int(positive[k])
    while start < n:
        rank, end, positives = ranked[start] >> up, start, 0
        while end < n and ranked[end] >> up == rank:
            positives += int(positive[ranked[end] & half])
            end += 1
        negatives = end - start - positives
        positives_after -= positives
        of_positive = 2 * negatives_before + negatives
        of_negative = 2 * positives_after + positives
        for k in range(start, end):
            row = ranked[k] & half
            doubled[row] = of_positive if positive[row] else of_negative
        won += positives * of_positive
        negatives_before += negatives
        start = end
    return doubled, won


@compiled
def wins_within(ranked: Ranked, positive: Bool, code: Int32, clusters: int) -> Int64:
    """Return (clusters,) 2 x pairs won + pairs tied among the events of each cluster.

    ``positive`` and ``code`` (n,) go by row. Every cluster keeps what it has met so far: events
    need not be sorted by cluster.
    """
    won = np.zeros(clusters, np.int64)
    # Of each cluster: the rank met last, the negatives below it, and its negatives and positives.
    # Of finite scores none has the rank -1.
    met = np.zeros((clusters, 4), np.int32)
    for cluster in range(clusters):
        met[cluster, 0] = -1
    for word in ranked:
        row, rank = word & np.uint64(0xFFFFFFFF), np.int32(word >> np.uint64(32))
        cluster = code[row]
        own = met[cluster]
        # Products, not branches: neither a tie nor a label is to be foreseen.
        tied, of_positive = np.int64(own[0] == rank), np.int64(positive[row])
        below = own[1] + own[2] * (1 - tied)
        negatives, positives = own[2] * tied, own[3] * tied
        won[cluster] += of_positive * (2 * below + negatives) + (1 - of_positive) * positives
        own[0], own[1] = rank, below
        own[2], own[3] = negatives + 1 - of_positive, positives + of_positive
    return won


@compiled
def summed(value: NDArray[Any], code: Int32, clusters: int) -> NDArray[Any]:
    """Return the sums (clusters,) of ``value`` (n,), integers or floats, by ``code`` (n,)."""
    total = np.zeros(clusters, value.dtype)
    for k in range(len(value)):
        total[code[k]] += value[k]
    return total


@compiled
def _bin_of(logit: float, low: float, per_unit: float, bins: int) -> int:
    place = np.floor((logit - low) * per_unit)
    return int(min(max(place, 0.0), bins - 1.0))


@compiled
def counted_bins(logit: Float64, positive: Bool, low: float, per_unit: float, bins: int) -> Int64:
    """Return (bins, 2) how many negatives and positives fall in each bin from ``low`` up."""
    counts = np.zeros((bins, 2), np.int64)
    for k in range(len(logit)):
        counts[_bin_of(logit[k], low, per_unit, bins), np.int64(positive[k])] += 1
    return counts


@compiled
def binned_wins(logit: Float64, positive: Bool, low: float, per_unit: float, worth: Int64) -> Int64:
    """Return what each event (n,) is worth by ``worth`` (bins, 2): as negative, as positive."""
    doubled = np.empty(len(logit), np.int64)
    for k in range(len(logit)):
        place = _bin_of(logit[k], low, per_unit, len(worth))
        doubled[k] = worth[place, np.int64(positive[k])]
    return doubled
