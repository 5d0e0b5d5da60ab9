"""``pairs``: item vectors from weighted pairs of items that somebody else collected.

Items that are paired with the same items are alike. The vectors are the leading eigenvectors of
the item-item matrix of weights, divided by the roots of items' weights on both sides (the
normalised adjacency of spectral clustering; Ng, Jordan and Weiss 2002). Of weights that cannot
be negative, what items' shares of all weights make likely is taken out (normalised modularity;
Newman 2006): with these scales that is removing one known direction, the roots of the items'
weights.

How often an item is paired at all is left out: it tells how often items are met rather than how
they are liked, and as one more dimension it lowered scores or left them as they were.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lis_sim.hashing import purpose_key, uniform_rows
from lis_sim.preference.pairs_matrix import leading_directions
from lis_sim.preference.pairs_settings import PairsSettings
from lis_sim.preference.subspace import align
from lis_sim.types import Bool, Float32, Float64


class PairVectors:
    """The construction as a pure function of (matrix of weights, where to start from).

    >>> import numpy as np
    >>> two = np.kron(np.eye(2), np.ones((3, 3)) - np.eye(3))  # 0, 1, 2 and 3, 4, 5 are alike
    >>> construction = PairVectors(PairsSettings(rank=1), items=6, seed=0)
    >>> directions, supported = construction.build(sp.csr_array(two))
    >>> side = np.sign(directions[:, 0])
    >>> bool((side[:3] == side[0]).all()), bool((side[3:] == -side[0]).all())
    (True, True)
    """

    def __init__(self, settings: PairsSettings, items: int, seed: int) -> None:
        self.settings = settings
        self.items = items
        key = purpose_key(seed, "pairs directions")
        self._random = uniform_rows(key, 0, items, settings.rank + settings.extra).astype(
            np.float64
        )

    def build(self, matrix: sp.csr_array, previous: Float32 | None = None) -> tuple[Float64, Bool]:
        """Return directions ``(I, rank)`` and support ``(I,)`` of the weights ``matrix``.

        ``matrix`` ``(I, I)`` is symmetric; an item is supported that has a place in it.

        ``previous`` ``(I, rank)`` is what the same arm and fold remembers of the windows before,
        as in :class:`~lis_sim.preference.co_click.CoClick`.
        """
        size = np.asarray(abs(matrix).sum(axis=1))
        # In pairs of average weight, so that the unit of the weights says nothing.
        mean = size.sum() / max(matrix.nnz, 1)
        support = size / mean if mean > 0 else np.zeros(self.items)
        directions = np.zeros((self.items, self.settings.rank))
        if support.any():
            directions = self._directions(matrix / mean, support, previous)
        return directions, np.diff(matrix.indptr) > 0

    def _directions(
        self, matrix: sp.csr_array, support: Float64, previous: Float32 | None
    ) -> Float64:
        settings = self.settings
        start = self._random.copy()
        if previous is not None:
            start[:, : settings.rank] = previous
        root = np.sqrt(support)
        scale = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)
        normalised = sp.csr_array(
            (
                matrix.data * np.repeat(scale, np.diff(matrix.indptr)) * scale[matrix.indices],
                matrix.indices,
                matrix.indptr,
            ),
            matrix.shape,
        )
        expected = None if settings.signed else root / np.linalg.norm(root)
        found, values = leading_directions(
            normalised, start, settings.rounds, settings.rank, expected
        )
        # An item's average over its pairs, of its partners' vectors: weighed down by as many
        # pairs of nothing in particular.
        average = root / np.maximum(support + settings.vector_strength, np.finfo(float).tiny)
        return align(found * values * average[:, None], start[:, : settings.rank])
