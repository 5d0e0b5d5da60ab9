"""Log loss and calibration of logits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.events import Scores, check_labels, check_scores
from lis_sim.types import Bool, Float64, Int64


class Predictions(NamedTuple):
    """The log loss (nats) and the predicted probability of some events, each (n,)."""

    log_loss: Float64
    probability: Float64

    def at(self, rows: Int64) -> Predictions:
        return Predictions(self.log_loss[rows], self.probability[rows])


def predictions(logit: Scores, positive: Bool) -> Predictions:
    """Return what events ``(n,)`` were predicted, in float64 and without overflow for any logit."""
    z = logit.astype(np.float64)
    tail = np.exp(-np.abs(z))
    log_loss = np.maximum(z, 0.0) - z * positive + np.log1p(tail)
    return Predictions(log_loss, _sigmoid(z, tail))


def probabilities(logit: Scores) -> Float64:
    """Return the predicted probability ``(n,)`` of every event, in float64, for any logit.

    >>> probabilities(np.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """
    z = logit.astype(np.float64)
    return _sigmoid(z, np.exp(-np.abs(z)))


def _sigmoid(z: Float64, tail: Float64) -> Float64:
    """Return sigmoid(z) from ``tail = exp(-|z|)``, which never overflows."""
    return np.asarray(np.where(z >= 0, 1.0, tail) / (tail + 1.0))


def log_loss(logit: NDArray[Any], label: NDArray[Any]) -> float | None:
    """Return the mean log loss in nats of ``sigmoid(logit)``; None without events.

    >>> log_loss(np.array([0.0, 0.0]), np.array([0, 1])) == float(np.log(2))
    True
    >>> log_loss(np.array([-1000.0, 1000.0]), np.array([1, 1]))
    500.0
    """
    positive = check_labels(label)
    values = check_scores(logit, len(positive))
    summed = float(predictions(values, positive).log_loss.sum())
    return summed / len(values) if len(values) else None


def calibration(logit: NDArray[Any], label: NDArray[Any]) -> float | None:
    """Return predicted engagements / engagements; above 1 is over-prediction.

    None without a positive.

    >>> calibration(np.zeros(4), np.array([1, 0, 0, 0]))
    2.0
    """
    positive = check_labels(label)
    values = check_scores(logit, len(positive))
    engaged = int(np.count_nonzero(positive))
    expected = float(predictions(values, positive).probability.sum())
    return expected / engaged if engaged else None
