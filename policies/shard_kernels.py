"""The step of a table whose rows several shards share, as machine code on a processor."""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Int32, Int64
from policies.kernels import CHUNK_BITS


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
                    squares += gradient[e, f, j] * gradient[e, f, j]
                for j in range(start, start + counts[g]):
                    sums[at, j] += gradient[e, f, j]
                sums[at, columns + g] += squares / np.float32(counts[g])
                start += counts[g]
    for at in range(found):
        slot[which[at]] = -1
    return found


@compiled_fast
def find_named(names: Int32, start: Int64, chunks: Int64, rows: Int64) -> bool:
    """Write the table ``rows`` (m,) of fields and ids (m, 2); False where one has none yet."""
    for k in range(len(names)):
        field, chunk = names[k, 0], names[k, 1] >> CHUNK_BITS
        if chunk >= chunks[field]:
            return False
        rows[k] = start[field, chunk] + (names[k, 1] & ((1 << CHUNK_BITS) - 1))
    return True


@compiled_fast
def step_rows(
    rows: Int64,
    sums: Float32,
    counts: Int64,
    rates: Float32,
    table: Float32,
    square: Float32,
    changed: Int32,
    save: int,
) -> None:
    """Step table ``rows`` (m,), which may repeat, by what :func:`sum_by_row` wrote of them."""
    columns = table.shape[1]
    for k in range(len(rows)):
        for g in range(len(counts)):
            square[rows[k], g] += sums[k, columns + g]
    for k in range(len(rows)):
        row, start = rows[k], 0
        for g in range(len(counts)):
            step = rates[g] / np.sqrt(square[row, g])
            for j in range(start, start + counts[g]):
                table[row, j] -= step * sums[k, j]
            start += counts[g]
        changed[row] = save
