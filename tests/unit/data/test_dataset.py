"""Streaming: blocks of any size are the same log, and a broken part is refused."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.data.blocks import concatenate, recut
from lis_sim.data.dataset import Dataset
from lis_sim.data.writer import GROUP_ROWS
from lis_sim.errors import DataError
from tests.unit.data.logs import columns_of, make_log

ROWS = 2 * GROUP_ROWS + 1_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    out = tmp_path_factory.mktemp("log") / "log"
    return make_log(out, columns_of(range(1_000, 1_000 + ROWS)))


@given(
    start=st.integers(0, ROWS), length=st.integers(0, ROWS), block_rows=st.integers(5_000, 200_000)
)
def test_blocks_of_any_size_are_the_same_rows(
    log: Dataset, start: int, length: int, block_rows: int
) -> None:
    end = min(ROWS, start + length)
    blocks = list(log.blocks(start, end, block_rows))
    assert [b.first_row for b in blocks] == list(range(start, end, block_rows))
    assert all(len(b) == block_rows for b in blocks[:-1])
    assert sum(len(b) for b in blocks) == end - start
    if blocks:
        whole = concatenate(blocks)
        expected = columns_of(range(1_000, 1_000 + ROWS))
        assert (whole.time_us == expected["time"][start:end]).all()
        assert (whole.user == expected["user"][start:end]).all()
        assert (whole.item == expected["item"][start:end]).all()
        assert (whole.label == expected["label"][start:end]).all()
        assert (whole.categorical[:, 0] == expected["place"][start:end]).all()
        assert (whole.numeric[:, 0] == expected["price"][start:end]).all()


def test_blocks_have_the_types_of_the_contract(log: Dataset) -> None:
    block = next(log.blocks(block_rows=10))
    assert [a.dtype for a in (block.user, block.item, block.categorical)] == [np.int32] * 3
    assert [a.dtype for a in (block.label, block.numeric)] == [np.float32] * 2
    assert block.time_us.dtype == np.int64
    assert block.label_time_us is None


def test_starting_late_does_not_decode_what_comes_before(log: Dataset, tmp_path: Path) -> None:
    columns = columns_of(range(ROWS))
    columns["label"][5] = 7  # in the first row group only
    broken = make_log(tmp_path / "broken", columns)
    assert sum(len(b) for b in broken.blocks(start_row=GROUP_ROWS)) == ROWS - GROUP_ROWS
    with pytest.raises(DataError, match="column 'label': 7"):
        list(broken.blocks())


def test_leaving_early_stops_the_thread(log: Dataset) -> None:
    stream = log.blocks(block_rows=100)
    next(stream)
    assert any(t.name == "lis-sim-prefetch" for t in threading.enumerate())
    stream.close()  # type: ignore[attr-defined]
    assert not any(t.name == "lis-sim-prefetch" for t in threading.enumerate())


def test_a_dataset_travels_by_pickle(log: Dataset) -> None:
    assert pickle.loads(pickle.dumps(log)) == log


def test_an_empty_range_gives_no_blocks(log: Dataset) -> None:
    assert list(log.blocks(7, 7)) == []
    assert list(recut(iter(()), 4)) == []


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, ROWS + 1)])
def test_rows_outside_the_log_are_refused(log: Dataset, start: int, end: int) -> None:
    with pytest.raises(DataError, match=f"rows \\[{start}, {end}\\).*accepted: 0 <= start <= end"):
        next(log.blocks(start, end))


BROKEN: list[tuple[str, int, Any, str]] = [
    ("time", 6, 3, r"part-00000.parquet, row 6 \(row 6 of the log\), column 'time': 3; .* >= 1005"),
    ("label", 4, 0.5, r"row 4 .*column 'label': 0.5; accepted: 0 or 1"),
    ("label", 4, np.nan, r"row 4 .*column 'label': nan; accepted: 0 or 1"),
    ("price", 2, np.nan, r"row 2 .*column 'price': nan; accepted: a finite number"),
    ("price", 2, np.inf, r"row 2 .*column 'price': inf; accepted: a finite number"),
    ("user", 1, 3, r"row 1 .*column 'user': 3; accepted: an index in \[0, 3\)"),
    ("item", 9, -1, r"row 9 .*column 'item': -1; accepted: an index in \[0, 5\)"),
    ("place", 3, 4, r"row 3 .*column 'place': 4; accepted: an index in \[0, 4\)"),
]


@pytest.mark.parametrize(("column", "row", "value", "message"), BROKEN)
def test_a_broken_value_is_refused_with_its_place(
    tmp_path: Path, column: str, row: int, value: Any, message: str
) -> None:
    columns = columns_of(range(1_000, 1_010))
    columns[column][row] = value
    with pytest.raises(DataError, match=message):
        list(make_log(tmp_path / "log", columns).blocks())


def test_time_may_not_decrease_between_row_groups(tmp_path: Path) -> None:
    times = [*range(GROUP_ROWS), *range(10)]
    with pytest.raises(DataError, match=rf"row 65,536 .*'time': 0; accepted: .*{GROUP_ROWS - 1}"):
        list(make_log(tmp_path / "log", columns_of(times)).blocks())


def test_a_missing_value_is_refused(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of(range(10)))
    part = log.path / "events" / "part-00000.parquet"
    table = pq.read_table(part)
    users = pa.array([0, 1, None, *[0] * 7], pa.int32())
    pq.write_table(table.set_column(0, "user", users), part)
    with pytest.raises(DataError, match=r"row 2.*column 'user': None; accepted: a value in every"):
        list(log.blocks())


def test_parts_must_be_those_of_the_record(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of(range(10)))
    part = log.path / "events" / "part-00000.parquet"
    table = pq.read_table(part)
    pq.write_table(table.slice(0, 9), part)
    with pytest.raises(DataError, match=r"has 9 rows, dataset.json says 10"):
        list(log.blocks())
    pq.write_table(table.drop_columns(["place"]), part)
    with pytest.raises(DataError, match="lacks the column 'place'"):
        list(log.blocks())
    part.write_text("not parquet")
    with pytest.raises(DataError, match="not a Parquet file"):
        list(log.blocks())
    part.unlink()
    with pytest.raises(DataError, match=r"part-00000.parquet is missing"):
        list(log.blocks())


def test_a_folder_that_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no dataset at .*: dataset.json is missing; accepted"):
        Dataset.open(tmp_path)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(DataError, match="is not JSON as a data import writes it"):
        Dataset.open(tmp_path)
    (tmp_path / "dataset.json").write_text('{"schema": 99}')
    with pytest.raises(DataError, match="has schema 99; this lis-sim reads schema 1"):
        Dataset.open(tmp_path)
    (tmp_path / "dataset.json").write_text('{"schema": 1}')
    with pytest.raises(DataError, match="name is missing; accepted: a record with"):
        Dataset.open(tmp_path)


def test_vocabularies_by_name(log: Dataset) -> None:
    assert log.vocab("user").to_pylist() == [7, 8, 9]
    with pytest.raises(DataError, match="no vocabulary 'itm'; did you mean 'item'"):
        log.vocab("itm")
