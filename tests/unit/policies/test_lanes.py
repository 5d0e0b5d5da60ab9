"""Eight floats at a time against arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lis_sim.plain.compiled import compiled_fast
from lis_sim.types import Float32
from policies.lanes import LANES, load, spread, store, total

NUMBERS = arrays(np.float32, (3, 2 * LANES), elements=st.floats(-9.0, 9.0, width=32))


@compiled_fast
def combined(of: Float32, scale: np.float32, at: int, written: Float32) -> float:
    """Write (x + x) - scale x x of eight numbers; return their sum before."""
    x = load(of, at)
    found = x
    found += x
    found -= spread(scale) * x * x
    store(written, at, found)
    return float(total(x))


@given(NUMBERS, st.floats(-2.0, 2.0, width=32), st.integers(0, 5 * LANES))
def test_it_is_the_arithmetic_of_arrays(of: Float32, scale: float, at: int) -> None:
    written = np.zeros_like(of)
    summed = combined(of, np.float32(scale), at, written)
    x = of.reshape(-1)[at : at + LANES]
    np.testing.assert_allclose(summed, x.sum(), rtol=1e-5, atol=1e-5)
    expected = np.zeros(of.size, np.float32)
    expected[at : at + LANES] = 2 * x - np.float32(scale) * x * x
    np.testing.assert_allclose(written.reshape(-1), expected, rtol=1e-5, atol=1e-5)
