"""GAUC: the AUC inside each user, averaged with the user's events as weight."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores import counting
from lis_sim.scores.clusters import Clusters, Labels
from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.scores.ranking import Ranked, rank_events


class GaucSum(NamedTuple):
    """Sum over users with both classes of ``events * AUC``, and of ``events``."""

    total: float
    weight: int


def gauc(score: NDArray[Any], label: NDArray[Any], user: NDArray[Any]) -> float | None:
    """Return the event-weighted mean of per-user AUCs; None when no user has both classes.

    ``score`` (n,) finite, ``label`` (n,) of 0 and 1, ``user`` (n,) dense indices. Users with one
    class have no AUC and no weight. Raises :class:`PolicyError` or :class:`DataError`.

    >>> gauc(
    ...     np.array([0.1, 0.4, 0.4, 0.9, 0.2]),
    ...     np.array([0, 1, 1, 0, 1]),
    ...     np.array([0, 0, 1, 1, 2]),
    ... )
    0.5

    Source: Zhou et al. 2018, "Deep Interest Network for click-through rate prediction", eq. 7.
    """
    labels = Labels.of(check_labels(label))
    values = check_scores(score, len(labels.positive))
    _, by_user = Clusters.numbered(labels, check_users(user, len(values)))
    total, weight = WithinUsers(by_user).sums(rank_events(values))
    return total / weight if weight else None


class WithinUsers:
    """The users that have an AUC of their own: those with events of both classes."""

    def __init__(self, by_user: Clusters) -> None:
        self._by_user = by_user
        self._mixed = np.flatnonzero((by_user.positives > 0) & (by_user.negatives > 0))
        positives, negatives = by_user.positives[self._mixed], by_user.negatives[self._mixed]
        self._events = positives + negatives
        self._doubled_pairs = 2 * positives * negatives
        self._weight = int(self._events.sum())

    def sums(self, ranked: Ranked) -> GaucSum:
        """Return the sums behind GAUC for events as :func:`~.ranking.rank_events` ranked them."""
        labels, code = self._by_user.labels, self._by_user.code
        users = len(self._by_user.positives)
        wins = counting.wins_within(ranked, labels.positive, code, users)[self._mixed]
        return GaucSum(float((self._events * (wins / self._doubled_pairs)).sum()), self._weight)
