"""What each user contributes to an AUC, and the variance that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.auc import Auc
from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.scores.ranking import Ranked, group_ties, number_clusters, order_key, rank_events
from lis_sim.types import Bool, Float64, Int32, Int64


def auc_influence(
    score: NDArray[Any], label: NDArray[Any], user: NDArray[Any]
) -> tuple[Auc, Int32, Float64]:
    """Return the AUC, its users ``(m,)`` int32 in order and their influence ``(m,)`` float64.

    The events of one user are not independent, so the user is the unit: with ``c`` the share of
    the other class an event is ranked right against (ties one half),
    ``influence_u = sum_pos (c - AUC) / positives + sum_neg (c - AUC) / negatives`` over the
    events of ``u``. Influences sum to zero; see :func:`clustered_variance`. Undefined AUC:
    no users. Raises :class:`PolicyError` or :class:`DataError` on wrong input.

    >>> value, users, influence = auc_influence(
    ...     np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]), np.array([5, 5, 7, 5])
    ... )
    >>> value.value, users.tolist(), influence.tolist()
    (0.875, [5, 7], [0.0625, -0.0625])

    Source: Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data", in the form
    of DeLong, DeLong and Clarke-Pearson 1988 with the structural components summed by cluster.
    """
    positive = check_labels(label)
    values = check_scores(score, len(positive))
    users, code = number_clusters(check_users(user, len(positive)))
    ranked = rank_events(order_key(values), positive, code)
    value, influence = ranked_influence(ranked, len(users))
    return value, (users if len(influence) else users[:0]), influence


def ranked_influence(ranked: Ranked, users: int) -> tuple[Auc, Float64]:
    """Return the AUC and the influence ``(users,)`` for events sorted by score.

    An undefined AUC has an empty influence.
    """
    wins = count_wins(ranked)
    return wins.auc, wins.influence(ranked.code, users)


@dataclass(frozen=True, slots=True)
class Wins:
    """For events sorted by score: how many of the other class each is ranked right against."""

    auc: Auc
    positive: Bool  # (n,)
    doubled: Int64  # (n,) 2 x pairs ranked right + pairs tied; empty when the AUC is undefined

    def influence(self, code: Int64, clusters: int, sign: Int64 | None = None) -> Float64:
        """Return the influence ``(clusters,)`` summed by ``code`` (n,); empty when undefined.

        ``sign`` (n,) of +1 and -1 multiplies every event's part of it.
        """
        value, positives = self.auc.value, self.auc.positives
        negatives = self.auc.negatives
        if value is None:
            return np.empty(0)
        wins, one = self.doubled, np.ones(len(code), np.int64)
        if sign is not None:
            wins, one = wins * sign, sign
        # Sums of integers below 2**53 are exact in float64, hence independent of row order.
        won = np.bincount(code, weights=wins, minlength=clusters)
        own_positives = np.bincount(code, weights=one * self.positive, minlength=clusters)
        own_negatives = np.bincount(code, weights=one, minlength=clusters) - own_positives
        expected = value * (own_positives / positives + own_negatives / negatives)
        return won / (2 * positives * negatives) - expected


def count_wins(ranked: Ranked) -> Wins:
    """Return the AUC of events sorted by score, and what every event adds to it."""
    positive = ranked.positive
    positives = int(np.count_nonzero(positive))
    negatives = len(positive) - positives
    if positives == 0 or negatives == 0:
        return Wins(Auc(None, positives, negatives), positive, np.empty(0, np.int64))
    doubled = _doubled_wins(ranked, positives)
    value = int(doubled[positive].sum()) / (2 * positives * negatives)
    return Wins(Auc(value, positives, negatives), positive, doubled)


def _doubled_wins(ranked: Ranked, positives: int) -> Int64:
    """Return for each event 2 x pairs ranked right + pairs tied."""
    ties = group_ties(ranked.key[1:] != ranked.key[:-1], ranked.positive)
    for_positive = 2 * ties.negatives_up_to - ties.negatives
    for_negative = 2 * (positives - ties.positives_up_to) + ties.positives
    if len(ties.last) == len(ranked.positive):
        return np.where(ranked.positive, for_positive, for_negative)
    group = np.repeat(np.arange(len(ties.last)), ties.positives + ties.negatives)
    return np.where(ranked.positive, for_positive[group], for_negative[group])


def clustered_variance(influence: Float64, users: int | None = None) -> float | None:
    """Return ``U / (U - 1) * sum influence**2``; None with fewer than two users.

    ``influence`` (m,) sums to zero; ``users`` is U when users without influence were left out.

    >>> clustered_variance(np.array([0.0625, -0.0625]))
    0.015625
    """
    count = len(influence) if users is None else users
    if count < 2:
        return None
    # Not a dot product: BLAS splits it by thread count, which would change the last bits.
    return count / (count - 1) * float(np.square(influence).sum())


def without_user(summed: Float64, events: NDArray[Any]) -> Float64:
    """Return by how much the score would change without each user ``(users,)``.

    ``summed`` (users,) is weight x influence summed over windows, ``events`` (users,) the labelled
    events of each user, their sum the weight. To first order a user's influence; but a user with a
    share s of the events also moves the mean the others are measured against, so it is
    ``influence / (1 - s)``. In a log of a few heavy users this matters: with 60 users of
    Pareto(1.2) activity intervals covered 89 % without and 94 % with it.

    >>> without_user(np.array([1.0, -1.0]), np.array([4, 12])).tolist()
    [0.08333333333333333, -0.25]

    Source: MacKinnon and White 1985, "Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties" (the jackknife, HC3), for clusters.
    """
    others = float(events.sum()) - events
    # A user who is alone has no others to be compared with; there is no interval then anyway.
    return summed / np.where(others > 0, others, 1.0)
