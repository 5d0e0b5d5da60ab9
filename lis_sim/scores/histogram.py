"""Fine histograms of logits, from which the AUC pooled over windows is read.

The logit axis from -16 to 16 is cut into 16,384 bins; what lies beyond joins the outer bins.
Pairs inside one bin count as ties, so the pooled AUC is approximate; it is printed, not headlined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lis_sim.scores import counting
from lis_sim.scores.events import Scores
from lis_sim.types import Bool, Int32, Int64

BINS = 16_384
_REACH = 16.0


class SparseHistogram(NamedTuple):
    """The non-empty bins ``(b,)``, increasing, with their positives and negatives ``(b,)``."""

    bins: Int32
    positives: Int32
    negatives: Int32


_NONE = np.empty(0, np.int32)
EMPTY = SparseHistogram(_NONE, _NONE, _NONE)


def histogram(logit: Scores, positive: Bool) -> SparseHistogram:
    """Return how many positives and negatives of events ``(n,)`` fall into each bin.

    >>> histogram(np.array([0.0, 0.0, 99.0]), np.array([True, False, True]))._asdict()
    {'bins': array([ 8192, 16383], dtype=int32), 'positives': array([1, 1], dtype=int32), \
'negatives': array([1, 0], dtype=int32)}
    """
    counts = counting.counted_bins(
        logit.astype(np.float64), positive, -_REACH, BINS / (2 * _REACH), BINS
    )
    bins = np.flatnonzero(counts.any(axis=1))
    used = counts[bins].astype(np.int32)
    return SparseHistogram(bins.astype(np.int32), used[:, 1].copy(), used[:, 0].copy())


def histogram_auc(positives: Int64, negatives: Int64) -> float | None:
    """Return the AUC of counts per bin ``(BINS,)``; None when one class is missing.

    >>> histogram_auc(np.array([0, 1, 1]), np.array([1, 1, 0]))
    0.875
    """
    pairs = 2 * int(positives.sum()) * int(negatives.sum())
    if pairs == 0:
        return None
    below = np.cumsum(negatives) - negatives
    return int((positives * (2 * below + negatives)).sum()) / pairs
