"""Bayesian logistic regression over an offset, learned step by step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.compiled import compiled_fast
from lis_sim.plain.saved import saved
from lis_sim.types import Bool, Float32, Float64
from policies.exchange import ALONE, Exchange
from policies.shared_newton import Events, expand_all, find_mode_of_all

_CLOSED = 1e9  # the precision of a weight that the evidence does not ask for
_ROUNDS = 3


class SequentialLogistic:
    """``logit = offset + x . w`` with a normal prior on ``w``, whose variances it finds itself.

    Every step adds the second-order expansion of its log loss, at the mode, to what earlier steps
    left: after a step the posterior of ``w`` has precision ``H + diag(precision)``. For weights
    marked ``found``, :meth:`find_precisions` sets the prior precision to the value that makes the
    data most likely. A weight the data say nothing of is *closed*: exactly 0, so inputs that know
    nothing cost nothing. All found weights are closed at first.

    ``mean`` (k,), ``precision`` (k,) of the prior; ``found`` (k,), of mean 0; ``least`` the
    smallest precision that is found.

    >>> regression = SequentialLogistic(np.zeros(1), np.ones(1), np.array([False]))
    >>> x, label = np.ones((4, 1)), np.float32([1, 1, 1, 0])
    >>> regression.learn(x, np.zeros(4), label)
    >>> regression.weight.round(3).tolist()
    [0.505]

    Source: Spiegelhalter and Lauritzen 1990, "Sequential updating of conditional probabilities";
    Tipping and Faul 2003, "Fast marginal likelihood maximisation for sparse Bayesian models".
    """

    def __init__(
        self,
        mean: Float64,
        precision: Float64,
        found: Bool,
        least: float = 20.0,
        exchange: Exchange = ALONE,
    ) -> None:
        assert not mean[found].any(), "the update of the found precisions is for mean 0"
        self._exchange = exchange
        self._mean = mean.astype(np.float64)
        self._found = np.flatnonzero(found)
        self._least = least
        self._precision = np.where(found, _CLOSED, precision)
        self._curvature: Float64 = np.zeros((len(mean), len(mean)))
        self._pull: Float64 = np.zeros(len(mean))  # curvature x mode, summed over steps
        self.weight = self._mean.copy()

    def predict(self, x: Float64) -> Float64:
        """Return ``x . w`` ``(n,)`` for ``x`` ``(n, k)``."""
        return _linear(x, self.weight)

    def learn(self, x: Float64, offset: Float64, label: Float32) -> None:
        """Take in events: ``x`` (n, k), ``offset`` (n,) in logits, ``label`` (n,) 0 or 1.

        Those of the other shards are taken in with them.
        """
        events = Events(np.ascontiguousarray(x.T), offset, label)
        is_open = np.flatnonzero(self._precision < _CLOSED)
        weight, slope = self.weight[is_open], np.empty(len(is_open))
        curvature = np.empty((len(is_open), len(is_open)))
        before = (
            self._mean[is_open],
            self._precision[is_open],
            self._curvature[np.ix_(is_open, is_open)],
            self._pull[is_open],
        )
        own = Events(events.x[is_open], offset, label)
        find_mode_of_all(self._exchange, own, weight, before, slope, curvature)
        self.weight[is_open] = weight
        if len(is_open) < len(self.weight):
            slope, curvature = np.empty_like(self.weight), np.empty_like(self._curvature)
            expand_all(self._exchange, events, self.weight, slope, curvature)
        self._curvature += curvature
        self._pull += curvature @ self.weight - slope

    def find_precisions(self) -> None:
        """Set the prior precisions marked ``found`` by what all steps so far say."""
        for _ in range(_ROUNDS):
            for k in self._found:
                covariance, weight = self._posterior()
                # What the data say of weight k alone, whatever its own prior.
                sure = 1.0 / covariance[k, k] - self._precision[k]
                pull = weight[k] / covariance[k, k] - self._precision[k] * self._mean[k]
                beyond = pull * pull - sure
                found = sure * sure / beyond if beyond > 0.0 and sure > 0.0 else _CLOSED
                self._precision[k] = min(max(found, self._least), _CLOSED)
        weight = self._posterior()[1]
        self.weight = np.where(self._precision < _CLOSED, weight, 0.0)

    def _posterior(self) -> tuple[Float64, Float64]:
        covariance = np.linalg.inv(self._curvature + np.diag(self._precision))
        weight = covariance @ (self._pull + self._precision * self._mean)
        return covariance, weight

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        """Return all that later weights depend on."""
        return {
            "weight": self.weight.copy(),
            "precision": self._precision.copy(),
            "curvature": self._curvature.copy(),
            "pull": self._pull.copy(),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what :meth:`state_dict` returned; :class:`RunError` if of another shape."""
        self.weight = saved(state, "weight", np.float64, *self.weight.shape)
        self._precision = saved(state, "precision", np.float64, *self._precision.shape)
        self._curvature = saved(state, "curvature", np.float64, *self._curvature.shape)
        self._pull = saved(state, "pull", np.float64, *self._pull.shape)


# A loop instead of BLAS, whose sums depend on its number of threads.
@compiled_fast
def _linear(x: Float64, weight: Float64) -> Float64:
    n, k = x.shape
    out = np.zeros(n)
    for row in range(n):
        total = 0.0
        for a in range(k):
            total += x[row, a] * weight[a]
        out[row] = total
    return out
