"""What a recommender got wrong about every user's recent events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.compiled import compiled
from lis_sim.plain.saved import saved
from lis_sim.types import Float32, Int32, Int64
from policies.counts import Counts
from policies.exchange import ALONE, Exchange, gathered

PER_USER = 512  # events of a user that are remembered


class Remembered(NamedTuple):
    """Events by user: those of user ``u`` are ``[start[u], start[u + 1])``, oldest first."""

    start: Int64  # (users + 1,)
    item: Int32  # (n,)
    residual: Float32  # (n,) label minus the probability that was predicted


class ResidualMemory:
    """The last 512 events of every user with their residuals, and how often items were met.

    What is added in a window is remembered from the next one on, so that all steps of a window
    see the same. Where users are split over shards, each remembers its own; how often items were
    met is known to all. Memory is ``O(min(events, 512 x users))``; ``per_user`` 0 remembers
    nothing.

    >>> memory = ResidualMemory()
    >>> memory.add(np.int32([1, 0]), np.int32([7, 7]), np.float32([0.25, -0.5]))
    >>> memory.events().start.tolist()
    [0]
    >>> memory.end_window()
    >>> memory.events().start.tolist(), memory.events().residual.tolist()
    ([0, 1, 2], [-0.5, 0.25])
    >>> memory.met(np.int32([7, 8])).tolist()
    [2.0, 0.0]
    """

    def __init__(self, per_user: int = PER_USER, exchange: Exchange = ALONE) -> None:
        self.per_user = per_user
        self._exchange = exchange
        self._kept = Remembered(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, "f4"))
        self._met = Counts()
        self._fresh: list[tuple[Int32, Int32, Float32]] = []

    def add(self, user: Int32, item: Int32, residual: Float32) -> None:
        """Take in events ``(n,)`` that come after all others."""
        if self.per_user:
            self._fresh.append((user.copy(), item.copy(), residual))

    def end_window(self) -> None:
        """Remember what was added since the last call."""
        if not self._fresh:
            return
        user, item, residual = (np.concatenate(part) for part in zip(*self._fresh, strict=True))
        self._met.add(gathered(self._exchange, item))
        self._fresh = []
        self._kept = Remembered(*_joined(*self._kept, user, item, residual, self.per_user))

    def events(self) -> Remembered:
        """Return what is remembered, of users up to the last one who was met."""
        return self._kept

    def met(self, item: Int32) -> NDArray[np.float64]:
        """Return how many events of each ``item`` ``(n,)`` earlier windows had."""
        return self._met.at(item)

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return the state between two windows."""
        users = np.diff(self._kept.start)
        return {
            "user": np.repeat(np.arange(len(users), dtype=np.int32), users),
            "item": self._kept.item.copy(),
            "residual": self._kept.residual.copy(),
            "met": self._met.array(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._met = Counts(saved(state, "met", np.float64, None))
        self._fresh = []
        user = saved(state, "user", np.int32, None)
        self._kept = Remembered(
            np.concatenate([[0], np.cumsum(np.bincount(user))]).astype(np.int64),
            saved(state, "item", np.int32, len(user)),
            saved(state, "residual", np.float32, len(user)),
        )


@compiled
def _joined(
    start: Int64,
    item: Int32,
    residual: Float32,
    user: Int32,
    new_item: Int32,
    new_residual: Float32,
    most: int,
) -> tuple[Int64, Int32, Float32]:
    """Return the kept events by user with new ones behind them, the last ``most`` of each user."""
    known = len(start) - 1
    users = known
    for u in user:
        users = max(users, u + 1)
    new = np.zeros(users, np.int64)
    for u in user:
        new[u] += 1
    begin = np.zeros(users + 1, np.int64)
    for u in range(users):
        old = start[u + 1] - start[u] if u < known else 0
        begin[u + 1] = begin[u] + min(old + new[u], most)
    joined_item = np.empty(begin[users], np.int32)
    joined_residual = np.empty(begin[users], np.float32)
    for u in range(known):
        kept = max(begin[u + 1] - begin[u] - new[u], 0)
        for k in range(kept):
            joined_item[begin[u] + k] = item[start[u + 1] - kept + k]
            joined_residual[begin[u] + k] = residual[start[u + 1] - kept + k]
    place = begin[1:] - new  # before the user's own where more came than are kept
    for j in range(len(user)):
        u = user[j]
        if place[u] >= begin[u]:
            joined_item[place[u]] = new_item[j]
            joined_residual[place[u]] = new_residual[j]
        place[u] += 1
    return begin, joined_item, joined_residual
