"""The placebo's item permutation: same shape and marginals, no information."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lis_sim.hashing import generator
from lis_sim.preference.source import fitted
from lis_sim.types import Int64, Representation

_GROUPS = 10
_FEWEST_ITEMS = 5  # of a group: alone in one, an item would keep its own vector


class Placebo:
    """One permutation per replicate, which grows as items are met and never changes.

    Items are permuted among those that were met for the first time together: the vectors of
    others come earlier or later. Fewer than five wait, without a vector, for the next ones: alone,
    an item would keep its own.

    >>> import numpy as np
    >>> placebo = Placebo(seeds=(0,))
    >>> for met in ([3, 1, 1, 2, 5], [3, 1, 1, 2, 5, 1], [4] * 12):
    ...     placebo.meet(np.array(met))
    ...     print([len(order) for order in placebo.orders])
    [5]
    [5]
    [12]
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._seeds = tuple(seeds)
        self.orders: list[Int64] = [np.zeros(0, np.int64) for _ in seeds]

    def meet(self, support: Int64) -> None:
        """Permute the items that are new in ``support`` ``(I,)``, their events so far."""
        for replicate, (seed, order) in enumerate(zip(self._seeds, self.orders, strict=True)):
            fresh = support[len(order) :]
            if not len(order) or len(fresh) >= _FEWEST_ITEMS:
                new = len(order) + placebo_permutation(fresh, seed, len(order))
                self.orders[replicate] = np.concatenate([order, new])


def placebo_permutation(support: Int64, seed: int, first: int = 0) -> Int64:
    """Return a permutation of the items within deciles of their ``support`` ``(I,)``.

    Item ``i`` gets the vector of item ``permutation[i]``, which has about as many events, for
    all folds and windows of a replicate. Items tied in support keep their index order when
    the deciles are cut. Below 50 items there are fewer groups, of five items or more. ``first``
    is how many items were permuted before these: each such part has a random stream of its own.

    >>> import numpy as np
    >>> p = placebo_permutation(np.arange(100), seed=0)
    >>> bool((np.sort(p) == np.arange(100)).all()), bool((p // 10 == np.arange(100) // 10).all())
    (True, True)
    """
    order = np.argsort(support, kind="stable")
    random = generator(seed, "placebo permutation", *([first] if first else []))
    permutation = np.empty(len(order), np.int64)
    groups = max(1, min(_GROUPS, len(order) // _FEWEST_ITEMS))
    for group in np.array_split(order, groups):
        permutation[group] = random.permutation(group)
    return permutation


def permuted(representation: Representation, permutation: Int64) -> Representation:
    """Give item ``i`` the vector and support of item ``permutation[i]``, in every fold.

    Items beyond the permutation get none.
    """
    shuffled = Representation(
        np.take(representation.vectors, permutation, axis=1),
        np.take(representation.supported, permutation, axis=1),
        representation.blocks,
    )
    return fitted(shuffled, representation.vectors.shape[1])
