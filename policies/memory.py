"""What a recommender got wrong about every user's recent events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Float32, Int32, Int64
from policies.counts import Counts

PER_USER = 512  # events of a user that are remembered


class Remembered(NamedTuple):
    """Events by user: those of user ``u`` are ``[start[u], start[u + 1])``, oldest first."""

    start: Int64  # (users + 1,)
    item: Int32  # (n,)
    residual: Float32  # (n,) label minus the probability that was predicted


class ResidualMemory:
    """The last 512 events of every user with their residuals, and how often items were met.

    What is added in a window is remembered from the next one on, so that all steps of a window
    see the same. Memory is ``O(min(events, 512 x users))``.

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

    def __init__(self, per_user: int = PER_USER) -> None:
        self.per_user = per_user
        self._user: Int32 = np.empty(0, np.int32)
        self._kept = Remembered(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, "f4"))
        self._met = Counts()
        self._fresh: list[tuple[Int32, Int32, Float32]] = []

    def add(self, user: Int32, item: Int32, residual: Float32) -> None:
        """Take in events ``(n,)`` that come after all others."""
        self._fresh.append((user.copy(), item.copy(), residual))

    def end_window(self) -> None:
        """Remember what was added since the last call."""
        if not self._fresh:
            return
        own = (self._user, self._kept.item, self._kept.residual)
        parts = zip(own, *self._fresh, strict=True)
        user, item, residual = (np.concatenate(part) for part in parts)
        for _, fresh, _ in self._fresh:
            self._met.add(fresh)
        self._fresh = []
        order = np.argsort(user, kind="stable")
        user = user[order]
        end = np.cumsum(np.bincount(user))
        recent = end[user] - np.arange(len(user)) <= self.per_user
        self._keep(user[recent], item[order[recent]], residual[order[recent]])

    def _keep(self, user: Int32, item: Int32, residual: Float32) -> None:
        self._user = user
        start = np.concatenate([[0], np.cumsum(np.bincount(user))]).astype(np.int64)
        self._kept = Remembered(start, item, residual)

    def events(self) -> Remembered:
        """Return what is remembered, of users up to the last one who was met."""
        return self._kept

    def met(self, item: Int32) -> NDArray[np.float64]:
        """Return how many events of each ``item`` ``(n,)`` earlier windows had."""
        return self._met.at(item)

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return the state between two windows."""
        return {
            "user": self._user.copy(),
            "item": self._kept.item.copy(),
            "residual": self._kept.residual.copy(),
            "met": self._met.array(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._met = Counts(saved(state, "met", np.float64, None))
        self._fresh = []
        user = saved(state, "user", np.int32, None)
        self._keep(
            user,
            saved(state, "item", np.int32, len(user)),
            saved(state, "residual", np.float32, len(user)),
        )
