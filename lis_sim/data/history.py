"""The last engaged items of every user, most recent first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError
from lis_sim.plain.compiled import compiled
from lis_sim.plain.saved import saved
from lis_sim.types import Int32
from lis_sim.user_shard import ALL_USERS, UserShard


class History:
    """Each user's last ``length`` engaged items, growing as users appear.

    Reading is what happens to every event, appending only to engaged ones. So a row is stored the
    way it is read, most recent item first: reading copies whole rows, appending shifts them.

    Args:
        length: Items kept per user, ``H`` (at least 1).
        shard: The users there are; nobody else may be asked for.

    Examples:
        User 0 engages with item 7, then with 3; user 1 with nothing yet:

        >>> history = History(length=3)
        >>> history.append(np.array([0, 0], np.int32), np.array([7, 3], np.int32))
        >>> items, lengths = history.recent(np.array([0, 1], np.int32))
        >>> items.tolist(), lengths.tolist()
        ([[3, 7, -1], [-1, -1, -1]], [2, 0])

        Two more push the oldest out:

        >>> history.append(np.array([0, 0], np.int32), np.array([4, 5], np.int32))
        >>> history.recent(np.array([0], np.int32))[0].tolist()
        [[5, 4, 3]]
    """

    def __init__(self, length: int, shard: UserShard = ALL_USERS) -> None:
        if length < 1:
            raise ConfigError(f"history length is {length}; give at least 1")
        self.length = length
        self._shard = shard
        self._items: Int32 = np.full((0, length), -1, np.int32)
        self._lengths: Int32 = np.zeros(0, np.int32)
        self._users = 0

    def recent(self, user: Int32) -> tuple[Int32, Int32]:
        """Return the history of each of ``user``.

        Args:
            user: (n,) int32 dense user indices, repeats allowed.

        Returns:
            items, lengths: (n, H) int32 item indices, most recent first, -1 where there is none;
                (n,) int32 number of items. Both are fresh arrays.
        """
        user = self._shard.local(user)
        if len(user):
            self._reserve(int(user.max()) + 1)
        return self._items.take(user, axis=0), self._lengths.take(user)

    def append(self, user: Int32, item: Int32) -> None:
        """Record that ``user[j]`` engaged with ``item[j]``, in the order of ``j``.

        Args:
            user: (m,) int32 dense indices; a user may occur any number of times.
            item: (m,) int32 dense indices.

        Raises:
            DataError: If the two differ in length.
        """
        if len(user) != len(item):
            raise DataError(
                f"history got {len(user)} users and {len(item)} items; give one item per user"
            )
        if not len(user):
            return
        user = self._shard.local(user)
        last = int(user.max())
        self._reserve(last + 1)
        self._users = max(self._users, last + 1)
        _push(self._items, self._lengths, user, item)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return ``items`` (U, H) and ``lengths`` (U,), int32, up to the last user with an item.

        Of a shard's users, as the shard numbers them.
        """
        return {
            "items": self._items[: self._users].copy(),
            "lengths": self._lengths[: self._users].copy(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what :meth:`state_dict` returned.

        Raises:
            RunError: If the state was saved with another history length.
        """
        self._items = saved(state, "items", np.int32, None, self.length)
        self._users = len(self._items)
        self._lengths = saved(state, "lengths", np.int32, self._users)

    def _reserve(self, users: int) -> None:
        """Make room for ``users`` users; at least doubles, so growing costs O(1) per user."""
        missing = max(users, 2 * len(self._items)) - len(self._items)
        if users > len(self._items):
            empty = np.full((missing, self.length), -1, np.int32)
            self._items = np.concatenate([self._items, empty])
            self._lengths = np.concatenate([self._lengths, np.zeros(missing, np.int32)])


@compiled
def _push(items: Int32, lengths: Int32, user: Int32, item: Int32) -> None:
    """Put each ``item`` (m,) in front of its user's row of ``items`` (U, H)."""
    length = items.shape[1]
    for j in range(len(user)):
        u = user[j]
        for k in range(length - 1, 0, -1):
            items[u, k] = items[u, k - 1]
        items[u, 0] = item[j]
        lengths[u] = min(lengths[u] + 1, length)
