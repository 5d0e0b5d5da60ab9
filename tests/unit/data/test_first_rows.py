"""The first rows of a log: what it counted then, and nothing that came later."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.first_rows import first_rows
from lis_sim.data.future import FutureDoor
from lis_sim.data.preferences import NOBODY, read_pairs
from lis_sim.errors import DataError
from tests.unit.data.parted import PART, ROWS, columns, parted_log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return parted_log(tmp_path_factory.mktemp("first-rows") / "log")


@settings(max_examples=25)
@given(rows=st.integers(1, ROWS), start=st.integers(0, ROWS), block_rows=st.integers(1, 70))
def test_the_first_rows_are_what_the_log_was_then(
    log: Dataset, rows: int, start: int, block_rows: int
) -> None:
    early, values = first_rows(log, rows), columns()
    so_far = {name: column[:rows] for name, column in values.items()}
    start = min(start, rows)
    assert early.rows == rows
    assert early is log if rows == ROWS else early.record.rows_in == rows
    assert early.end_us == so_far["time"][-1]
    assert early.schema.users == so_far["user"].max() + 1
    assert early.schema.items == so_far["item"].max() + 1
    assert [column.size for column in early.schema.categorical] == [so_far["place"].max() + 1]
    assert early.label_rate == so_far["label"].mean()
    assert len(early.record.files) == -(-rows // PART)
    blocks = list(early.blocks(start, block_rows=block_rows, outcomes=["paid"]))
    assert sum(len(block) for block in blocks) == rows - start
    if blocks:
        whole = concatenate(blocks)
        assert (whole.user == so_far["user"][start:]).all()
        assert (whole.item == so_far["item"][start:]).all()
        assert (whole.outcomes["paid"] == so_far["paid"][start:]).all()
    times = [one for piece in early.times(start) for one in piece.tolist()]
    assert times == so_far["time"][start:].tolist()


@given(rows=st.integers(1, ROWS), ahead_us=st.integers(-5, 50))
def test_the_door_to_the_future_ends_with_the_first_rows(
    log: Dataset, rows: int, ahead_us: int
) -> None:
    early = first_rows(log, rows)
    until_us = early.end_us + ahead_us
    expected = int(np.searchsorted(columns()["time"][:rows], until_us))
    assert FutureDoor(early).row_at(until_us) == expected
    assert sum(len(one.block) for one in FutureDoor(early).read(0, until_us, 0)) == expected


def test_the_first_rows_of_first_rows_are_those_of_the_log(log: Dataset) -> None:
    assert first_rows(first_rows(log, 45), 25) == first_rows(log, 25)
    assert first_rows(log, ROWS) is log


def test_the_first_rows_travel_by_pickle(log: Dataset) -> None:
    early = first_rows(log, 33)
    assert pickle.loads(pickle.dumps(early)) == early
    assert early.fingerprint == log.fingerprint


def test_tables_pairs_and_ids_end_with_the_first_rows(log: Dataset) -> None:
    early = first_rows(log, 25)
    items, users = early.schema.items, early.schema.users
    assert items < log.schema.items
    assert len(early.representation("t").item) == items
    assert len(log.representation("t").item) == log.schema.items
    assert len(early.vocab("item")) == items
    assert len(early.vocab("place")) == early.schema.categorical[0].size
    assert len(early.item_values("place")) == items
    whole, pairs = read_pairs(log, "p"), read_pairs(early, "p")
    assert pairs.time_us is not None
    assert pairs.user is not None
    assert whole.time_us is not None
    assert whole.user is not None
    kept = (whole.time_us <= early.end_us) & (whole.item_b < items)
    assert 0 < kept.sum() < len(whole)
    assert (pairs.item_a == whole.item_a[kept]).all()
    assert (pairs.time_us == whole.time_us[kept]).all()
    assert (pairs.user == np.where(whole.user < users, whole.user, NOBODY)[kept]).all()


@pytest.mark.parametrize("rows", [0, -1, ROWS + 1])
def test_rows_that_are_not_there_are_refused(log: Dataset, rows: int) -> None:
    with pytest.raises(DataError, match=rf"first {rows} rows of .* asked for; accepted: 1 to 60"):
        first_rows(log, rows)


def test_what_is_wrong_with_a_row_is_said_as_of_the_whole_log(log: Dataset, tmp_path: Path) -> None:
    broken = shutil.copytree(log.path, tmp_path / "broken")
    path = broken / "events" / "part-00001.parquet"
    table = pq.read_table(path)
    label = np.array(table.column("label"))
    label[3] = 7
    place = table.schema.get_field_index("label")
    pq.write_table(table.set_column(place, "label", pa.array(label)), path)
    with pytest.raises(DataError, match=r"part-00001.parquet, row 3 \(row 23 .*'label': 7"):
        first_rows(Dataset.open(broken), 30)
    assert first_rows(Dataset.open(broken), 20).rows == 20
