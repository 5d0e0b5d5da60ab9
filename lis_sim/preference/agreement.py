"""What users share in a behaviour: of the items' rates, and of taste beyond them.

Two users agree on an item where both engage with it more, or both less, than they do otherwise.
Summed over all pairs of users that is what the items' rates bring. They share *taste* where
they agree on pairs of items, once every item's rate is taken out:

    shared taste = sum over u != v, i != j of  e_ui e_vi e_uj e_vj / sqrt(n_u n_v)

The roots of the users' event counts ``n`` keep a few heavy users from deciding alone.
Every sum is over distinct users (U-statistics, Hoeffding 1948), so no event meets itself: both
are 0 in expectation where there is nothing to share, and the average over all ways to split the
users into halves of how far the halves' item-item products agree. Labels of which a share ``p``
is replaced by coins leave ``(1 - p)^2`` of the first and ``(1 - p)^4`` of the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.preference.meetings import Meetings, mean_by, residuals
from lis_sim.types import Float32, Float64, Int64

_BLOCK = 1024  # items at a time: memory is that of users x users
_Z95 = 1.959964
_NO_SPREAD = 1e-12
_CLEAR = 3.0  # standard errors above which something shared is there


@dataclass(frozen=True, slots=True)
class Shared:
    """What users share, by the user who shares it with all others.

    Attributes:
        by_user: Each user's part, float64 ``(U,)``; 0 in expectation where nothing is shared.
        own: What users share with themselves, that is the noise of any two halves of them.
        error: Standard error of the sum where nothing is shared.
    """

    by_user: Float64
    own: float
    error: float

    @property
    def total(self) -> float:
        """What all users share."""
        return float(self.by_user.sum())

    @property
    def split_half(self) -> float | None:
        """How far two halves of the users agree, a correlation; None where nothing varies.

        In expectation over all ways to split: near 0 for noise, 1 where the halves are the same.
        """
        spread = self.total + 2.0 * self.own
        return self.total / spread if spread > 0 and self.own > 0 else None

    @property
    def clear(self) -> bool:
        """Is it beyond what chance brings?"""
        return self.total > _CLEAR * self.error


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share or correlation over the same events, with its 95 % interval by user."""

    value: float
    low: float
    high: float


def ratio(part: Shared, whole: Shared, scale: float = 1.0) -> Ratio | None:
    """Return ``scale * part / whole``; None where the whole is not clear.

    >>> whole = Shared(np.array([2.0, 6.0]), own=8.0, error=0.1)
    >>> ratio(Shared(np.array([1.0, 3.0]), own=8.0, error=0.1), whole)
    Ratio(value=0.5, low=0.5, high=0.5)
    """
    if not whole.clear:
        return None
    value = part.total / whole.total
    # A user is in the pairs of both its places.
    spread = 2.0 * np.sqrt(np.square(part.by_user - value * whole.by_user).sum()) / whole.total
    low, high = value - _Z95 * spread, value + _Z95 * spread
    return Ratio(scale * value, scale * float(low), scale * float(high))


def shared_rates(at: Meetings, engaged: Float64) -> Shared:
    """Return what users share of the items' rates; ``engaged`` ``(n,)`` is 0 or 1.

    >>> both = Meetings(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), 2, 2)
    >>> round(shared_rates(both, np.array([1.0, 0.0, 1.0, 0.0])).total, 6)
    0.5
    """
    beyond = engaged - mean_by(at.user, engaged, at.users)
    pair, own = np.unique(at.user * at.items + at.item, return_inverse=True)
    sums = np.asarray(np.bincount(own, beyond), np.float64)
    user, item = pair // at.items, pair % at.items
    sums /= np.sqrt(np.bincount(at.user, minlength=at.users))[user]
    others = np.bincount(item, sums, at.items)[item] - sums
    by_user = np.asarray(np.bincount(user, sums * others, at.users), np.float64)
    squares = np.bincount(item, sums**2, at.items)
    within = float((squares**2).sum() - (sums**4).sum())
    error = float(np.sqrt(2.0 * max(within, 0.0)))
    return Shared(by_user, float(squares.sum()), error)


