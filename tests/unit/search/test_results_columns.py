"""Settings of any kind become columns that keep what they are."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.search.results_columns import ABSENT, column

WHOLE = st.integers(-(2**63), 2**63 - 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.lists(PLAIN | st.just(ABSENT), max_size=6))
def test_every_value_can_be_read_back(values: list[Any]) -> None:
    found = column(values)
    assert len(found) == len(values)
    for value, got in zip(values, found.to_pylist(), strict=True):
        if value is ABSENT:
            assert got is None
        elif isinstance(value, str):
            assert got == value
        elif found.type == pa.string():
            assert json.loads(str(got)) == value
        else:
            assert got == value


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], pa.int64()),
        ([1, 2.5], pa.float64()),
        ([True, False, ABSENT], pa.bool_()),
        ([True, 1], pa.string()),
        ([None, 8], pa.string()),
        ([2**63], pa.float64()),
        ([ABSENT], pa.float64()),
        (["a", None], pa.string()),
    ],
)
def test_kinds_of_columns(values: list[Any], kind: pa.DataType) -> None:
    assert column(values).type == kind
