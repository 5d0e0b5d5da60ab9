"""RunningScale against NumPy over all data at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lis_sim.types import Float32
from policies.numeric import RunningScale

VALUES = st.integers(0, 40).flatmap(
    lambda rows: arrays(
        np.float32, (rows, 2), elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
    )
)


def column(*values: float) -> Float32:
    return np.array(values, np.float32)[:, None]


def learned(values: Float32, cuts: list[int]) -> RunningScale:
    scale = RunningScale(values.shape[1])
    for block in np.split(values, sorted(cut for cut in cuts if cut <= len(values))):
        scale.learn(block)
    return scale


@given(VALUES, st.lists(st.integers(0, 40), max_size=6))
def test_blocks_of_any_size_equal_all_data_at_once(values: Float32, cuts: list[int]) -> None:
    applied = learned(values, cuts).apply(values)
    exact = values.astype(np.float64)
    for got, x in zip(applied.T, exact.T, strict=True):
        if len(x) == 0 or (x == x[0]).all():
            assert (got == 0).all()
        else:
            expected = np.clip((x - x.mean()) / x.std(), -5, 5)
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@given(
    st.floats(-(2.0**100), 2.0**100, width=32), st.lists(st.integers(1, 9), min_size=1, max_size=9)
)
def test_a_constant_column_is_exactly_zero(value: float, sizes: list[int]) -> None:
    """A spread made of rounding errors would blow it up to +-1."""
    scale = RunningScale(1)
    for size in sizes:
        scale.learn(np.full((size, 1), value, np.float32))
    assert (scale.apply(np.full((3, 1), value, np.float32)) == 0).all()


def test_a_small_spread_around_a_large_mean_survives() -> None:
    times = np.float32(1.7e9) + 128 * np.arange(1000, dtype=np.float32)[:, None]
    applied = learned(times, [10, 500]).apply(times)
    np.testing.assert_allclose([applied.mean(), applied.std()], [0.0, 1.0], atol=1e-5)


def test_outliers_are_clipped() -> None:
    scale = learned(column(0.0, 2.0), [])
    assert scale.apply(column(1e9, -1e9)).tolist() == [[5.0], [-5.0]]


def test_applying_learns_nothing() -> None:
    scale = learned(column(0.0, 2.0), [])
    before = scale.state_dict()
    scale.apply(column(100.0))
    assert all((before[key] == value).all() for key, value in scale.state_dict().items())
