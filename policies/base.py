"""What the prequential loop asks of a recommender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Batch, ChangedRows, Float32
from policies.view import RepresentationView

State = dict[str, NDArray[np.generic]]
SavedState = dict[str, NDArray[np.generic] | ChangedRows]


@runtime_checkable
class Recommender(Protocol):
    """A ranker that is scored first and learns afterwards, step by step.

    ``score`` never changes what later scores will be; ``update`` is the only way to learn.
    ``state_dict`` holds everything that later scores depend on, as plain arrays, so that
    ``load_state_dict`` on a fresh instance continues to the same bytes. What ``see`` was given
    is not part of the state: show it again after loading. A batch passed to ``update`` may be
    the object passed to ``score`` just before; its arrays must not have changed in between.
    """

    def score(self, batch: Batch) -> Float32:
        """Return one finite logit per event, shape ``(n,)``, float32."""
        ...

    def update(self, batch: Batch, label: Float32) -> None:
        """Learn from revealed labels (0 or 1, shape ``(n,)``) of the events in ``batch``."""
        ...

    def see(self, view: RepresentationView | None) -> None:
        """Look items up in ``view`` from now on; None: the arm sees no representation."""
        ...

    def state_dict(self) -> State:
        """Return a copy of the whole state."""
        ...

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over a state that ``state_dict`` returned."""
        ...


@runtime_checkable
class SavesChanges(Protocol):
    """A recommender that can say which rows of its tables changed; none needs to.

    Checkpoints of one that cannot are found to have changed by looking at all of its state.
    """

    def saved_state(self, save: int, since: int | None) -> SavedState:
        """Return what ``state_dict`` does, with tables as their rows changed after ``since``.

        ``save`` is the number of this save, ``since`` that of an earlier one, or None for a whole
        state. Numbers increase; what is changed from here on is changed after ``save``. The arrays
        may be views: they are read before anything more is learned.
        """
        ...


def saved_state(recommender: Recommender, save: int, since: int | None) -> SavedState:
    """Return the state of any recommender, as changes where it can tell them."""
    if isinstance(recommender, SavesChanges):
        return recommender.saved_state(save, since)
    return {**recommender.state_dict()}
