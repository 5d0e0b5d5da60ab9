"""The placebo's item permutation: same shape and marginals, no information."""

from __future__ import annotations

import numpy as np

from lis_sim.hashing import generator
from lis_sim.types import Int64, Representation

_GROUPS = 10
_FEWEST_ITEMS = 5  # of a group: alone in one, an item would keep its own vector


def placebo_permutation(support: Int64, seed: int) -> Int64:
    """Return a permutation of the items within deciles of their ``support`` ``(I,)``.

    Item ``i`` gets the vector of item ``permutation[i]``, which has about as many events, for
    all folds and windows of a replicate. Items tied in support keep their index order when
    the deciles are cut. Below 50 items there are fewer groups, of five items or more.

    >>> import numpy as np
    >>> p = placebo_permutation(np.arange(100), seed=0)
    >>> bool((np.sort(p) == np.arange(100)).all()), bool((p // 10 == np.arange(100) // 10).all())
    (True, True)
    """
    order = np.argsort(support, kind="stable")
    random = generator(seed, "placebo permutation")
    permutation = np.empty(len(order), np.int64)
    groups = max(1, min(_GROUPS, len(order) // _FEWEST_ITEMS))
    for group in np.array_split(order, groups):
        permutation[group] = random.permutation(group)
    return permutation


def permuted(representation: Representation, permutation: Int64) -> Representation:
    """Give item ``i`` the vector and support of item ``permutation[i]``, in every fold."""
    return Representation(
        np.take(representation.vectors, permutation, axis=1),
        np.take(representation.supported, permutation, axis=1),
        representation.blocks,
    )
