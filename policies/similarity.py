"""How close an item's vector is to those of the items a user engaged with lately."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled
from lis_sim.types import Batch, Float32, Float64, Int64
from policies.view import RepresentationView


def similarity(view: RepresentationView, part: slice, batch: Batch) -> Float64:
    """Return ``(n,)``: the mean over the history of ``v . h / d``, 0 without a history.

    ``v``, ``h`` are the columns ``part`` of the vectors of item and history, ``d`` of them.
    """
    rows = view.rows(batch.user, np.column_stack([batch.item, batch.history]))
    length = (batch.history >= 0).sum(axis=1)
    return _mean_products(view.table, rows, length, part.start, part.stop)


@compiled
def _mean_products(table: Float32, rows: Int64, length: Int64, first: int, end: int) -> Float64:
    n, columns = rows.shape
    out = np.zeros(n)
    for event in range(n):
        vector = table[rows[event, 0]]
        total = 0.0  # to which padding, a row of zeros, adds nothing
        for place in range(1, columns):
            past = table[rows[event, place]]
            for a in range(first, end):
                total += vector[a] * past[a]
        if length[event]:
            out[event] = total / ((end - first) * length[event])
    return out
