"""Bring item vectors of any origin onto one footing before an arm sees them."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Bool, Float32, Float64

_NO_SPREAD = 1e-9  # of the largest value: what is below is rounding error


def standardised(vectors: Float64, supported: Bool, counted: Bool | None = None) -> Float32:
    """Return ``vectors`` ``(I, d)`` centred and scaled to unit RMS per dimension.

    Statistics are those of the ``counted`` items, some of the supported ones (None: all of
    them). Rows of items without support are exactly zero, and so is a dimension without spread.

    >>> import numpy as np
    >>> x = np.array([[1.0, 5.0], [3.0, 5.0], [9.0, 9.0]])
    >>> standardised(x, np.array([True, True, False])).tolist()
    [[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    """
    if not supported.any():
        return np.zeros(vectors.shape, np.float32)
    seen = vectors[supported if counted is None else counted]
    mean = seen.mean(axis=0)
    centred = seen - mean
    rms = np.sqrt(np.square(centred).mean(axis=0))
    spread = rms > _NO_SPREAD * np.abs(seen).max(axis=0)
    out = np.zeros(vectors.shape, np.float32)
    scale = np.where(spread, 1.0 / np.where(spread, rms, 1.0), 0.0)
    out[supported] = (centred if counted is None else vectors[supported] - mean) * scale
    return out


def projected(vectors: Float64, supported: Bool, dimensions: int) -> Float64:
    """Return the leading ``dimensions`` principal components; narrower vectors stay as they are.

    The components are those of the supported items. Signs are fixed by making each
    component's largest loading positive, so the same table always gives the same bytes.
    """
    if vectors.shape[1] <= dimensions or not supported.any():
        return vectors[:, :dimensions]
    centred = vectors[supported] - vectors[supported].mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dimensions]
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(dimensions)]
    out = np.zeros((len(vectors), dimensions))
    out[supported] = centred @ (axes * np.where(largest < 0, -1.0, 1.0))
    return out
