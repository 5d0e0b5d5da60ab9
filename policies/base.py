"""What the prequential loop asks of a recommender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Batch, Float32
from policies.view import RepresentationView

State = dict[str, NDArray[np.generic]]


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
