"""Loops that add up give the same bytes wherever their arrays happen to lie."""

from __future__ import annotations

import numpy as np
import pytest

from policies.newton import expand, newton_step
from policies.regression import _linear

TRIALS = 200


@pytest.mark.parametrize("k", [3, 8, 21])
@pytest.mark.parametrize("n", [1, 7, 16, 31])
def test_sums_do_not_depend_on_where_arrays_lie(k: int, n: int) -> None:
    """Every trial finds other gaps in the heap for its arrays, those inside of loops too."""
    draw = np.random.Generator(np.random.Philox(key=100 * k + n))
    x, offset, weight = draw.normal(size=(k, n)), draw.normal(size=n), draw.normal(size=k)
    label = (draw.random(n) < 0.5).astype(np.float32)
    pull, mean, precision, earlier = draw.normal(size=k), np.zeros(k), np.ones(k), np.eye(k) + 0.1

    def found() -> tuple[bytes, ...]:
        slope, curvature, step = np.zeros(k), np.zeros((k, k)), np.zeros(k)
        loss = expand(x.copy(), offset.copy(), label.copy(), weight.copy(), slope, curvature)
        prior = mean.copy(), precision.copy(), earlier.copy(), pull.copy()
        newton_step(weight.copy(), *prior, slope, curvature, step)
        linear = _linear(np.ascontiguousarray(x.T), weight.copy())
        return (str(loss).encode(), *(one.tobytes() for one in (slope, curvature, step, linear)))

    everything, held = set(), []
    for _ in range(TRIALS):
        held += [np.empty(size) for size in draw.choice([k, n, k * n, k * k], 12)]
        held = [one for one in held if draw.random() < 0.5]
        everything.add(found())
    assert len(everything) == 1
