"""Rows of a log of positives, with the negatives that are drawn for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lis_sim.data.negatives import Negatives, NegativeSampler
from lis_sim.data.vocabulary import Vocabulary

_ROWS = 262_144  # with negatives, at once
_LEAST = 16_384
FIRST_OF_ITEM = "first event of an item, for which nothing as new could be a negative"


class NegativeRows:
    """Puts rows of label 0 after the rows of every batch, with items of their own.

    They have the time and the features of the row they belong to; ``outcomes``, which nobody
    observed, are null.
    """

    def __init__(self, settings: Negatives, outcomes: Sequence[str]) -> None:
        self._sampler = NegativeSampler(settings)
        self._outcomes = outcomes
        self._per_positive = settings.per_positive
        # Of all rows, also of those that are left out: the dataset numbers what it has.
        self._users, self._items = Vocabulary(), Vocabulary()
        self.left_out = 0

    @property
    def batch_rows(self) -> int:
        """How many rows are given at once, so that with their negatives they are not too many."""
        return max(_LEAST, _ROWS // (1 + self._per_positive))

    @property
    def sampled(self) -> int:
        return self._sampler.sampled

    def with_negatives(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return ``batch`` without the first events of items, and with negatives."""
        user = self._users.encode(batch.column("user"))
        drawn = self._sampler.draw(user, self._items.encode(batch.column("item")))
        self.left_out += batch.num_rows - int((~drawn.negative).sum())
        found: dict[str, Any] = {}
        rows = batch.take(drawn.row)
        for name in rows.schema.names:
            found[name] = rows.column(name)
        found["item"] = self._items.ids().take(drawn.item)
        found["label"] = pa.array((~drawn.negative).astype(np.float32))
        for name in self._outcomes:
            found[name] = pc.if_else(pa.array(drawn.negative), None, found[name])
        return pa.RecordBatch.from_pydict(found)

    def blemishes(self) -> list[str]:
        """Return what somebody should know of the draws."""
        missing = self._sampler.missing
        if not missing:
            return []
        return [
            f"{missing:,} negatives could not be drawn: their users had engaged with nearly every "
            "item met by then"
        ]
