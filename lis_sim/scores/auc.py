"""The area under the ROC curve, exact, with ties worth one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lis_sim.scores import counting, radix
from lis_sim.scores.events import check_labels, check_scores
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

    >>> import numpy as np
    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    Auc(value=0.875, positives=2, negatives=2)
    >>> auc(np.array([0.1, 0.4]), np.array([1, 1]))
    Auc(value=None, positives=2, negatives=0)

    Source: Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".
    """
    positive = check_labels(label)
    key = order_key(check_scores(score, len(positive)))
    above, below = radix.split(key, positive)
    if len(above) == 0 or len(below) == 0:
        return Auc(None, len(above), len(below))
    won = counting.won_pairs(radix.sort_words(above, 0), radix.sort_words(below, 0))
    return Auc(won / (2 * len(above) * len(below)), len(above), len(below))
