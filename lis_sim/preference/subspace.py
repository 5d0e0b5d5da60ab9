"""Leading subspaces of a sparse matrix, and turning one basis onto another."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lis_sim.types import Float64

_NEGLIGIBLE = 1e-11  # of the largest eigenvalue: what is below is rounding error


def leading_images(
    matrix: sp.csr_array,
    start: Float64,
    rounds: int,
    rank: int,
    without: Float64 | None = None,
) -> Float64:
    """Return ``matrix.T @ u`` ``(I, rank)`` for the leading left singular vectors ``u``.

    ``without`` ``(I,)``, of length one, is a right singular vector of ``matrix`` that is known
    beforehand and left out.

    Block power iterations from ``start`` ``(I, block)``, ``block > rank`` (Halko, Martinsson,
    Tropp 2011, algorithm 4.4). Directions the matrix does not have are exactly zero.

    >>> import numpy as np
    >>> wide = sp.csr_array(np.array([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]))
    >>> np.abs(leading_images(wide, np.eye(3), rounds=1, rank=3)).round(6).tolist()
    [[3.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    """
    block = orthonormal(_beside(without, start))
    for _ in range(rounds):
        block = orthonormal(_beside(without, _there_and_back(matrix, block)))
    images = _beside(without, _there_and_back(matrix, block))
    square, rotation = np.linalg.eigh(block.T @ images)
    leading = slice(-1, -rank - 1, -1)
    return np.asarray(images @ (rotation[:, leading] * _inverse_roots(square)[leading]))


def orthonormal(block: Float64) -> Float64:
    """Return an orthonormal basis ``(I, b)`` of the columns of ``block`` ``(I, b)``.

    Through the eigenvalues of the small matrix ``blockᵀ block``: several times faster than
    QR, and a block of lower rank gives columns of exact zeros instead of arbitrary ones.
    """
    small = block.T @ block
    length = np.sqrt(small.diagonal())
    unit = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    # Columns of unit length, or the longest would hide the others.
    square, rotation = np.linalg.eigh(small * unit * unit[:, None])
    return np.asarray(block @ (unit[:, None] * rotation * _inverse_roots(square)))


def align(vectors: Float64, reference: Float64) -> Float64:
    """Rotate ``vectors`` ``(I, r)`` onto ``reference`` (orthogonal Procrustes, Schönemann 1966).

    >>> import numpy as np
    >>> quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> points = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    >>> bool(np.allclose(align(points @ quarter, points), points))
    True
    """
    left, _, right = np.linalg.svd(vectors.T @ reference)
    return np.asarray(vectors @ (left @ right))


def _there_and_back(matrix: sp.csr_array, block: Float64) -> Float64:
    """Return ``matrix.T @ matrix @ block``, multiplied in the precision of ``matrix``."""
    image = matrix @ block.astype(matrix.dtype)
    return np.asarray(matrix.T @ image, np.float64)


def _beside(direction: Float64 | None, block: Float64) -> Float64:
    """Return the part of ``block`` ``(I, b)`` that is orthogonal to ``direction`` ``(I,)``."""
    return block if direction is None else block - np.outer(direction, direction @ block)


def _inverse_roots(square: Float64) -> Float64:
    real = square > _NEGLIGIBLE * max(square[-1], 0.0)
    return np.where(real, 1.0 / np.sqrt(np.where(real, square, 1.0)), 0.0)
