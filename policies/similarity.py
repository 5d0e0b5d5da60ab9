"""How close an item's vector is to those of the items a user engaged with lately."""

from __future__ import annotations

import numba
import numpy as np

from lis_sim.types import Batch, Float32, Float64, Int64
from policies.view import RepresentationView


def similarity(view: RepresentationView, batch: Batch) -> Float64:
    """Return ``(n,)``: the mean over the history of ``v . h / d``, 0 without a history."""
    rows = view.rows(batch.user, np.column_stack([batch.item, batch.history]))
    return _mean_products(view.table, rows, (batch.history >= 0).sum(axis=1), view.dimensions)


@numba.njit(cache=True)
def _mean_products(table: Float32, rows: Int64, length: Int64, d: int) -> Float64:
    n, columns = rows.shape
    out = np.zeros(n)
    for event in range(n):
        vector = table[rows[event, 0]]
        total = 0.0  # to which padding, a row of zeros, adds nothing
        for place in range(1, columns):
            past = table[rows[event, place]]
            for a in range(d):
                total += vector[a] * past[a]
        if length[event]:
            out[event] = total / (d * length[event])
    return out
