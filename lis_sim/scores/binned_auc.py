"""The AUC of a log whose scores no one machine holds: counts by bin, added over shards.

A shard counts its positives and negatives in every bin of the logit and sends two integers a bin;
the sum of all shards' counts gives the AUC, and sent back to the shards what each of their users
contributes to it. Pairs in one bin count one half, so the AUC is off by at most half the share of
such pairs, which the counts tell as well. Scores on one machine: :mod:`.auc`, exact and as fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError
from lis_sim.scores import counting
from lis_sim.scores.auc import Auc
from lis_sim.scores.clusters import Clusters, Labels, Wins
from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.types import Float64, Int32, Int64

BINS = 65_536
_REACH = 16.0


@dataclass(frozen=True, slots=True)
class BinnedAuc:
    """``counts`` (bins, 2) int64: negatives and positives of every bin of the logit, increasing.

    The bins cut the axis from -16 to 16; what lies beyond joins the outer ones. Logits differ by
    a few units whatever the base rate, so 65,536 bins, 2,048 a unit, leave a bound of some 1e-5;
    it shrinks as the bins grow in number. Scores that are no logits may crowd in few bins: the
    bound then says so, and a monotone rescaling that spreads them helps.

    Three shards, the third with a user of the first (:meth:`of`, ``+``, :meth:`influence`):

    >>> label, user = np.array([0, 0, 1, 1]), np.array([5, 5, 7, 5])
    >>> logit = np.array([0.1, 0.4, 0.4, 0.9])
    >>> shards = [np.array([0, 1]), np.array([2]), np.array([3])]
    >>> whole = sum(
    ...     (BinnedAuc.of(logit[rows], label[rows]) for rows in shards), start=BinnedAuc.empty()
    ... )
    >>> whole.auc, whole.error
    (Auc(value=0.875, positives=2, negatives=2), 0.125)
    >>> for rows in shards:
    ...     users, influence = whole.influence(logit[rows], label[rows], user[rows])
    ...     print(users.tolist(), influence.tolist())
    [5] [0.0]
    [7] [-0.0625]
    [5] [0.0625]

    Source: the counts are those of :mod:`.auc` and :mod:`.influence`, of binned scores.
    """

    counts: Int64

    @classmethod
    def empty(cls, bins: int = BINS) -> Self:
        """Return the counts of no events; :class:`ConfigError` without a bin."""
        if bins < 1:
            raise ConfigError(f"got {bins} bins; accepted is 1 or more; {BINS} do for logits")
        return cls(np.zeros((bins, 2), np.int64))

    @classmethod
    def of(cls, logit: NDArray[Any], label: NDArray[Any], bins: int = BINS) -> Self:
        """Return the counts of a shard: ``logit`` (n,) finite, ``label`` (n,) of 0 and 1.

        Raises :class:`PolicyError`, :class:`DataError` or, without a bin, :class:`ConfigError`.
        """
        cls.empty(bins)
        positive = check_labels(label)
        values = check_scores(logit, len(positive)).astype(np.float64)
        return cls(counting.counted_bins(values, positive, -_REACH, bins / (2 * _REACH), bins))

    def __add__(self, other: BinnedAuc) -> BinnedAuc:
        """Return the counts of both shards; :class:`ConfigError` for other bins."""
        if self.counts.shape != other.counts.shape:
            raise ConfigError(
                f"got counts of {len(self.counts)} and of {len(other.counts)} bins; accepted are "
                "shards counted in the same bins; give every shard the same number"
            )
        return BinnedAuc(self.counts + other.counts)

    @property
    def auc(self) -> Auc:
        """The AUC with pairs in one bin worth one half."""
        negatives, positives = self.counts.T
        below = np.cumsum(negatives) - negatives
        return self._of_pairs(_sum_of_products(positives, 2 * below + negatives))

    @property
    def error(self) -> float | None:
        """By how much :attr:`auc` may differ from the exact one at most; None where undefined.

        Bins increase with the logit, so pairs in two bins are ordered right. A pair in one bin is
        worth 0, one half or 1 and counted as one half.
        """
        negatives, positives = self.counts.T
        return self._of_pairs(_sum_of_products(positives, negatives)).value

    def influence(
        self, logit: NDArray[Any], label: NDArray[Any], user: NDArray[Any]
    ) -> tuple[Int32, Float64]:
        """Return a shard's users ``(m,)`` in order and their influence ``(m,)`` on :attr:`auc`.

        Of the sum of all shards; ``user`` (n,) dense indices. As :func:`.auc_influence`, where
        each event is ranked right against half of the other class in its bin. What shards with
        events of the same user return is to be added. No users where the AUC is undefined.
        """
        labels, whole = Labels.of(check_labels(label)), self.auc
        values = check_scores(logit, len(labels.positive)).astype(np.float64)
        users, by_user = Clusters.numbered(labels, check_users(user, len(values)))
        if whole.value is None:
            return users[:0], np.empty(0)
        negatives, positives = self.counts.T
        of_positive = 2 * np.cumsum(negatives) - negatives
        of_negative = 2 * (whole.positives - np.cumsum(positives)) + positives
        worth = np.stack([of_negative, of_positive], axis=1)
        per_unit = len(worth) / (2 * _REACH)
        doubled = counting.binned_wins(values, labels.positive, -_REACH, per_unit, worth)
        return users, by_user.influence(Wins(whole, doubled))

    def _of_pairs(self, doubled: int) -> Auc:
        negatives, positives = (int(total) for total in self.counts.sum(axis=0))
        pairs = positives * negatives
        return Auc(doubled / (2 * pairs) if pairs else None, positives, negatives)


def _sum_of_products(some: Int64, others: Int64) -> int:
    # In integers without end: of 10^10 events the pairs no longer fit into 64 bits.
    both = np.flatnonzero((some != 0) & (others != 0))
    return sum(a * b for a, b in zip(some[both].tolist(), others[both].tolist(), strict=True))
