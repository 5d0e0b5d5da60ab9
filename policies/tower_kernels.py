"""The representation tower's step as loops over events in machine code.

The same arithmetic as :class:`policies.tower.RepresentationTower`; sums may be added up in another
order, as in :mod:`policies.kernels`.

Axis legend: ``n`` events, ``H`` items of the history, ``d`` numbers of an item's vector, ``w`` =
``d + 1`` with the missing flag, ``k = 2 w + 2`` features.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Float64, Int32, Int64


@compiled_fast
def tower_features(
    item: Int32,
    history: Int32,
    first_row: Int64,
    table: Float32,
    items: int,
    learned: Float64,
    half_known: float,
    features: Float32,
) -> None:
    """Write ``features`` (n, k): (v, m), g (v, m), and mean and maximum of v.h / d.

    An item's vector is row ``first_row + item`` of ``table`` (., w), or ``first_row + items`` where
    that is beyond every item; ``learned`` (n,) are the item's events so far.
    """
    n, width = len(item), table.shape[1]
    dim = width - 1
    share = np.float32(1.0) / np.float32(dim)
    for e in range(n):
        first, own = first_row[e], features[e]
        known = item[e] if 0 <= item[e] < items else items  # what is outside is a row of zeros
        vector = table[first + known]
        gate = np.float32(1.0 / np.sqrt(1.0 + learned[e] / half_known))
        for a in range(width):
            own[a] = vector[a]
            own[width + a] = gate * vector[a]
        total = most = np.float32(0.0)
        length = 0
        for place in range(history.shape[1]):
            if history[e, place] < 0:
                # Padding is an item of similarity 0, but for the mean no item.
                product = np.float32(0.0)
            else:
                past = table[first + min(history[e, place], items)]
                product = np.float32(0.0)
                for a in range(dim):
                    product += vector[a] * past[a]
                total += product
                length += 1
            most = product if place == 0 else max(most, product)
        own[2 * width] = total * share / np.float32(max(length, 1))
        own[2 * width + 1] = most * share


@compiled_fast
def tower_logit(
    features: Float32, weight: Float32, rows: Int64, user: Float32, logit: Float32
) -> None:
    """Write ``logit`` (n,): ``features`` times ``weight`` (k,), and the vector's times the user's.

    The weights of a user are the ``rows`` (n,) of ``user`` (., d).
    """
    n, count = features.shape
    dim = user.shape[1]
    for e in range(n):
        own, of = features[e], user[rows[e]]
        out = np.float32(0.0)
        for a in range(dim):
            out += own[a] * (weight[a] + of[a])
        for a in range(dim, count):
            out += own[a] * weight[a]
        logit[e] = out


@compiled_fast
def tower_gradient(features: Float32, slope: Float32, gradient: Float32) -> None:
    """Write the ``gradient`` (k,) of the weights all users share; ``slope`` (n,) by the logit."""
    n, count = features.shape
    gradient[:] = np.float32(0.0)
    for e in range(n):
        own, s = features[e], slope[e]
        for a in range(count):
            gradient[a] += s * own[a]


@compiled_fast
def step_users(
    rows: Int64,
    slope: Float32,
    features: Float32,
    weight: Float32,
    square: Float32,
    changed: Int32,
    rate: float,
    save: int,
) -> None:
    """Step users' ``rows`` (n,) by row-wise Adagrad; the squares of all events come first."""
    n, dim = len(rows), weight.shape[1]
    share = np.float32(1.0) / np.float32(dim)
    for e in range(n):
        own = features[e]
        length = np.float32(0.0)
        for a in range(dim):
            length += own[a] * own[a]
        square[rows[e], 0] += share * length * slope[e] * slope[e]
    for e in range(n):
        of, own = weight[rows[e]], features[e]
        scale = np.float32(rate) * slope[e] / np.sqrt(square[rows[e], 0])
        for a in range(dim):
            of[a] -= scale * own[a]
        changed[rows[e]] = save
