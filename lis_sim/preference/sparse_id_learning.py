"""How a teacher learns: one event at a time, by logistic matrix factorisation.

Axes: ``U`` users, ``I`` items, ``n`` events. A row of a table holds the factors, the bias, and
Adagrad's sums of squares: one for all factors of the row, one for the bias.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TypeAlias, cast

import numpy as np

from lis_sim.hashing import purpose_key, uniform_rows
from lis_sim.preference.behaviour import Int8
from lis_sim.preference.sparse_id_settings import SparseIdSettings
from lis_sim.types import Bool, Float32, Float64, Int32

BESIDE = 3  # columns beside the factors

Learn: TypeAlias = Callable[
    [Float64, Float32, Float32, Int32, Int32, Int8, Bool, bool, bool, float, float], None
]


def learn_events(
    mean: Float64,
    users: Float32,
    items: Float32,
    user: Int32,
    item: Int32,
    engaged: Int8,
    held_out: Bool,
    past: bool,
    ahead: bool,
    rate: float,
    bias_rate: float,
) -> None:
    """Learn from the events ``user``, ``item``, ``engaged`` ``(n,)``, in their order.

    The log odds of an engagement are ``mean + bias_u + bias_i + p_u . q_i``; every event is a
    step of Adagrad (Duchi, Hazan, Singer 2011) up its log likelihood. Changes ``mean`` ``(2,)``
    (the value and its sum of squares), ``users`` ``(U, rank + 3)`` and ``items``
    ``(I, rank + 3)``. How events are cut into calls does not matter.

    Events that have become ``past`` are learned where the user is ``held_out`` ``(U,)``, those
    that have come ``ahead`` where not, and those that are both everywhere.

    >>> settings, mean = SparseIdSettings(rank=2), np.array([0.0, 0.1])
    >>> users, items = first_table(settings, 3, 0, "users"), first_table(settings, 4, 0, "items")
    >>> user, item = np.array([0, 1, 2], np.int32), np.array([0, 3, 2], np.int32)
    >>> events, held_out = (
    ...     (user, item, np.array([1, 0, 1], np.int8)),
    ...     np.array([False, False, True]),
    ... )
    >>> learn_events(mean, users, items, *events, held_out, False, True, 0.2, 0.1)
    >>> np.sign(items[:, 2]).tolist()  # biases: engaged with, never met, held out, passed over
    [1.0, 0.0, 0.0, -1.0]
    """
    rank = users.shape[1] - BESIDE
    for n in range(len(user)):
        if past != ahead and held_out[user[n]] != past:
            continue
        p, q = users[user[n]], items[item[n]]
        logit = mean[0] + p[rank] + q[rank]
        inner, square_p, square_q = 0.0, 0.0, 0.0
        for d in range(rank):
            inner += p[d] * q[d]
            square_p += p[d] * p[d]
            square_q += q[d] * q[d]
        error = engaged[n] - 1.0 / (1.0 + math.exp(-logit - inner))
        surprise = error * error
        p[rank + 1] += surprise * square_q / rank
        q[rank + 1] += surprise * square_p / rank
        step_p = rate * error / math.sqrt(p[rank + 1])
        step_q = rate * error / math.sqrt(q[rank + 1])
        for d in range(rank):
            before = p[d]
            p[d] += step_p * q[d]
            q[d] += step_q * before
        mean[1] += surprise
        p[rank + 2] += surprise
        q[rank + 2] += surprise
        mean[0] += bias_rate * error / math.sqrt(mean[1])
        p[rank] += bias_rate * error / math.sqrt(p[rank + 2])
        q[rank] += bias_rate * error / math.sqrt(q[rank + 2])


@cache
def compiled() -> Learn:
    """Return :func:`learn_events` as machine code, some thousand times faster.

    Importing Numba and, once on every machine, compiling take a second each, which only runs
    that have teachers pay.
    """
    import numba

    try:
        return cast("Learn", numba.njit(cache=True)(learn_events))
    except RuntimeError:  # Numba's word for: there is no folder to keep the machine code in
        return cast("Learn", numba.njit(learn_events))


def first_table(settings: SparseIdSettings, rows: int, seed: int, of: str) -> Float32:
    """Return the table ``(rows, rank + 3)`` every teacher starts with.

    >>> first_table(SparseIdSettings(rank=2), 4, 0, "items")[:, 2:].tolist()[0]
    [0.0, 0.10000000149011612, 0.10000000149011612]
    """
    rank = settings.rank
    table = np.zeros((rows, rank + BESIDE), np.float32)
    random = uniform_rows(purpose_key(seed, "sparse_id first factors", of), 0, rows, rank)
    table[:, :rank] = settings.deviation * random
    table[:, rank + 1 :] = settings.initial_square
    return table
