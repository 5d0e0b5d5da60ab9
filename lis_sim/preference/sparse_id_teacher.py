"""One teacher: a ranker that goes on learning, and what its items' IDs have come to mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.preference.co_click import ItemVectors
from lis_sim.preference.source import State
from lis_sim.preference.sparse_id_learning import compiled, first_table
from lis_sim.preference.sparse_id_news import News
from lis_sim.preference.sparse_id_settings import SparseIdSettings
from lis_sim.types import Bool, Float64


class Teacher:
    """Learns the events of ``held_out`` users once they are past, all others' once ahead.

    ``held_out`` ``(U,)`` says which arm the teacher is of: everybody for ``causal``, nobody for
    ``leaked``, a fold for ``leaked_crossfit``. All teachers of a data set start alike.
    """

    def __init__(self, settings: SparseIdSettings, held_out: Bool, items: int, seed: int) -> None:
        self._settings = settings
        self._held_out = held_out
        self._mean = np.array([0.0, settings.initial_square])
        self._users = first_table(settings, len(held_out), seed, "users")
        self._items = first_table(settings, items, seed, "items")
        self._support = np.zeros(items, np.int64)

    def learn(self, news: News) -> None:
        """Learn what of ``news`` this teacher may see, as often as its settings say."""
        events = news.events
        for _ in range(self._settings.passes):
            compiled()(
                self._mean,
                self._users,
                self._items,
                events.user,
                events.item,
                events.engaged,
                self._held_out,
                news.past,
                news.ahead,
                self._settings.rate,
                self._settings.bias_rate,
            )
        visible = events.item
        if news.past != news.ahead:
            visible = visible[self._held_out[events.user] == news.past]
        self._support += np.bincount(visible, minlength=len(self._support))

    def vectors(self) -> ItemVectors:
        """Return the items' factors and biases, shrunk where few events were learned."""
        rank = self._settings.rank
        sure: Float64 = self._support / (self._support + self._settings.vector_strength)
        learned = self._items.astype(np.float64) * sure[:, None]
        return ItemVectors(learned[:, :rank], learned[:, rank], self._support > 0)

    def snapshot(self) -> State:
        """Return everything learned so far, as copies."""
        return {
            "mean": self._mean.copy(),
            "users": self._users.copy(),
            "items": self._items.copy(),
            "support": self._support.copy(),
        }

    def load(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`snapshot` returned."""
        self._mean = saved(state, "mean", np.float64, *self._mean.shape)
        self._users = saved(state, "users", np.float32, *self._users.shape)
        self._items = saved(state, "items", np.float32, *self._items.shape)
        self._support = saved(state, "support", np.int64, *self._support.shape)
