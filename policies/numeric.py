"""Standardise numeric features with the spread of past events only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Float32, Float64

_LIMIT = 5.0


class RunningScale:
    """Mean and spread of ``columns`` features over everything learned so far.

    Merges blocks with the pairwise formula of Chan, Golub and LeVeque (1983), in float64.

    >>> import numpy as np
    >>> scale = RunningScale(1)
    >>> scale.apply(np.float32([[3.0]])).tolist()  # nothing known yet: no opinion
    [[0.0]]
    >>> scale.learn(np.float32([[1.0], [3.0]]))
    >>> scale.apply(np.float32([[3.0]])).tolist()
    [[1.0]]
    """

    def __init__(self, columns: int) -> None:
        self._count = 0
        self._mean = np.zeros(columns)
        self._squares = np.zeros(columns)  # summed, around the mean

    def learn(self, values: Float32) -> None:
        """Take in rows ``(n, columns)``."""
        n = len(values)
        if n == 0 or values.shape[1] == 0:
            return
        mean: Float64 = values.mean(axis=0, dtype=np.float64)
        shift = mean - self._mean
        total = self._count + n
        self._squares += ((values - mean) ** 2).sum(axis=0)
        self._squares += shift**2 * (self._count * n / total)
        self._mean += shift * (n / total)
        self._count = total

    def apply(self, values: Float32) -> Float32:
        """Return the standardised rows, clipped to five deviations; a constant column is 0."""
        if values.shape[1] == 0:
            return np.zeros(values.shape, np.float32)
        spread = np.sqrt(self._squares / max(self._count, 1))
        slope = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
        scaled = (values - self._mean) * slope
        return scaled.clip(-_LIMIT, _LIMIT).astype(np.float32)

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return count, mean and sum of squares."""
        return {
            "count": np.array(self._count),
            "mean": self._mean.copy(),
            "squares": self._squares.copy(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._count = int(saved(state, "count", np.int64))
        self._mean = saved(state, "mean", np.float64, *self._mean.shape)
        self._squares = saved(state, "squares", np.float64, *self._squares.shape)
