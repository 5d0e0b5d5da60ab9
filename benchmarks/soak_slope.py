"""How fast something grows: a slope that single jumps do not decide, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.hashing import generator
from lis_sim.types import Float64

_PIECES = 40  # medians of so many stretches: what comes and goes within one does not count
_RUN = 4  # pieces drawn together: neighbours are alike
_DRAWS = 500
_FEWEST = 3  # pieces; fewer have no slope


@dataclass(frozen=True, slots=True)
class Slope:
    """Units of ``y`` per unit of ``x``, with the interval of 95 %; None where nothing can be said.

    >>> hours = np.arange(200) / 100
    >>> slope = slope_of(hours, 300.0 + 6.0 * hours)
    >>> round(slope.value, 6), round(slope.low, 6), round(slope.high, 6)
    (6.0, 6.0, 6.0)
    """

    value: float | None
    low: float | None = None
    high: float | None = None


def slope_of(x: NDArray[np.generic], y: NDArray[np.generic]) -> Slope:
    """Return the slope of ``y`` (n,) over ``x`` (n,), which rises.

    The median of the slopes between any two of 40 medians, and its interval by drawing the
    residuals of neighbouring ones together, since memory that was taken stays taken for a while.

    Source: Sen 1968, "Estimates of the regression coefficient based on Kendall's tau"; Künsch
    1989, "The jackknife and the bootstrap for general stationary observations".
    """
    pieces = min(_PIECES, len(x))
    if pieces < _FEWEST or not np.ptp(np.asarray(x, np.float64)) > 0.0:
        return Slope(None)
    at, level = (
        np.array([float(np.median(one)) for one in np.array_split(np.asarray(v, float), pieces)])
        for v in (x, y)
    )
    value = float(_theil_sen(at, level[None])[0])
    line = value * at
    residual = level - line - np.median(level - line)
    low, high = np.quantile(_theil_sen(at, line + _drawn(residual)), (0.025, 0.975))
    return Slope(value, float(low), float(high))


def _theil_sen(x: Float64, y: Float64) -> Float64:
    """Return the median slope of every row of ``y`` (m, n) over ``x`` (n,)."""
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] - x[first]
    kept = apart > 0.0
    slopes = (y[:, second] - y[:, first])[:, kept] / apart[kept]
    return np.asarray(np.median(slopes, axis=1))


def _drawn(residual: Float64) -> Float64:
    """Return bootstrap samples (draws, n) of ``residual`` (n,), runs of neighbours together."""
    random = generator(0, "soak slope")
    count = len(residual)
    length = min(_RUN, count)
    starts = random.integers(0, count, (_DRAWS, -(-count // length)))
    rows = (starts[:, :, None] + np.arange(length)) % count
    return np.asarray(residual[rows.reshape(_DRAWS, -1)[:, :count]])
