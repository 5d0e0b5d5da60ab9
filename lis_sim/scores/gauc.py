"""GAUC: the AUC inside each user, averaged with the user's events as weight."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.scores.ranking import (
    Ranked,
    group_ties,
    number_clusters,
    order_key,
    radix_order,
    rank_events,
)


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
    positive = check_labels(label)
    values = check_scores(score, len(positive))
    users, code = number_clusters(check_users(user, len(positive)))
    ranked = rank_events(order_key(values), positive, code)
    total, weight = ranked_gauc(group_by_user(ranked), len(users))
    return total / weight if weight else None


def group_by_user(ranked: Ranked) -> Ranked:
    """Return events sorted by score sorted by user and, within a user, by score."""
    return ranked.take(radix_order(ranked.code.astype(np.uint64)))


def ranked_gauc(grouped: Ranked, users: int) -> GaucSum:
    """Return the sums behind GAUC for events sorted by user and score; no loop over users."""
    key, positive, code = grouped
    if len(key) == 0:
        return GaucSum(0.0, 0)
    ties = group_ties((key[1:] != key[:-1]) | (code[1:] != code[:-1]), positive)
    owner = code[ties.last]
    own_positives = np.bincount(owner, weights=ties.positives, minlength=users)
    own_negatives = np.bincount(owner, weights=ties.negatives, minlength=users)
    before_user = np.cumsum(own_negatives) - own_negatives
    below = 2 * (ties.negatives_up_to - before_user[owner]) - ties.negatives
    wins = np.bincount(owner, weights=ties.positives * below, minlength=users)

    mixed = (own_positives > 0) & (own_negatives > 0)
    events = own_positives[mixed] + own_negatives[mixed]
    value = wins[mixed] / (2 * own_positives[mixed] * own_negatives[mixed])
    return GaucSum(float((events * value).sum()), int(events.sum()))