def shared_taste(at: Meetings, engaged: Float64) -> Shared:
    """Return what users share beyond the items' rates; ``engaged`` ``(n,)`` is 0 or 1.

    A residual of an exact mean is negatively correlated with the others of that mean; what
    this brings in expectation is known and taken out, for items and for users.
    """
    beyond = residuals(at, engaged)
    bound = _covariance(at.item, beyond, at.items)
    products, squares, met, met_squares = (np.zeros((at.users, at.users)) for _ in range(4))
    order = np.argsort(at.item, kind="stable")
    for first in range(0, at.items, _BLOCK):
        ends = np.searchsorted(at.item[order], [first, first + _BLOCK])
        rows = order[ends[0] : ends[1]]
        place = (at.user[rows], at.item[rows] - first)
        residual = _dense(place, beyond[rows], at.users)
        count = _dense(place, np.ones(len(rows)), at.users)
        owed = np.zeros(_BLOCK, np.float32)
        owed[: len(bound[first : first + _BLOCK])] = bound[first : first + _BLOCK]
        products += residual @ residual.T + (count * owed) @ count.T
        both, count2 = residual * count, count**2
        squares += np.square(residual) @ np.square(residual).T + 2.0 * (both * owed) @ both.T
        squares += (count2 * owed**2) @ count2.T
        met += count @ count.T
        met_squares += count2 @ count2.T
    of_user = _covariance(at.user, beyond, at.users)
    shared = products**2 - squares - np.outer(of_user, of_user) * (met**2 - met_squares)
    root = np.sqrt(np.bincount(at.user, minlength=at.users))
    shared /= np.outer(root, root)
    own = float(np.trace(shared))
    np.fill_diagonal(shared, 0.0)
    return Shared(shared.sum(axis=1), own, float(np.sqrt(2.0 * np.square(shared).sum())))


def event_correlation(at: Meetings, engaged: Float64, label: Float64) -> Ratio | None:
    """Return the correlation of two behaviours of the same events once user and item are known.

    0 in expectation where one of them, beyond users' and items' rates, knows nothing of the
    other; None where either never varies. ``engaged`` and ``label`` ``(n,)`` are 0 or 1.

    >>> at = Meetings(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), 2, 2)
    >>> clicks = np.array([1.0, 0.0, 0.0, 1.0])
    >>> event_correlation(at, clicks, 1.0 - clicks)
    Ratio(value=-1.0, low=-1.0, high=-1.0)
    """
    left, right = residuals(at, engaged), residuals(at, label)
    squares = np.square(left).sum(), np.square(right).sum()
    if min(squares) < _NO_SPREAD * len(left):
        return None
    value = float((left * right).sum() / np.sqrt(squares[0] * squares[1]))
    parts = left * right / np.sqrt(squares[0] * squares[1])
    parts -= value / 2.0 * (left**2 / squares[0] + right**2 / squares[1])
    half = _Z95 * float(np.sqrt(np.square(np.bincount(at.user, parts)).sum()))
    return Ratio(value, value - half, value + half)


def _covariance(group: Int64, residual: Float64, groups: int) -> Float64:
    """Return minus the covariance of two residuals of one group by its exact mean, ``(groups,)``.

    It is their mean square by the count less 1: they sum to 0.
    """
    counts = np.bincount(group, minlength=groups)
    squares = np.bincount(group, residual**2, groups) / np.maximum(counts, 1)
    return np.asarray(np.where(counts > 1, squares / np.maximum(counts - 1, 1), 0.0))


def _dense(place: tuple[Int64, Int64], values: Float64, users: int) -> Float32:
    """Return the sums of ``values`` by user and item of one block, ``(users, _BLOCK)``."""
    flat = np.bincount(place[0] * _BLOCK + place[1], values, users * _BLOCK)
    return flat.reshape(users, _BLOCK).astype(np.float32)
