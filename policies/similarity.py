"""How close an item's vector is to those of the items a user engaged with lately."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Batch, Float32, Float64, Int32, Int64
from policies.view import RepresentationView


def similarity(view: RepresentationView, part: slice, batch: Batch, first_row: Int64) -> Float64:
    """Return ``(n,)``: the mean over the history of ``v . h / d``, 0 without a history.

    ``v``, ``h`` are the columns ``part`` of the vectors of item and history, ``d`` of them;
    ``first_row`` ``(n,)`` is what ``view.first_rows(batch.user)`` returned.
    """
    columns = part.start, part.stop
    return _mean_products(batch.item, batch.history, first_row, view.table, view.items, *columns)


@compiled_fast
def _mean_products(
    item: Int32, history: Int32, first_row: Int64, table: Float32, items: int, first: int, end: int
) -> Float64:
    n, places = history.shape
    out, past = np.zeros(n), np.empty(end - first, np.float32)
    for event in range(n):
        past[:] = np.float32(0.0)
        length = 0
        for place in range(places):
            if history[event, place] < 0:
                continue
            length += 1
            # Summed up before the product: vectors that are far apart are fetched side by side.
            vector = table[first_row[event] + min(history[event, place], items), first:end]
            for a in range(len(vector)):
                past[a] += vector[a]
        vector = table[first_row[event] + min(item[event], items), first:end]
        total = np.float32(0.0)
        for a in range(len(vector)):
            total += vector[a] * past[a]
        if length:
            out[event] = total / ((end - first) * length)
    return out
