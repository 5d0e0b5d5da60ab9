"""Since when: the likeliest change of level."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.drift.change import change_point
from lis_sim.types import Float64
from tests.unit.drift.streams import noise


def likeliest(values: Float64) -> int:
    """Oracle: the split whose two means leave the least squared error."""

    def left_over(first: int) -> float:
        parts = values[:first], values[first:]
        return float(sum(np.square(part - part.mean()).sum() for part in parts))

    return min(range(1, len(values)), key=left_over)


@given(st.integers(0, 10_000), st.integers(2, 40), st.floats(-4.0, 4.0), st.data())
def test_it_is_the_split_of_least_squares(
    seed: int, windows: int, shift: float, data: st.DataObject
) -> None:
    values = noise(seed, windows, error=1.0)
    values[data.draw(st.integers(1, windows - 1)) :] += shift
    found = change_point(values.tolist())
    assert found.first == likeliest(values)
    assert found.shift == values[found.first :].mean() - values[: found.first].mean()


def test_a_late_step_is_not_put_into_the_midst() -> None:
    values = noise(0, 200, error=1.0)
    values[195:] -= 4.0
    assert change_point(values.tolist()).first == 195
