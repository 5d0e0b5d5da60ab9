"""Parts that appear in a dataset's folder are taken in once, in order, or refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.append import append_rows
from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.data.growing import GrowingLog
from lis_sim.data.import_spec import ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.errors import DataError
from tests.unit.data.appending import FIRST, csv, spec_of
from tests.unit.data.logs import columns_of, make_log

Columns = dict[str, Any]


def later(times: list[int], **changes: Any) -> Columns:
    """Return a part's columns; users, items and places are those of the log unless changed."""
    return columns_of(times) | {key: np.asarray(value) for key, value in changes.items()}


def put(log: Dataset, name: str, columns: Columns) -> Path:
    path = log.path / "events" / name
    types = {"user": "i4", "item": "i4", "place": "i4", "label": "f4", "price": "f4"}
    arrays = {k: pa.array(np.asarray(v, types.get(k))) for k, v in columns.items()}
    pq.write_table(pa.table(arrays), path)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Dataset:
    return make_log(tmp_path / "log", columns_of([0, 10, 20, 30, 40, 50]))


def test_parts_are_taken_in_once_by_time(log: Dataset) -> None:
    growing = GrowingLog(log.path)
    assert [one.file for one in growing.look()] == ["part-00000.parquet"]
    assert growing.dataset.record == log.record
    put(log, "b.parquet", later([60, 70], user=[3, 0], place=[4, 4]))
    put(log, "a.parquet", later([80, 90], item=[5, 6]))
    assert [one.file for one in growing.look()] == ["b.parquet", "a.parquet"]
    assert growing.look() == []
    grown = growing.dataset
    assert (grown.rows, grown.end_us) == (10, 90)
    assert (grown.schema.users, grown.schema.items) == (4, 7)
    assert grown.schema.categorical[0].size == 5
    assert grown.record.positives == 5
    (block,) = grown.blocks()
    assert block.time_us.tolist() == list(range(0, 100, 10))


def test_what_was_taken_in_stays_first(log: Dataset) -> None:
    """Also where a part that would have come before it has appeared since."""
    growing = GrowingLog(log.path)
    growing.look()
    put(log, "b.parquet", later([60, 70]))
    growing.look()
    put(log, "a.parquet", later([60, 65]))
    again = GrowingLog(log.path, growing.taken)
    with pytest.raises(DataError, match=r"a\.parquet, row 0 \(row 8 of the log\).*late"):
        again.look()
    (log.path / "events" / "a.parquet").unlink()
    assert again.look() == []
    assert again.dataset.record == growing.dataset.record


def test_a_part_that_is_still_being_written_waits(log: Dataset) -> None:
    growing = GrowingLog(log.path)
    growing.look()
    path = put(log, "next.parquet", later([60]))
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    put(log, "_hidden.parquet", later([1]))
    assert (growing.look(), growing.waiting) == ([], ("next.parquet",))
    path.write_bytes(whole)
    assert ([one.file for one in growing.look()], growing.waiting) == (["next.parquet"], ())


def test_parts_named_after_one_that_is_still_being_written_wait_for_it(log: Dataset) -> None:
    growing = GrowingLog(log.path)
    growing.look()
    torn = put(log, "b.parquet", later([60, 70], user=[3, 0]))
    whole = torn.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2])
    put(log, "c.parquet", later([80, 90], user=[4, 3]))  # numbers on from b
    put(log, "a.parquet", later([60]))
    assert ([one.file for one in growing.look()], growing.waiting) == (
        ["a.parquet"],
        ("b.parquet",),
    )
    assert (growing.look(), growing.newest_us) == ([], 60)
    torn.write_bytes(whole)
    assert [one.file for one in growing.look()] == ["b.parquet", "c.parquet"]
    assert (growing.newest_us, growing.dataset.schema.users) == (90, 5)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            later([30, 60]),
            r"new\.parquet, row 0 \(row 6 of the log\), column 'time': 30; accepted: a time >= 50, "
            r"that of the log's last event; it is 2e-05 s late: a log that is followed",
        ),
        (later([60, 55]), "row 1.*column 'time': 55; accepted: a time >= 60"),
        (later([60, 70], item=[5, 7]), "row 1.*column 'item': 7; accepted: an index below 6, or 6"),
        (later([60, 70], user=[4, 3]), "row 0.*column 'user': 4; accepted: an index below 3, or 3"),
        (later([60, 70], user=[-1, 3]), r"column 'user': -1; accepted: an index in \[0"),
        (later([60], place=[9]), "column 'place': 9; accepted: an index below 4, or 4 itself"),
        (later([60], label=[0.5]), "column 'label': 0.5; accepted: 0 or 1"),
        (later([60], price=[np.nan]), "column 'price': nan; accepted: a finite number"),
        (later([]), "has no rows; accepted: parts of at least one event"),
        ({"user": [0], "time": [60]}, "lacks the column 'item'; it has user, time"),
    ],
)
def test_parts_that_are_refused(log: Dataset, columns: Columns, message: str) -> None:
    growing = GrowingLog(log.path)
    growing.look()
    put(log, "new.parquet", columns)
    with pytest.raises(DataError, match=message):
        growing.look()
    assert growing.dataset.record == log.record


