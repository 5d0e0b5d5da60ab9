"""Users' tastes as loops in machine code: several users side by side.

A system of a few unknowns is a chain of short sums in which every number waits for the one before
it. So :data:`LANES` users are solved at once, number by number.

Axis legend: ``m`` users, ``d`` numbers of an item's vector, ``L`` lanes.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Float64, Int32, Int64

LANES = 8


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
    r, weight, error = np.empty((d, longest)), np.empty(longest), np.empty(longest)
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
                    error[i] = residual[begin + i]
                    weight[i] = abs(error[i]) * (1.0 - abs(error[i]))
            _add_up(r, error, weight, count, lower, x, lane)
        _solve_lanes(lower, x)
        for lane in range(min(LANES, m - tile)):
            for a in range(d):
                found[tile + lane, a] = x[a, lane]


@compiled_fast
def _events_of(user: int, start: Int64) -> tuple[int, int]:
    """Return where a user's events begin, and how many there are."""
    if user + 1 >= len(start):
        return 0, 0
    return start[user], start[user + 1] - start[user]


@compiled_fast
def _add_up(
    r: Float64, error: Float64, weight: Float64, count: int, lower: Float64, x: Float64, lane: int
) -> None:
    """Write one user's ``I + sum w r r' / d`` and ``sum e r / sqrt(d)`` to a lane."""
    d = len(r)
    scale = 1.0 / np.sqrt(float(d))
    for a in range(d):
        own = r[a]
        total = 0.0
        for i in range(count):
            total += error[i] * own[i]
        x[a, lane] = scale * total
        for b in range(a + 1):
            other = r[b]
            total = 0.0
            for i in range(count):
                total += weight[i] * own[i] * other[i]
            lower[a, b, lane] = scale * scale * total
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
