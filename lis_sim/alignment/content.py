"""The content of the items as what alignment learns from: numbers on one footing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.errors import ConfigError
from lis_sim.types import Bool, Float64, RepresentationTable

_NO_SPREAD = 1e-9  # of the largest value: what is below is rounding error


@dataclass(frozen=True, slots=True)
class Content:
    """Content vectors laid out over all ``I`` items; rows of items without one are zero."""

    vectors: Float64  # (I, p)
    known: Bool  # (I,) has the item a vector?

    @classmethod
    def of(cls, table: RepresentationTable, items: int) -> Content:
        """Lay ``table`` out over ``items`` items."""
        vectors = np.zeros((items, table.vectors.shape[1]))
        known = np.zeros(items, np.bool_)
        vectors[table.item] = table.vectors
        known[table.item] = True
        return cls(vectors, known)

    def standardised(self, counted: Bool) -> Content:
        """Return the content centred and scaled to unit RMS per dimension.

        Mean and RMS are those of the ``counted`` items ``(I,)``: the ones that were met so far,
        because an item still to come must not change what is learned of the others.

        >>> table = RepresentationTable("c", np.array([0, 1, 2]), np.float32([[1], [3], [9]]))
        >>> content = Content.of(table, items=4)
        >>> content.standardised(np.array([True, True, False, False])).vectors.tolist()
        [[-1.0], [1.0], [7.0], [0.0]]
        """
        if not counted.any():
            raise ConfigError("no item has both content and an event; give a later cut")
        seen = self.vectors[counted]
        mean = seen.mean(axis=0)
        rms = np.sqrt(np.square(seen - mean).mean(axis=0))
        spread = rms > _NO_SPREAD * np.abs(seen).max(axis=0)
        scale = np.where(spread, 1.0 / np.where(spread, rms, 1.0), 0.0)
        vectors = np.where(self.known[:, None], (self.vectors - mean) * scale, 0.0)
        return Content(vectors, self.known)
