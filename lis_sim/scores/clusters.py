"""Labelled events by user, by item or by pair: what of an AUC's influence no score changes.

Made once for a window and used by every arm that scored it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lis_sim.scores import counting
from lis_sim.scores.auc import Auc
from lis_sim.scores.ranking import Ranked, number_clusters
from lis_sim.types import Bool, Float64, Int32, Int64


class Wins(NamedTuple):
    """Of each event, how many of the other class it is ranked right against."""

    auc: Auc
    doubled: Int64  # (n,) by row: 2 x pairs ranked right + pairs tied; empty without an AUC


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of some events and how many there are of each."""

    positive: Bool  # (n,)
    positives: int
    negatives: int

    @classmethod
    def of(cls, positive: Bool) -> Labels:
        positives = int(np.count_nonzero(positive))
        return cls(positive, positives, len(positive) - positives)

    def wins(self, ranked: Ranked) -> Wins:
        """Return the AUC of these events as :func:`~.ranking.rank_events` ranked them.

        >>> from lis_sim.scores.ranking import rank_events
        >>> labels = Labels.of(np.array([False, False, True, True]))
        >>> wins = labels.wins(rank_events(np.array([0.1, 0.4, 0.4, 0.9])))
        >>> wins.auc.value, wins.doubled.tolist()
        (0.875, [4, 3, 3, 4])
        """
        if self.positives == 0 or self.negatives == 0:
            return Wins(Auc(None, self.positives, self.negatives), np.empty(0, np.int64))
        doubled, won = counting.doubled_wins(ranked, self.positive)
        value = won / (2 * self.positives * self.negatives)
        return Wins(Auc(value, self.positives, self.negatives), doubled)


class Clusters:
    """Which cluster each event is of: ``code`` (n,) its number, ``positives``, ``negatives`` (m,).

    ``signed``: the clusters are in pairs, and every sum is that of the first of a pair less that
    of the second.
    """

    def __init__(self, labels: Labels, code: Int32, clusters: int, signed: bool = False) -> None:
        self.labels, self.code = labels, code
        self._clusters, self._signed = clusters, signed
        self.positives = self._sums(labels.positive.astype(np.int64))
        self.negatives = self._sums((~labels.positive).astype(np.int64))

    @classmethod
    def numbered(cls, labels: Labels, cluster: Int32) -> tuple[Int32, Clusters]:
        """Return the distinct ``cluster`` (m,), in order, and the events (n,) by them."""
        members, code = number_clusters(cluster)
        return members, cls(labels, code, len(members))

    def influence(self, wins: Wins) -> Float64:
        """Return what each cluster contributes to the AUC (m,); empty when that is undefined."""
        value, positives, negatives = wins.auc.value, wins.auc.positives, wins.auc.negatives
        if value is None:
            return np.empty(0)
        won = self._sums(wins.doubled).astype(np.float64)
        expected = value * (self.positives / positives + self.negatives / negatives)
        return np.asarray(won / (2 * positives * negatives) - expected)

    def _sums(self, value: Int64) -> Int64:
        # Sums of integers are exact, hence independent of row order.
        total = counting.summed(value, self.code, self._clusters)
        return total[0::2] - total[1::2] if self._signed else total
