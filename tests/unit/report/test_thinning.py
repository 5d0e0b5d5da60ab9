"""Lines reduced to the pixels: nothing that a screen shows is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.thinning import thin

VALUES = st.lists(st.one_of(st.floats(-5, 5), st.just(float("nan"))), min_size=1, max_size=120)


@given(VALUES, st.integers(2, 20))
def test_every_column_keeps_its_ends_extremes_and_gaps(values: list[float], columns: int) -> None:
    y, x = np.array(values), np.arange(len(values), dtype=np.int64)
    rows = thin(x, y, columns)
    assert np.all(np.diff(rows) > 0)
    assert len(rows) <= max(2 * columns, 5 * columns)
    assert rows[0] == 0
    assert rows[-1] == len(y) - 1
    column = np.minimum(x / max(1, len(y) - 1) * columns, columns - 1).astype(int)
    for one in range(columns):
        whole, kept = y[column == one], y[rows][column[rows] == one]
        assert np.isnan(whole).any() == np.isnan(kept).any()
        assert np.isfinite(whole).any() == np.isfinite(kept).any()
        if np.isfinite(whole).any():
            assert np.nanmax(kept) == np.nanmax(whole)
            assert np.nanmin(kept) == np.nanmin(whole)


def test_a_short_line_is_kept_whole() -> None:
    assert thin(np.arange(40), np.zeros(40), 20).tolist() == list(range(40))


@pytest.mark.parametrize("x", [np.zeros(100), np.repeat([0.0, 1e12], 50)])
def test_windows_that_end_at_the_same_time_are_no_trouble(x: np.ndarray) -> None:
    rows = thin(x, np.arange(100.0), 10)
    assert {0, 99} <= set(rows.tolist())
