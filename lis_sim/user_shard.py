"""Which users a worker has when the users of an arm are split over several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.types import Int32, Int64


@dataclass(frozen=True, slots=True)
class UserShard:
    """Every ``of``-th user, from user ``index`` on.

    Users are numbered by their first appearance, so shards hold as many users and much the same
    events as each other. Tables of one row per user are as long as the shard has users: user ``u``
    is in row ``u // of``.

    >>> shard = UserShard(1, 2)
    >>> user = np.int32([4, 1, 3, 1])
    >>> shard.events(user).tolist(), shard.local(user[shard.events(user)]).tolist()
    ([1, 2, 3], [0, 1, 0])
    """

    index: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        assert 0 <= self.index < self.of, "a shard is one of those there are"

    @property
    def whole(self) -> bool:
        """Whether this is all users."""
        return self.of == 1

    def events(self, user: Int32) -> Int64:
        """Return which events of ``user`` ``(n,)`` are of this shard's users, in order."""
        return np.flatnonzero(user % self.of == self.index)

    def local(self, user: Int32) -> Int32:
        """Return the number within this shard of its users ``(n,)``."""
        return user if self.whole else user // np.int32(self.of)


ALL_USERS = UserShard()
