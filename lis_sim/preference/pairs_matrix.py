"""Item pairs as a symmetric sparse matrix that is summed anew for every window."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lis_sim.preference.subspace import orthonormal
from lis_sim.types import Bool, Float64, Int32, Int64

_NEGLIGIBLE = 1e-9  # of the largest eigenvalue: what is below is rounding error


class PairSums:
    """The places of distinct pairs in an item-item matrix, worked out once.

    Which pairs there are is sorted out once; the weights of any choice of rows are then summed
    and laid out in linear time. A place without weights is not in the matrix: what rows that
    are not chosen say leaves no trace.

    >>> import numpy as np
    >>> sums = PairSums(np.array([0, 2, 1], np.int32), np.array([1, 1, 0], np.int32), items=3)
    >>> sums.matrix(np.array([True, True, False]), np.array([1.0, 2.0, 4.0])).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]
    """

    def __init__(self, item_a: Int32, item_b: Int32, items: int) -> None:
        self.items = items
        low, high = np.minimum(item_a, item_b), np.maximum(item_a, item_b)
        code, place = np.unique(low.astype(np.int64) * items + high, return_inverse=True)
        self._place: Int32 = place.astype(np.int32)
        row, column = np.divmod(code, items)
        apart = row != column  # the diagonal has one place, all else two
        rows = np.concatenate([row, column[apart]])
        self._columns = np.concatenate([column, row[apart]]).astype(np.int32)
        self._pair = np.concatenate([np.arange(len(code)), np.flatnonzero(apart)])
        order = np.lexsort((self._columns, rows))
        self._columns, self._pair = self._columns[order], self._pair[order]
        self._start: Int64 = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=items))])
        self._distinct = len(code)

    def matrix(self, chosen: Bool, weight: Float64) -> sp.csr_array:
        """Return the summed ``weight`` ``(m,)`` of the ``chosen`` rows, ``(I, I)`` float64."""
        place = self._place[chosen]
        total = np.bincount(place, weight[chosen], self._distinct)
        there = (np.bincount(place, minlength=self._distinct) > 0)[self._pair]
        start = np.concatenate([[0], np.cumsum(there)])[self._start]
        values = total[self._pair[there]]
        return sp.csr_array((values, self._columns[there], start), (self.items, self.items))


def leading_directions(
    matrix: sp.csr_array, start: Float64, rounds: int, rank: int, without: Float64 | None = None
) -> tuple[Float64, Float64]:
    """Return eigenvectors ``(I, rank)`` and their eigenvalues ``(rank,)``, the largest first.

    The best ones in the space that ``start`` ``(I, block)`` and its first ``rounds`` products
    with the symmetric ``matrix`` span (block Krylov; Musco and Musco 2015). Directions of
    eigenvalues not above 0 are exactly zero: they say in what items that go together differ.
    ``without`` ``(I,)`` of length one is an eigenvector that is known beforehand and left out.

    >>> square = sp.csr_array(np.diag([3.0, 2.0, -4.0]))
    >>> vectors, values = leading_directions(square, np.eye(3), rounds=1, rank=3)
    >>> values.round(6).tolist(), np.abs(vectors).round(6).tolist()
    ([3.0, 2.0, 0.0], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    """
    blocks = [orthonormal(_beside(without, start))]
    for _ in range(rounds):
        blocks.append(orthonormal(_beside(without, matrix @ blocks[-1])))
    basis = orthonormal(np.hstack(blocks))
    small = basis.T @ _beside(without, matrix @ basis)
    values, rotation = np.linalg.eigh((small + small.T) / 2.0)
    vectors = np.zeros((matrix.shape[0], rank))
    kept = min(rank, int((values > _NEGLIGIBLE * np.abs(values).max()).sum()))
    leading = slice(-1, -kept - 1, -1)
    vectors[:, :kept] = basis @ rotation[:, leading]
    return vectors, np.concatenate([values[leading], np.zeros(rank - kept)])


def _beside(direction: Float64 | None, block: Float64) -> Float64:
    """Return the part of ``block`` ``(I, b)`` that is orthogonal to ``direction`` ``(I,)``."""
    return block if direction is None else block - np.outer(direction, direction @ block)
