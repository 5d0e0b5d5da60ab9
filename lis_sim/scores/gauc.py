"""GAUC: the AUC inside each user, averaged with the user's events as weight."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

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

    >>> import numpy as np
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
    total, weight = gauc_sum(rank_events(values), by_user)
    return total / weight if weight else None


def gauc_sum(ranked: Ranked, by_user: Clusters) -> GaucSum:
    """Return the sums behind GAUC for events as :func:`~.ranking.rank_events` ranked them."""
    from lis_sim.scores import counting

    positives, negatives = by_user.positives, by_user.negatives
    wins = counting.wins_within(ranked, by_user.labels.positive, by_user.code, len(positives))
    mixed = (positives > 0) & (negatives > 0)
    positives, negatives = positives[mixed], negatives[mixed]
    events = positives + negatives
    value = wins[mixed] / (2 * positives * negatives)
    return GaucSum(float((events * value).sum()), int(events.sum()))