def rewritten(path: Path) -> None:
    put(Dataset.open(path.parent.parent), path.name, later([60, 70, 80]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Path.unlink, r"next\.parquet is missing, but its events were taken in before; put it"),
        (rewritten, r"next\.parquet has 3 rows in .* it had 2 in .* parts may not change"),
    ],
)
def test_parts_may_not_change(log: Dataset, change: Callable[[Path], object], message: str) -> None:
    growing = GrowingLog(log.path)
    growing.look()
    path = put(log, "next.parquet", later([60, 70]))
    growing.look()
    change(path)
    with pytest.raises(DataError, match=message):
        GrowingLog(log.path, growing.taken)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.integers(0, 9), min_size=3, max_size=40),
    cuts=st.lists(st.integers(2, 39), max_size=5),
    rule=st.one_of(
        st.integers(1, 12).map(lambda n: WindowRule(events=n)),
        st.integers(1, 40).map(lambda n: WindowRule(duration_us=n)),
    ),
)
def test_windows_planned_piece_by_piece_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], cuts: list[int], rule: WindowRule
) -> None:
    times = list(itertools.accumulate(steps))
    log = make_log(tmp_path_factory.mktemp("grown") / "log", columns_of(times))
    windows = plan_windows(log, rule)
    known = plan_windows(shorter(log, times, 1), rule)
    for rows in sorted({min(cut, len(times)) for cut in cuts}):
        known = plan_windows(shorter(log, times, rows), rule, known)
        assert known[:-1] == windows[: len(known) - 1]
    assert plan_windows(log, rule, known) == windows


def shorter(log: Dataset, times: list[int], rows: int) -> Dataset:
    """Return the first ``rows`` of ``log`` as a dataset of their own."""
    return make_log(log.path.parent / f"first-{rows}", columns_of(times[:rows]))


def test_only_the_parts_that_are_read_are_looked_at(log: Dataset) -> None:
    growing = GrowingLog(log.path)
    growing.look()
    for name, at in (("a", 60), ("b", 80), ("c", 100)):
        put(log, f"{name}.parquet", later([at, at + 10]))
        growing.look()
    dataset = growing.dataset
    for gone in ("part-00000.parquet", "a.parquet"):
        (log.path / "events" / gone).unlink()
    assert FutureDoor(dataset).row_at(90, at_least=8) == 9
    (log.path / "events" / "c.parquet").unlink()
    (block,) = dataset.blocks(8, 10)
    assert block.time_us.tolist() == [80, 90]
    assert [one.path.name for one in dataset.groups(start_row=9, end_row=10)] == ["b.parquet"]
    with pytest.raises(DataError, match=r"a\.parquet is missing, dataset\.json lists it"):
        list(dataset.blocks(7, 10))


def test_items_that_have_a_number_before_their_first_event_are_no_news(tmp_path: Path) -> None:
    """An items file numbers items that nobody has met; those of a later append come after them."""
    catalogue = tmp_path / "items.csv"
    catalogue.write_text("item\nx\ny\n")
    source = ItemsSource(RawTable(("items.csv",)), "item")
    spec = replace(spec_of(csv(tmp_path / "first.csv", FIRST)), items=source)
    path = import_log(spec, tmp_path / "log").path
    log = GrowingLog(path)
    log.look()
    for name, time in (("z", 20), ("q", 30)):
        catalogue.write_text(f"{catalogue.read_text()}{name}\nnever {name}\n")
        append_rows(path, [csv(tmp_path / f"{name}.csv", [("a", name, time, 1, "q")])], tmp_path)
        assert len(log.look()) == 1
    assert log.dataset.schema.items == Dataset.open(path).schema.items
