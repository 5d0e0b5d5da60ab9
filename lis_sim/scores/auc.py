"""The area under the ROC curve, exact, with ties worth one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.events import Scores, check_labels, check_scores
from lis_sim.scores.ranking import order_key


@dataclass(frozen=True, slots=True)
class Auc:
    """An AUC with its counts; ``value`` is None when one class is missing, never 0.5."""

    value: float | None
    positives: int
    negatives: int


def auc(score: NDArray[Any], label: NDArray[Any]) -> Auc:
    """Return the share of (positive, negative) pairs in which the positive has the higher score.

    ``score`` (n,) finite; ``label`` (n,) of 0 and 1. Pairs are counted in integers, so neither
    row order nor a monotone rescaling of the scores changes a bit of the result. Raises
    :class:`PolicyError` or :class:`DataError` on other input.

    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    Auc(value=0.875, positives=2, negatives=2)
    >>> auc(np.array([0.1, 0.4]), np.array([1, 1]))
    Auc(value=None, positives=2, negatives=0)

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".
    """
    positive = check_labels(label)
    values = check_scores(score, len(positive))
    above = values[np.flatnonzero(positive)]
    below = values[np.flatnonzero(~positive)]
    if len(above) == 0 or len(below) == 0:
        return Auc(None, len(above), len(below))
    above.sort()
    below.sort()
    count = _count_bits if values.dtype == np.float32 else _count_searched
    wins = count(above, below)
    return Auc(wins / (2 * len(above) * len(below)), len(above), len(below))


def _count_searched(above: Scores, below: Scores) -> int:
    """Return 2 x pairs won + pairs tied of two sorted arrays, searching with the shorter one."""
    if len(above) <= len(below):
        lower = int(np.searchsorted(below, above, "left").sum())
        return lower + int(np.searchsorted(below, above, "right").sum())
    return 2 * len(above) * len(below) - _count_searched(below, above)


def _count_bits(above: Scores, below: Scores) -> int:
    """Return 2 x pairs won + pairs tied of two sorted float32 arrays.

    The keys carry the class in their lowest bit, so merging the two sorted runs (which a stable
    sort does in linear time) leaves, among equal scores, the negatives first.
    """
    merged = np.concatenate([order_key(below), order_key(above)]).astype(np.uint64)
    merged <<= np.uint64(1)
    merged[len(below) :] |= np.uint64(1)
    merged.sort(kind="stable")
    places = np.flatnonzero(merged & np.uint64(1))
    not_above = int(places.sum()) - len(above) * (len(above) - 1) // 2
    return 2 * not_above - _tied_pairs(merged)


def _tied_pairs(merged: NDArray[np.uint64]) -> int:
    """Return the number of (positive, negative) pairs with equal score in the merged keys."""
    edge = np.flatnonzero((merged[1:] ^ merged[:-1]) == 1) + 1
    negatives = edge - np.searchsorted(merged, merged[edge - 1], "left")
    positives = np.searchsorted(merged, merged[edge], "right") - edge
    return int((positives * negatives).sum())
