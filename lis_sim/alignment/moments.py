"""Users' taste in content, by moments: where a linear head starts from.

If a user's logit has the part ``x . t`` for content ``x`` with a taste ``t`` drawn from
``N(0, S)``, the residuals ``r`` of two events of that user have the covariance
``(p (1 - p))^2 x1' S x2``. So, over the users' sums ``a = sum_i r_i x_i`` without each event's
product with itself,

    M = sum_u w_u (a a' - sum_i r_i^2 x_i x_i')   estimates   c V S V

with the content's covariance ``V`` over events. Only products of two events enter, so that
labels that are coins give a matrix around zero, whatever they were shown for.
"""

from __future__ import annotations

import numpy as np

from lis_sim.alignment.choices import Shown
from lis_sim.types import Float64

_BLOCK = 4096  # users at a time
_SOFT = 0.1  # of the mean variance, added to every direction: rare ones are not blown up


def taste_directions(
    content: Float64, shown: Shown, beyond: Float64, strength: float, dimensions: int
) -> Float64:
    """Return ``(p, dimensions)``: the leading part of a root of ``S``, strongest column first.

    Args:
        content: ``(I, p)``.
        shown: What users were shown.
        beyond: ``(n,)`` residuals of its events.
        strength: Events after which a user's sum counts half.
        dimensions: Columns; directions that taste does not have are zero.

    >>> random = np.random.default_rng(0)
    >>> content = random.standard_normal((40, 3))
    >>> group, item = np.repeat(np.arange(200), 20), random.integers(0, 40, 4000)
    >>> liked = content[item, 0] * np.where(group % 2, 1.0, -1.0) > 0
    >>> shown = Shown(np.arange(200), group, item, liked)
    >>> root = taste_directions(content, shown, liked - 0.5, 30.0, 2)
    >>> (np.abs(root[:, 0]) > 1.0).tolist()
    [True, False, False]
    """
    width = content.shape[1]
    users = len(shown.user)
    count = np.bincount(shown.group, minlength=users)
    weight = np.square(strength / (strength + count))
    between = np.zeros((width, width))
    ends = np.cumsum(count)
    for first in range(0, users, _BLOCK):
        last = min(first + _BLOCK, users)
        rows = slice(ends[first] - count[first], ends[last - 1])
        signed = beyond[rows, None] * content[shown.item[rows]]
        sums = np.zeros((last - first, width))
        np.add.at(sums, shown.group[rows] - first, signed)
        between += (sums * weight[first:last, None]).T @ sums
        between -= (signed * weight[shown.group[rows], None]).T @ signed
    events = np.bincount(shown.item, minlength=len(content))
    covariance = (content * events[:, None]).T @ content / max(events.sum(), 1)
    covariance += _SOFT * np.trace(covariance) / width * np.eye(width)
    information = float(np.square(beyond).mean())
    pairs = float((weight * count * (count - 1)).sum()) * information**2
    inverse = np.linalg.inv(covariance)
    square, axes = np.linalg.eigh(inverse @ between @ inverse / max(pairs, 1e-12))
    size = np.sqrt(_shrunk(square))
    kept = min(dimensions, width)
    root = np.zeros((width, dimensions))
    root[:, :kept] = (axes * size)[:, ::-1][:, :kept]
    return root


def _shrunk(square: Float64) -> Float64:
    """Shrink eigenvalues ``(p,)``, ascending, by how far chance reaches.

    Taste has none below zero, so the lowest tells how large chance makes them.
    """
    chance = min(float(square[0]), 0.0)
    real = np.maximum(square, 0.0)
    bottom = np.square(real) + chance**2
    return np.asarray(real * np.divide(np.square(real), bottom, where=bottom > 0, out=0 * real))
