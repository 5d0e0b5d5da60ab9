"""The reward of a step: minus the mean log loss of what was revealed."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Float32


def log_loss_reward(score: Float32, label: Float32) -> float:
    """Return minus the mean log loss over arms and rows, 0.0 when there are no rows.

    Args:
        score: (m, arms) float32 logits; NaN where a row was shown before a resume and never scored.
        label: (m,) float32, 0 or 1.

    Examples:
        >>> round(log_loss_reward(np.zeros((2, 1), np.float32), np.array([0, 1], np.float32)), 4)
        -0.6931
    """
    if len(score) and np.isnan(score[:, 0]).any():
        scored = ~np.isnan(score[:, 0])
        score, label = score[scored], label[scored]
    if not score.size:
        return 0.0
    # log(1 + exp(-|x|)) + max(x, 0) - x y never overflows; float32 log and exp are vectorised.
    loss = np.log(1 + np.exp(-np.abs(score))) + np.maximum(score, 0) - score * label[:, None]
    return -float(loss.mean(dtype=np.float64))
