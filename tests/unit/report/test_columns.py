"""A live page keeps numbers, not objects: it may be open for years."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.report.columns import Columns

WIDTH = 4
NUMBERS = st.none() | st.floats(allow_nan=False)


def test_a_window_costs_eight_bytes_a_number() -> None:
    columns = Columns()
    names = [("auc", f"arm {k}") for k in range(20)]
    windows = 600
    tracemalloc.start()
    for window in range(windows):
        for name in names:
            columns.put(name, window, *(window + share / 10 for share in range(WIDTH)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    numbers = windows * len(names) * (WIDTH + 1)
    assert held < 1.3 * 8 * numbers  # arrays keep an eighth to spare


@given(st.dictionaries(st.integers(0, 30), st.tuples(*[NUMBERS] * WIDTH), min_size=1))
def test_rows_come_back_where_they_were_put(rows: dict[int, tuple[float | None, ...]]) -> None:
    columns = Columns()
    for window, values in rows.items():
        columns.put(("name",), window, *values)
    found = columns.array(("name",), windows=31)
    assert found.shape == (WIDTH, 31)
    for window in range(31):
        expected = [np.nan if one is None else one for one in rows.get(window, [None] * WIDTH)]
        np.testing.assert_array_equal(found[:, window], expected)
