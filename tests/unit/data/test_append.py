"""Raw rows appended to a dataset: numbered on, and accounted for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.append import append_rows
from lis_sim.data.append_stage import STAGE
from lis_sim.data.dataset import Dataset
from lis_sim.data.growing import GrowingLog
from lis_sim.data.import_spec import Feature, ImportSpec, ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.presets import load_preset, parse_spec, preset_names
from lis_sim.data.spec_file import spec_mapping
from lis_sim.errors import DataError
from tests.unit.data.appending import (
    FIRST,
    LATER,
    Row,
    columns_of,
    content,
    csv,
    imported,
    spec_of,
)


def test_appended_rows_are_those_of_one_import(tmp_path: Path) -> None:
    log = imported(tmp_path)
    done = append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])
    whole = import_log(spec_of(csv(tmp_path / "all.csv", FIRST + LATER)), tmp_path / "whole")
    assert columns_of(done.dataset) == columns_of(whole)
    for name in ("user", "item", "place"):
        assert done.dataset.vocab(name).to_pylist() == whole.vocab(name).to_pylist()
    assert done.dataset.schema == whole.schema
    assert done.dataset.record.positives == whole.record.positives
    assert (done.rows_in, done.rows, done.users, done.items, dict(done.dropped)) == (3, 3, 1, 2, {})
    assert done.parts == ("part-00001.parquet",)
    assert done.blemishes == ("2 rows were earlier than the row before; sorted",)
    assert done.dataset.fingerprint != log.fingerprint
    assert pq.read_table(log.path / "items.parquet").num_rows == done.dataset.schema.items
    assert pq.read_table(log.path / "users.parquet").num_rows == done.dataset.schema.users
    assert not (log.path / STAGE).exists()


@settings(max_examples=3, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=6, max_size=30), st.integers(1, 4), st.data())
def test_however_rows_are_cut_the_log_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], pieces: int, data: st.DataObject
) -> None:
    rows: list[Row] = [
        (f"u{t % 5}", f"i{(t * 7) % 11}", t, number % 2, f"p{t % 3}")
        for number, t in enumerate(sorted(times))
    ]
    cuts = sorted(data.draw(st.lists(st.integers(2, len(rows)), min_size=pieces, max_size=pieces)))
    folder = tmp_path_factory.mktemp("cut")
    whole = import_log(spec_of(csv(folder / "all.csv", rows)), folder / "whole")
    log = import_log(spec_of(csv(folder / "first.csv", rows[: cuts[0]])), folder / "log")
    for start, end in zip(cuts, [*cuts[1:], len(rows)], strict=True):
        if start < end:
            log = append_rows(log.path, [csv(folder / "later.csv", rows[start:end])]).dataset
    assert columns_of(log) == columns_of(whole)
    assert log.record.rows_in == log.rows == len(rows)


def test_rows_that_are_dropped_are_counted(tmp_path: Path) -> None:
    path = csv(tmp_path / "first.csv", FIRST)
    spec = spec_of(path)
    log = import_log(
        parse_spec(spec_mapping(spec) | {"drop_duplicates": True}, "t").at(tmp_path),
        tmp_path / "log",
    )
    done = append_rows(log.path, [csv(tmp_path / "later.csv", [LATER[0], LATER[0], LATER[1]])])
    assert (done.rows_in, done.rows, sum(done.dropped.values())) == (3, 2, 1)
    record = done.dataset.record
    assert record.rows_in == record.rows + sum(record.dropped.values()) == 6


def test_a_log_with_an_items_file_reads_it_again(tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("item,kind\nx,1\ny,2\nnever,1\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("kind"),))
    path = csv(tmp_path / "first.csv", FIRST)
    spec = replace(spec_of(path), items=source)
    log = import_log(spec, tmp_path / "log")
    later = csv(tmp_path / "later.csv", [("a", "z", 20, 1, "q"), ("a", "never", 21, 0, "q")])
    with pytest.raises(DataError, match=r"give the folder that holds it now.*as --source"):
        append_rows(log.path, [later])
    with pytest.raises(DataError, match=r"'z' is not in items\.csv"):
        append_rows(log.path, [later], tmp_path)
    items.write_text("item,kind\nz,3\ny,2\nnever,1\n")
    with pytest.raises(DataError, match="the items file lacks 'x' and 0 other items"):
        append_rows(log.path, [later], tmp_path)
    items.write_text("item,kind\nz,3\nx,1\ny,2\nnever,1\nnew,3\n")
    done = append_rows(log.path, [later], tmp_path).dataset
    assert done.vocab("item").to_pylist() == ["x", "y", "never", "z", "new"]
    assert done.item_values("kind").tolist() == [0, 1, 0, 2, 2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "x", 3, 1, "p")], r"later\.csv, row 1 \(line 2\): its time 17000000\d+ is 6 s"),
        ([("a", "x", 20, 2, "p")], r"later\.csv, row 1.*column 'label': '2'; accepted: 0 or 1"),
        ([("a", "x", 20, 1, "")], r"column 'place': no value; accepted: a value in every row"),
        ([], "has no rows"),
    ],
    ids=["late", "label", "missing", "empty"],
)
def test_wrong_rows_are_refused_and_nothing_changes(
    tmp_path: Path, rows: list[Row], message: str
) -> None:
    log = imported(tmp_path)
    before = content(log.path)
    with pytest.raises(DataError, match=message):
        append_rows(log.path, [csv(tmp_path / "later.csv", rows)])
    assert content(log.path) == before
    append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])


def no_spec(log: Dataset) -> None:
    (log.path / "import.yaml").unlink()


def other_parts(log: Dataset) -> None:
    shutil.copy(log.path / "events" / "part-00000.parquet", log.path / "events" / "own.parquet")


def no_dataset(log: Dataset) -> None:
    (log.path / "dataset.json").unlink()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_spec, r"has no import\.yaml.*import the log again"),
        (other_parts, r"own\.parquet is not in dataset\.json.*numbered twice"),
        (no_dataset, r"dataset\.json is missing"),
    ],
)
def test_datasets_that_cannot_be_appended_to(
    tmp_path: Path, change: Callable[[Dataset], None], message: str
) -> None:
    log = imported(tmp_path)
    change(log)
    with pytest.raises(DataError, match=message):
        append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])


def test_a_log_that_is_followed_takes_appended_rows_in(tmp_path: Path) -> None:
    log = imported(tmp_path)
    growing = GrowingLog(log.path)
    growing.look()
    appended = append_rows(log.path, [csv(tmp_path / "later.csv", LATER)]).dataset
    (found,) = growing.look()
    assert found.file == "part-00001.parquet"
    followed = growing.dataset
    assert followed.schema == appended.schema
    assert (followed.rows, followed.end_us) == (appended.rows, appended.end_us)
    assert columns_of(followed) == columns_of(appended)


@pytest.mark.parametrize("name", preset_names())
def test_a_spec_survives_its_file(name: str) -> None:
    spec = load_preset(name)
    assert parse_spec(json.loads(json.dumps(spec_mapping(spec))), "here") == spec


def test_ids_keep_their_type(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    path.write_text("user,item,time,label\n70000,5,1700000000,1\n9,5,1700000001,0\n")
    spec = ImportSpec(
        "ints",
        RawTable(("first.csv",)),
        "user",
        "item",
        "time",
        "label",
        id_type="int",
        folder=tmp_path,
    )
    log = import_log(spec, tmp_path / "log")
    path.write_text("user,item,time,label\n9,6,1700000002,1\n8,5,1700000003,0\n")
    done = append_rows(log.path, [path]).dataset
    assert done.vocab("user").to_pylist() == [70000, 9, 8]
    (block,) = done.blocks()
    assert block.user.tolist() == [0, 1, 1, 2]
    assert block.item.dtype == np.int32
