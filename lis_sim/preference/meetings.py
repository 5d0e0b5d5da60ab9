"""Which user met which item, and what is left of a behaviour without their means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.types import Float64, Int32, Int64

MOST_USERS = 1024
MOST_ITEMS = 8192


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which user met which item, ``n`` events; users and items are numbered without gaps."""

    user: Int64  # (n,)
    item: Int64  # (n,)
    users: int
    items: int

    @classmethod
    def of(cls, user: Int32, item: Int32) -> Meetings:
        """Return the meetings of events with these users and items ``(n,)``."""
        users, user_at = np.unique(user, return_inverse=True)
        items, item_at = np.unique(item, return_inverse=True)
        return cls(user_at, item_at, len(users), len(items))


def densest(user: Int32, item: Int32) -> Int64:
    """Return the rows of the users and items with most events, so many as taste is read from.

    At most ``MOST_USERS`` and ``MOST_ITEMS``: what is shared shows best where most is known.
    """
    rows = np.flatnonzero(np.isin(item, _most(item, MOST_ITEMS)))
    return rows[np.isin(user[rows], _most(user[rows], MOST_USERS))]


def mean_by(group: Int64, values: Float64, groups: int) -> Float64:
    """Return every value's mean over its group, ``(n,)``."""
    sums, counts = np.bincount(group, values, groups), np.bincount(group, minlength=groups)
    return np.asarray((sums / np.maximum(counts, 1))[group])


def residuals(at: Meetings, engaged: Float64) -> Float64:
    """Return ``engaged`` less the user's mean, less the item's mean of that, ``(n,)``."""
    beyond = engaged - mean_by(at.user, engaged, at.users)
    return np.asarray(beyond - mean_by(at.item, beyond, at.items))


def _most(numbers: Int32, most: int) -> Int64:
    """Return the ``most`` frequent of ``numbers``; of equally frequent ones the lowest."""
    counts = np.bincount(numbers)
    return np.argsort(-counts, kind="stable")[:most]
