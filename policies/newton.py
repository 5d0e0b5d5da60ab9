"""Newton's method for a logistic regression over an offset with a normal prior, in machine code.

Axis legend: ``n`` events, ``k`` weights. Inputs are ``x`` (k, n), events side by side: sums over
events are what takes the time.
"""

from __future__ import annotations

import numpy as np

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32, Float64

STEPS = 50  # few are needed but where logits saturate
CLOSE = 1e-7


@compiled_fast
def find_mode(
    x: Float64,
    offset: Float64,
    label: Float32,
    weight: Float64,
    mean: Float64,
    precision: Float64,
    earlier: Float64,
    pull: Float64,
    slope: Float64,
    curvature: Float64,
) -> None:
    """Move ``weight`` (k,) to the mode; write ``slope`` (k,) and ``curvature`` (k, k) there.

    Those are of the events' log loss alone. What is minimised holds the prior (``mean``,
    ``precision`` (k,)) and ``w' earlier w / 2 - pull w`` too.
    """
    step = np.empty(len(weight))
    loss = expand(x, offset, label, weight, slope, curvature)
    loss += loss_before(weight, mean, precision, earlier, pull)
    for _ in range(STEPS):
        newton_step(weight, mean, precision, earlier, pull, slope, curvature, step)
        before = loss
        weight -= step
        loss = expand(x, offset, label, weight, slope, curvature)
        loss += loss_before(weight, mean, precision, earlier, pull)
        # A whole step may pass the mode by far where logits saturate.
        while loss > before and largest(step) >= CLOSE:
            step /= 2.0
            weight += step
            loss = expand(x, offset, label, weight, slope, curvature)
            loss += loss_before(weight, mean, precision, earlier, pull)
        if largest(step) < CLOSE:
            return


@compiled_fast
def expand(
    x: Float64,
    offset: Float64,
    label: Float32,
    weight: Float64,
    slope: Float64,
    curvature: Float64,
) -> float:
    """Return the summed log loss; write its ``slope`` (k,) and ``curvature`` (k, k)."""
    k, n = x.shape
    error, spread, weighted = offset.copy(), np.empty(n), np.empty(n)
    for a in range(k):
        for e in range(n):
            error[e] += weight[a] * x[a, e]
    for e in range(n):
        logit = error[e]
        odds = np.exp(-abs(logit))  # of what is less likely
        weighted[e] = max(logit, 0.0) + np.log1p(odds) - label[e] * logit
        rare = odds / (1.0 + odds)
        spread[e] = rare * (1.0 - rare)
        error[e] = (1.0 - rare if logit > 0.0 else rare) - label[e]
    loss = 0.0
    for e in range(n):
        loss += weighted[e]
    for a in range(k):
        total = 0.0
        for e in range(n):
            total += error[e] * x[a, e]
        for e in range(n):
            weighted[e] = spread[e] * x[a, e]
        slope[a] = total
        for b in range(a + 1):
            total = 0.0
            for e in range(n):
                total += weighted[e] * x[b, e]
            curvature[a, b] = curvature[b, a] = total
    return loss


@compiled_fast
def loss_before(
    weight: Float64, mean: Float64, precision: Float64, earlier: Float64, pull: Float64
) -> float:
    """Return the loss of all there was before the step, up to a constant."""
    total = 0.0
    for a in range(len(weight)):
        bent = 0.0
        for b in range(len(weight)):
            bent += earlier[a, b] * weight[b]
        apart = weight[a] - mean[a]
        total += weight[a] * (bent / 2.0 - pull[a]) + precision[a] * apart * apart / 2.0
    return total


@compiled_fast
def newton_step(
    weight: Float64,
    mean: Float64,
    precision: Float64,
    earlier: Float64,
    pull: Float64,
    slope: Float64,
    curvature: Float64,
    step: Float64,
) -> None:
    """Write the ``step`` (k,) to take off ``weight``."""
    lower = curvature + earlier
    for a in range(len(weight)):
        lower[a, a] += precision[a]
        bent = 0.0
        for b in range(len(weight)):
            bent += earlier[a, b] * weight[b]
        step[a] = slope[a] - pull[a] + precision[a] * (weight[a] - mean[a]) + bent
    _solve(lower, step)


@compiled_fast
def _solve(lower: Float64, x: Float64) -> None:
    """Turn ``x`` ``(k,)`` into ``A^-1 x``; ``lower`` holds the lower half of ``A``, and is lost."""
    for a in range(len(x)):
        for b in range(a + 1):
            rest = lower[a, b]
            for k in range(b):
                rest -= lower[a, k] * lower[b, k]
            lower[a, b] = np.sqrt(rest) if a == b else rest / lower[b, b]
    for a in range(len(x)):
        for k in range(a):
            x[a] -= lower[a, k] * x[k]
        x[a] /= lower[a, a]
    for a in range(len(x) - 1, -1, -1):
        for k in range(a + 1, len(x)):
            x[a] -= lower[k, a] * x[k]
        x[a] /= lower[a, a]


@compiled_fast
def largest(step: Float64) -> float:
    """Return the largest size of ``step`` (k,)."""
    largest = 0.0
    for one in step:
        largest = max(largest, abs(one))
    return largest
