"""NDCG, reciprocal rank and AUC within groups of events as machine code.

Events that tie have no order: each number is its mean over all orders that the scores allow.

``words`` (n,) are events group after group, the best first: the upper half orders and ties as the
scores do, the lower is the event's row. ``start`` (g + 1,) is where each group begins.

Source: McSherry and Najork 2008, "Computing information retrieval performance measures efficiently
in the presence of tied scores".
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled
from lis_sim.scores.radix import Ranked
from lis_sim.types import Bool, Float64, Int32, Int64


@compiled
def by_group(ranked: Ranked, code: Int32, start: Int64) -> Ranked:
    """Return the events of every group, the best first; ``code`` (n,) by row, -1 is none."""
    words = np.empty(start[-1], np.uint64)
    place = start[:-1].copy()
    for k in range(len(ranked) - 1, -1, -1):
        word = ranked[k]
        group = code[word & np.uint64(0xFFFFFFFF)]
        if group >= 0:
            words[place[group]] = word
            place[group] += 1
    return words


def discounts(ranks: int) -> Float64:
    """Return what engagements at the first 0, 1, ..., ``ranks`` ranks gain in all (ranks + 1,).

    >>> discounts(2).round(3).tolist()
    [0.0, 1.0, 1.631]
    """
    gains = 1.0 / np.log2(np.arange(2, ranks + 2, dtype=np.float64))
    return np.concatenate([np.zeros(1), np.cumsum(gains)])


@compiled
def tie_end(words: Ranked, start: int, end: int) -> int:
    """Return where the events end that have the score of the one at ``start``."""
    up = np.uint64(32)
    rank, at = words[start] >> up, start + 1
    while at < end and words[at] >> up == rank:
        at += 1
    return at


@compiled
def count_positives(words: Ranked, positive: Bool, start: int, end: int) -> int:
    """Return how many events of ``words[start:end]`` are engagements."""
    found = 0
    for k in range(start, end):
        found += int(positive[words[k] & np.uint64(0xFFFFFFFF)])
    return found


@compiled
def ndcg(words: Ranked, positive: Bool, start: Int64, gained: Float64) -> Float64:
    """Return the NDCG (g,) at the ranks of ``gained`` (ranks + 1,), as :func:`discounts` has it.

    Of ``t`` events that tie for the ranks ``a + 1 ... a + t``, ``p`` of them engagements, every
    rank holds one with probability ``p / t``: together they gain
    ``p / t sum_{i = a + 1}^{min(a + t, k)} 1 / log2(i + 1)``. The best order gains
    ``sum_{i = 1}^{min(P, k)} 1 / log2(i + 1)``. Every group has an engagement.

    >>> words = np.array([5 << 32 | 1, 5 << 32 | 0, 3 << 32 | 2], np.uint64)
    >>> ndcg(words, np.array([True, False, False]), np.array([0, 3]), discounts(1)).tolist()
    [0.5]
    """
    ranks = len(gained) - 1
    found = np.empty(len(start) - 1)
    for group in range(len(found)):
        first, end = start[group], start[group + 1]
        engaged = count_positives(words, positive, first, end)
        gain, at = 0.0, first
        while at < end and at - first < ranks:
            stop = tie_end(words, at, end)
            share = count_positives(words, positive, at, stop) / (stop - at)
            gain += share * (gained[min(stop - first, ranks)] - gained[at - first])
            at = stop
        found[group] = gain / gained[min(engaged, ranks)]
    return found


@compiled
def reciprocal_ranks(words: Ranked, positive: Bool, start: Int64) -> Float64:
    """Return one over the rank of the first engagement, its mean over the orders of ties (g,).

    Of ``t`` events that tie for the ranks ``a + 1 ... a + t``, ``p`` of them engagements and none
    before, the first is at ``a + j`` with probability
    ``p / (t - j + 1) prod_{i < j} (t - p - i + 1) / (t - i + 1)``. Every group has an engagement.

    >>> words = np.array([5 << 32 | 1, 5 << 32 | 0, 3 << 32 | 2], np.uint64)
    >>> reciprocal_ranks(words, np.array([True, False, False]), np.array([0, 3])).tolist()
    [0.75]
    """
    found = np.empty(len(start) - 1)
    for group in range(len(found)):
        first, end = start[group], start[group + 1]
        at = first
        stop = tie_end(words, at, end)
        engaged = count_positives(words, positive, at, stop)
        while engaged == 0:
            at = stop
            stop = tie_end(words, at, end)
            engaged = count_positives(words, positive, at, stop)
        mean, none_before = 0.0, 1.0
        for j in range(stop - at - engaged + 1):
            left = stop - at - j
            mean += none_before * (engaged / left) / (at - first + j + 1)
            none_before *= (left - engaged) / left
        found[group] = mean
    return found


@compiled
def doubled_wins(words: Ranked, positive: Bool, start: Int64) -> Int64:
    """Return 2 x pairs ranked right + pairs tied of every group (g,).

    >>> words = np.array([5 << 32 | 1, 5 << 32 | 0, 3 << 32 | 2], np.uint64)
    >>> doubled_wins(words, np.array([True, False, False]), np.array([0, 3])).tolist()
    [3]
    """
    found = np.empty(len(start) - 1, np.int64)
    for group in range(len(found)):
        at, end = start[group], start[group + 1]
        above = won = 0
        while at < end:
            stop = tie_end(words, at, end)
            engaged = count_positives(words, positive, at, stop)
            passed = stop - at - engaged
            won += passed * (2 * above + engaged)
            above += engaged
            at = stop
        found[group] = won
    return found
