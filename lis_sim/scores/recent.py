"""Sums in which older windows count less: the score as it is now, beside the one so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.scores.items import ItemSums
from lis_sim.types import Float64, Int32

_ARRAYS = ("auc_sum", "influence", "events")


class RecentSums:
    """Exponentially weighted sums of the defined windows for ``A`` arms x ``R`` replicates.

    A window's weight is its labelled events x ``2^(-age / half_life)``, its age counted in
    windows up to the last one added. Divided by the sum of the weights this follows a score that
    moves; while fewer windows than a half-life have passed, all of them count nearly alike. The
    half-life is fixed in advance: one chosen from the scores themselves would need an interval
    that pays for the choice.
    """

    def __init__(self, arms: int, replicates: int, half_life: float) -> None:
        self.half_life = half_life
        self.last_window = -1
        self.auc_sum: Float64 = np.zeros((arms, replicates))
        self.influence: Float64 = np.zeros((arms, 0))  # (A, users)
        self.events: Float64 = np.zeros(0)  # (users,)
        self.items = ItemSums(arms)

    @property
    def weight(self) -> float:
        return float(self.events.sum())

    def add(
        self, window: int, auc: Float64, influence: Float64, users: Int32, events: Int32
    ) -> None:
        """Add a window: ``auc`` (A, R); ``influence`` (A, m) of ``users`` (m,) with ``events``."""
        self._age_to(window)
        self._grow(int(users[-1]) + 1)
        total = int(events.sum())
        self.auc_sum += total * auc
        for own, of_window in zip(self.influence, influence, strict=True):
            own[users] += total * of_window
        self.events[users] += events

    def _age_to(self, window: int) -> None:
        if window > self.last_window:
            kept = 2.0 ** (-(window - self.last_window) / self.half_life)
            self.auc_sum *= kept
            self.influence *= kept
            self.events *= kept
            self.items.age(kept)
            self.last_window = window

    def _grow(self, users: int) -> None:
        missing = users - len(self.events)
        if missing > 0:
            # Some room to spare, so that a few new users a window do not copy everything.
            room = missing + users // 8
            self.influence = np.pad(self.influence, ((0, 0), (0, room)))
            self.events = np.pad(self.events, (0, room))

    def merge_windows(self, other: RecentSums) -> None:
        """Add the sums of other windows of the same arms and replicates."""
        kept = 2.0 ** (-max(0, self.last_window - other.last_window) / other.half_life)
        self._age_to(other.last_window)
        users = len(other.events)
        self._grow(users)
        self.auc_sum += kept * other.auc_sum
        self.influence[:, :users] += kept * other.influence
        self.events[:users] += kept * other.events
        self.items.merge_windows(other.items, kept)

    def merge_arms(self, other: RecentSums) -> None:
        """Append other arms of the same windows and replicates."""
        self.auc_sum = np.concatenate([self.auc_sum, other.auc_sum])
        self.influence = np.concatenate([self.influence, other.influence])
        self.items.merge_arms(other.items)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of all sums as numeric arrays."""
        sums: dict[str, NDArray[Any]] = {name: getattr(self, name).copy() for name in _ARRAYS}
        return {**sums, **self.items.state_dict(), "last_window": np.array(self.last_window)}

    def load_state_dict(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over the sums of :meth:`state_dict`; :class:`RunError` if they are of others."""
        self.auc_sum = saved(state, "auc_sum", np.float64, *self.auc_sum.shape)
        self.events = saved(state, "events", np.float64, None)
        shape = (len(self.influence), len(self.events))
        self.influence = saved(state, "influence", np.float64, *shape)
        self.last_window = int(saved(state, "last_window", np.int64))
        self.items.load_state_dict(state)
