"""Dense indices by first appearance, and exact duplicates, against plain Python."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.data.duplicates import DuplicateFinder
from lis_sim.data.vocabulary import Vocabulary

INTEGERS = st.lists(st.lists(st.integers(-(2**40), 2**40) | st.integers(0, 9)), max_size=6)
WORDS = st.lists(st.lists(st.sampled_from(["a", "b", "", "zz", "é"])), max_size=6)


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
@given(data=st.data())
def test_numbering_is_that_of_a_dictionary(kind: Any, data: st.DataObject) -> None:
    batches: list[list[Any]] = data.draw(INTEGERS if kind == pa.int64() else WORDS)
    vocabulary = Vocabulary()
    expected: dict[Any, int] = {}
    for batch in batches:
        codes = vocabulary.encode(pa.array(batch, kind))
        assert codes.dtype == np.int32
        assert codes.tolist() == [expected.setdefault(v, len(expected)) for v in batch]
    assert len(vocabulary) == len(expected)
    assert vocabulary.ids().to_pylist() == list(expected)
    asked = [v for batch in batches for v in batch] + ([77] if kind == pa.int64() else ["other"])
    found = vocabulary.find(pa.array(asked, kind)).tolist()
    assert found == [expected.get(v, -1) for v in asked]


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40).map(
        lambda rows: sorted(rows, key=lambda r: r[0])
    ),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_duplicates_are_found_whatever_the_batches(
    rows: list[tuple[int, int]], cuts: list[int]
) -> None:
    expected = [row in rows[:at] for at, row in enumerate(rows)]
    finder = DuplicateFinder()
    bounds = sorted({0, len(rows), *(c for c in cuts if c < len(rows))})
    marked: list[bool] = []
    for start, end in itertools.pairwise(bounds):
        time_us = np.array([t for t, _ in rows[start:end]], dtype=np.int64)
        row_hash = np.array([h for _, h in rows[start:end]], dtype=np.uint64)
        marked += finder.mark(time_us, row_hash).tolist()
    assert marked == expected
