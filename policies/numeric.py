"""Standardise numeric features with the spread of past events only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Float32, Float64
from policies.exchange import ALONE, Exchange, gathered

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

    def __init__(self, columns: int, exchange: Exchange = ALONE) -> None:
        self._exchange = exchange
        self._count = 0
        self._mean = np.zeros(columns)
        self._squares = np.zeros(columns)  # summed, around the mean

    def learn(self, values: Float32) -> None:
        """Take in rows ``(n, columns)``, and those of the other shards."""
        if values.shape[1] == 0:
            return
        n = len(values)
        mean: Float64 = values.sum(axis=0, dtype=np.float64) / max(n, 1)
        squares: Float64 = ((values - mean) ** 2).sum(axis=0)
        blocks = gathered(self._exchange, np.concatenate([[n], mean, squares])[None])
        for count, block_mean, block_squares in zip(*_split(blocks), strict=True):
            self._merge(int(count), block_mean, block_squares)

    def _merge(self, n: int, mean: Float64, squares: Float64) -> None:
        if n == 0:
            return
        shift = mean - self._mean
        total = self._count + n
        self._squares += squares
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


def _split(blocks: Float64) -> tuple[Float64, Float64, Float64]:
    """Return counts (b,), means (b, columns) and squares (b, columns) of ``blocks``."""
    columns = (blocks.shape[1] - 1) // 2
    return blocks[:, 0], blocks[:, 1 : 1 + columns], blocks[:, 1 + columns :]
