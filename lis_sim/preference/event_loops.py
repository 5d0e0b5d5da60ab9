"""Loops over events grouped by user, as machine code: one pass where arrays would take several.

Axes: ``n`` events, ``U`` users, ``I`` items, ``G`` groups; group ``g`` owns the events
``[start[g], start[g + 1])``. Every loop does what the same steps by arrays would, in their order
and precision, so it gives the same bytes. Products with the block stay SciPy's: its loops are
twice as fast as Numba's.
"""

from __future__ import annotations

from lis_sim.plain.compiled import compiled
from lis_sim.preference.behaviour import Int8
from lis_sim.types import Bool, Float32, Float64, Int32, Int64


@compiled
def by_user(user: Int32, excess: Int64, place: Int64, order: Int64) -> None:
    """Put into ``order`` which event comes where: sorted by user, oldest first.

    A counting sort of ``user`` ``(n,)``; the oldest ``excess`` ``(U,)`` of every user are left
    out. ``place`` ``(U,)``, where each user's events begin, is used up, and so is ``excess``.

    >>> import numpy as np
    >>> order = np.empty(3, np.int64)
    >>> by_user(np.array([1, 0, 1, 1], np.int32), np.array([0, 1]), np.array([0, 1]), order)
    >>> order.tolist()
    [1, 2, 3]
    """
    for event in range(len(user)):
        own = user[event]
        if excess[own] > 0:
            excess[own] -= 1
        else:
            order[place[own]] = event
            place[own] += 1


@compiled
def choose_runs(
    held_out: Bool,
    size: Int64,
    item: Int32,
    label: Int8,
    inside_size: Int64,
    inside_item: Int32,
    inside_label: Int8,
    chosen_item: Int32,
    chosen_label: Float32,
) -> None:
    """Lay the events of ``held_out`` users ``(U,)`` from inside and all others' end to end.

    Users' events lie in runs of ``size`` and ``inside_size`` ``(U,)``.
    """
    at, outer, inner = 0, 0, 0
    for user in range(len(held_out)):
        if held_out[user]:
            for event in range(inner, inner + inside_size[user]):
                chosen_item[at] = inside_item[event]
                chosen_label[at] = inside_label[event]
                at += 1
        else:
            for event in range(outer, outer + size[user]):
                chosen_item[at] = item[event]
                chosen_label[at] = label[event]
                at += 1
        outer += size[user]
        inner += inside_size[user]


@compiled
def count_items(item: Int32, label: Float32, support: Float64, engaged: Float64) -> bool:
    """Add every event to ``support`` ``(I,)`` and its label to ``engaged`` ``(I,)``.

    Returns whether all are of these items: machine code would write beyond them as well.

    >>> import numpy as np
    >>> support, engaged = np.zeros((2, 2))
    >>> count_items(np.array([1, 1], np.int32), np.array([1, 0], np.float32), support, engaged)
    True
    >>> support.tolist(), engaged.tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """
    for event in range(len(item)):
        one = item[event]
        if one < 0 or one >= len(support):
            return False
        support[one] += 1.0
        engaged[one] += label[event]
    return True


@compiled
def subtract_rates(item: Int32, label: Float32, rate: Float32, beyond: Float32) -> None:
    """Write labels less their items' ``rate`` ``(I,)`` into ``beyond`` ``(n,)``."""
    for event in range(len(item)):
        beyond[event] = label[event] - rate[item[event]]


@compiled
def fill_residuals(
    start: Int64,
    item: Int32,
    label: Float32,
    rate: Float32,
    mean: Float32,
    bounds: Float32,
    user_scale: Float32,
    item_scale: Float32,
    values: Float32,
) -> None:
    """Write labels less what is expected, times both scales, into ``values`` ``(n,)``.

    Expected is ``rate`` ``(I,)`` plus ``mean`` ``(G,)``, within ``bounds`` ``(2,)``;
    ``user_scale`` is ``(G,)``, ``item_scale`` ``(I,)``.
    """
    low, high = bounds[0], bounds[1]
    for group in range(len(start) - 1):
        own_mean, own_scale = mean[group], user_scale[group]
        for event in range(start[group], start[group + 1]):
            one = item[event]
            expected = min(max(rate[one] + own_mean, low), high)
            values[event] = (label[event] - expected) * own_scale * item_scale[one]


@compiled
def fill_scaled(
    start: Int64, item: Int32, user_scale: Float32, item_scale: Float32, values: Float32
) -> None:
    """Write the product of both scales into ``values`` ``(n,)``: every event counts as one."""
    for group in range(len(start) - 1):
        own_scale = user_scale[group]
        for event in range(start[group], start[group + 1]):
            values[event] = own_scale * item_scale[item[event]]
