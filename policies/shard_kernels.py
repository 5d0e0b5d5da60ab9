"""Sums by table row, for what a shard sends of a step."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Int32, Int64


@compiled_fast
def sum_by_row(
    rows: Int64, gradient: Float32, counts: Int64, slot: Int32, which: Int64, sums: Float32
) -> int:
    """Add gradients (n, f, c) up by row (n, f); return how many distinct rows there are.

    Those are written to ``which``, in order of their first event, and to ``sums`` the gradients and
    behind them, for every group of ``counts`` (g,) columns, the sum of its mean squares. ``slot``
    has a -1 for every table row, before and after.
    """
    n, fields = rows.shape
    columns = gradient.shape[2]
    found = 0
    for e in range(n):
        for f in range(fields):
            row = rows[e, f]
            at = slot[row]
            if at < 0:
                at = slot[row] = found
                which[found] = row
                sums[found] = np.float32(0.0)
                found += 1
            start = 0
            for g in range(len(counts)):
                squares = np.float32(0.0)
                for j in range(start, start + counts[g]):
                    value = gradient[e, f, j]
                    sums[at, j] += value
                    squares += value * value
                sums[at, columns + g] += squares / np.float32(counts[g])
                start += counts[g]
    for at in range(found):
        slot[which[at]] = -1
    return found
