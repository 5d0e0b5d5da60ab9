"""How close an item's vector is to those of the items a user engaged with lately."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Batch, Float32, Float64, Int32, Int64
from policies.lanes import LANES, load, spread, total
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
    n, width = len(item), table.shape[1]
    flat, out = table.ravel(), np.zeros(n)
    past = np.empty(history.shape[1], np.int64)  # where the vectors of the history begin
    for event in range(n):
        length = 0
        for place in range(history.shape[1]):
            if history[event, place] >= 0:
                past[length] = (first_row[event] + min(history[event, place], items)) * width
                length += 1
        if not length:
            continue
        own = (first_row[event] + min(item[event], items)) * width
        # Summed up before the product: vectors that are far apart are fetched side by side.
        product = np.float32(0.0)
        whole = first + (end - first) // LANES * LANES
        for a in range(first, whole, LANES):
            summed = spread(np.float32(0.0))
            for place in range(length):
                summed += load(flat, past[place] + a)
            product += total(summed * load(flat, own + a))
        for a in range(whole, end):
            one = np.float32(0.0)
            for place in range(length):
                one += flat[past[place] + a]
            product += one * flat[own + a]
        out[event] = product / ((end - first) * length)
    return out
