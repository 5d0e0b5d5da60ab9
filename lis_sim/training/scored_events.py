"""Events of a window with the scores all cells gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lis_sim.types import Bool, Float32, Int32, Int64
from policies.exchange import Exchange, gathered


@dataclass(frozen=True, slots=True)
class ScoredEvents:
    """What is needed of events to say how well they were scored."""

    logits: Float32  # (cells, n)
    label: Float32  # (n,)
    user: Int32  # (n,)
    item: Int32  # (n,)
    row: Int64  # (n,) increasing, in the log
    slices: Mapping[str, Bool] = field(default_factory=dict)  # (n,) each, once they are known

    @classmethod
    def joined(cls, steps: Sequence[ScoredEvents]) -> ScoredEvents:
        """Return the events of ``steps``, one after the other."""
        return cls(
            np.concatenate([step.logits for step in steps], axis=1),
            np.concatenate([step.label for step in steps]),
            np.concatenate([step.user for step in steps]),
            np.concatenate([step.item for step in steps]),
            np.concatenate([step.row for step in steps]),
        )

    def of_all(self, exchange: Exchange) -> ScoredEvents:
        """Return the events of all shards in the order of the log."""
        if exchange.shard.whole:
            return self
        row = gathered(exchange, self.row)
        order = np.argsort(row, kind="stable")  # each shard's are in order already
        return ScoredEvents(
            np.ascontiguousarray(gathered(exchange, self.logits.T)[order].T),
            gathered(exchange, self.label)[order],
            gathered(exchange, self.user)[order],
            gathered(exchange, self.item)[order],
            row[order],
        )
