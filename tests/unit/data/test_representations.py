"""Representation tables: what comes back is what was written, anything odd is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data import representations
from lis_sim.errors import DataError
from lis_sim.types import RepresentationTable
from tests.unit.data.logs import columns_of, make_log


def write(path: Path, item: Any, vector: Any, kind: pa.DataType | None = None) -> Path:
    vectors: Any = pa.array(vector, kind or pa.list_(pa.float32()))
    pq.write_table(pa.table({"item": pa.array(item), "vector": vectors}), path)
    return path


@pytest.mark.parametrize("cut", [None, 0, 1_700_000_000_000_000])
def test_a_table_survives_the_disk(tmp_path: Path, cut: int | None) -> None:
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    table = RepresentationTable("r", np.array([0, 2, 4], np.int32), vectors, cut)
    representations.write_table(tmp_path / "r.parquet", table)
    back = representations.read_table(tmp_path / "r.parquet", "r", items=5)
    assert back.item.tolist() == [0, 2, 4]
    assert (back.vectors == vectors).all()
    assert back.trained_until_us == cut


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64(), pa.int8()])
def test_any_number_type_is_read_sorted_by_item(tmp_path: Path, kind: pa.DataType) -> None:
    numbers = [[np.float16(3), np.float16(4)], [np.float16(1), np.float16(2)]]
    rows = numbers if pa.types.is_floating(kind) else [[3, 4], [1, 2]]
    path = write(tmp_path / "r.parquet", [3, 1], rows, pa.list_(kind, 2))
    back = representations.read_table(path, "r", items=5)
    assert back.item.tolist() == [1, 3]
    assert back.item.dtype == np.int32
    assert back.vectors.dtype == np.float32
    assert back.vectors.tolist() == [[1, 2], [3, 4]]


ODD: list[tuple[list[Any], list[Any], str]] = [
    ([0, 1], [[1.0, 2.0], [1.0]], r"row 1.*'vector': '1 numbers'; accepted: 2 numbers, as in ro"),
    ([0, 1], [[1.0], [float("nan")]], "row 1.*'vector': nan; accepted: finite numbers"),
    ([0, 1], [[1.0], None], "row 1.*'vector': None; accepted: a list of numbers"),
    ([0, 1], [[1.0, None], [1.0, 2.0]], "row 0.*'vector': None; accepted: finite numbers"),
    ([0, 5], [[1.0], [1.0]], r"row 1.*'item': 5; accepted: an item of this dataset, in \[0, 5\)"),
    ([0, 1, 0], [[1.0]] * 3, "row 2.*'item': 0; accepted: every item at most once"),
    ([0, None], [[1.0]] * 2, "row 1.*'item': None; accepted: a dense item index"),
    ([0], [[]], r"row 0, column 'vector': \[\]; accepted: a list of at least one number"),
]


@pytest.mark.parametrize(("item", "vector", "message"), ODD)
def test_an_odd_table_is_refused(
    tmp_path: Path, item: list[Any], vector: list[Any], message: str
) -> None:
    path = write(tmp_path / "r.parquet", item, vector)
    with pytest.raises(DataError, match=r"r\.parquet, " + message):
        representations.read_table(path, "r", items=5)


def test_a_missing_column_or_table_is_named(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of(range(10)))
    assert log.representations() == ()
    with pytest.raises(DataError, match="no representation 'title'; it has: none"):
        log.representation("title")
    (log.path / "representations").mkdir()
    write(log.path / "representations" / "titles.parquet", [0], [[1.0]])
    assert log.representations() == ("titles",)
    with pytest.raises(DataError, match="no representation 'title'; did you mean 'titles'"):
        log.representation("title")
    pq.write_table(pa.table({"item": [0]}), log.path / "representations" / "titles.parquet")
    with pytest.raises(DataError, match="lacks the column 'vector'; it has item"):
        log.representation("titles")
