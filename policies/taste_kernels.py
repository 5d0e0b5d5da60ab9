"""Users' tastes as loops in machine code: several users side by side.

A system of a few unknowns is a chain of short sums in which every number waits for the one before
it. So as many users as there are lanes are solved at once, number by number. Sums over a user's
events are of 32 bits, as vectors and residuals are; systems are solved in 64.

Axis legend: ``m`` users, ``d`` numbers of an item's vector, ``L`` lanes.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Float64, Int32, Int64
from policies.lanes import LANES, load, spread, store, total

_LINE = 16  # numbers in a cache line


@compiled_fast
def solve_tastes(
    user: Int32,
    start: Int64,
    item: Int32,
    residual: Float32,
    table: Float32,
    first_row: Int64,
    items: int,
    first: int,
    found: Float64,
) -> None:
    """Write the posterior means ``found`` (m, d) of ``user`` (m,); 0 for those without events.

    The events of user ``u`` are ``[start[u], start[u + 1])``. The vectors are the ``d`` columns
    from ``first`` on of the rows ``first_row + item`` of ``table``, ``first_row + items`` for what
    is beyond every item.
    """
    m, d = found.shape
    longest = 0
    for row in range(m):
        longest = max(longest, _events_of(user[row], start)[1])
    # Rows of an odd number of cache lines: others would push each other out of the cache.
    room = (longest + _LINE - 1) // _LINE | 1
    r = np.empty((d + 2, room * _LINE), np.float32)  # the vectors; errors; weights
    weighted = np.empty(r.shape[1], np.float32)
    lower, x = np.empty((d, d, LANES)), np.empty((d, LANES))
    for tile in range(0, m, LANES):
        for lane in range(LANES):
            count = 0  # in the lanes beyond the last user too, which are solved and not read
            if tile + lane < m:
                begin, count = _events_of(user[tile + lane], start)
                for i in range(count):
                    known = first_row[tile + lane] + min(item[begin + i], items)
                    for a in range(d):
                        r[a, i] = table[known, first + a]
                    error = residual[begin + i]
                    r[d, i], r[d + 1, i] = error, abs(error) * (np.float32(1.0) - abs(error))
                r[:, count : _whole_lanes(count)] = np.float32(0.0)
            _add_up(r, weighted, _whole_lanes(count), lower, x, lane)
        _solve_lanes(lower, x)
        for lane in range(min(LANES, m - tile)):
            for a in range(d):
                found[tile + lane, a] = x[a, lane]


@compiled_fast
def _whole_lanes(count: int) -> int:
    """Return the least multiple of ``LANES`` that is not below ``count``."""
    return (count + LANES - 1) // LANES * LANES


@compiled_fast
def _events_of(user: int, start: Int64) -> tuple[int, int]:
    """Return where a user's events begin, and how many there are."""
    if user + 1 >= len(start):
        return 0, 0
    return start[user], start[user + 1] - start[user]


@compiled_fast
def _add_up(
    r: Float32, weighted: Float32, count: int, lower: Float64, x: Float64, lane: int
) -> None:
    """Write one user's ``I + sum w r r' / d`` and ``sum e r / sqrt(d)`` to a lane.

    Of ``count`` events, a multiple of ``LANES``: those after the last one are zeros.
    """
    d, room = len(x), r.shape[1]
    scale = 1.0 / np.sqrt(float(d))
    for a in range(d):
        pulled = spread(np.float32(0.0))
        for i in range(0, count, LANES):
            own = load(r, a * room + i)
            pulled += own * load(r, d * room + i)
            store(weighted, i, own * load(r, (d + 1) * room + i))
        x[a, lane] = scale * float(total(pulled))
        for b in range(a + 1):
            product = spread(np.float32(0.0))
            for i in range(0, count, LANES):
                product += load(weighted, i) * load(r, b * room + i)
            lower[a, b, lane] = scale * scale * float(total(product))
        lower[a, a, lane] += 1.0


@compiled_fast
def _solve_lanes(lower: Float64, x: Float64) -> None:
    """Turn ``x`` (d, L) into ``A^-1 x``; ``lower`` (d, d, L) holds the lower halves, and is lost.

    By Cholesky's factors; the inverses of their diagonals take the place of those.
    """
    d = len(x)
    for a in range(d):
        for b in range(a + 1):
            for k in range(b):
                _subtract(lower[a, b], lower[a, k], lower[b, k])
            for lane in range(LANES):
                if a == b:
                    lower[a, a, lane] = 1.0 / np.sqrt(lower[a, a, lane])
                else:
                    lower[a, b, lane] *= lower[b, b, lane]
    for a in range(d):
        for k in range(a):
            _subtract(x[a], lower[a, k], x[k])
        for lane in range(LANES):
            x[a, lane] *= lower[a, a, lane]
    for a in range(d - 1, -1, -1):
        for k in range(a + 1, d):
            _subtract(x[a], lower[k, a], x[k])
        for lane in range(LANES):
            x[a, lane] *= lower[a, a, lane]


@compiled_fast
def _subtract(into: Float64, one: Float64, other: Float64) -> None:
    for lane in range(LANES):
        into[lane] -= one[lane] * other[lane]
