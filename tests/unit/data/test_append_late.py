"""Rows that come late: those that wait, and those that are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from lis_sim.data.append import append_rows
from lis_sim.data.append_checks import check_types
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.errors import DataError
from tests.unit.data.appending import (
    FIRST,
    LATER_STILL,
    Row,
    S,
    columns_of,
    content,
    csv,
    imported,
    spec_of,
)
from tests.unit.data.logs import FIRST_S


def test_rows_wait_until_they_are_old_enough(tmp_path: Path) -> None:
    """Three files that overlap by up to ten seconds give the log of one sorted file."""
    first = [("a", "x", 0, 1, "p"), ("b", "y", 2, 0, "q")]
    pieces: list[list[Row]] = [
        [("c", "z", 20, 1, "p"), ("a", "y", 30, 0, "q"), ("d", "v", 21, 0, "p")],
        [("e", "w", 24, 1, "r"), ("b", "x", 30, 0, "q"), ("a", "x", 33, 1, "q")],
        [("f", "u", 29, 1, "p"), ("a", "w", 60, 0, "q")],
    ]
    log = import_log(spec_of(csv(tmp_path / "first.csv", first)), tmp_path / "log")
    held, told = 0, []
    for number, rows in enumerate(pieces):
        done = append_rows(log.path, [csv(tmp_path / f"{number}.csv", rows)], lateness_us=10 * S)
        assert done.rows_in + held == done.rows + done.held
        assert (done.held_before, done.dataset.record.rows_in) == (held, done.dataset.rows)
        held = done.held
        told.append((done.rows, done.held))
    assert told == [(1, 2), (1, 4), (5, 1)]
    done = append_rows(log.path, [csv(tmp_path / "end.csv", [("a", "x", 60, 1, "p")])])
    assert (done.rows, done.held, done.held_before) == (2, 0, 1)
    everything = first + [row for rows in pieces for row in rows] + [("a", "x", 60, 1, "p")]
    whole = import_log(spec_of(csv(tmp_path / "all.csv", everything)), tmp_path / "whole")
    assert columns_of(done.dataset) == columns_of(whole)
    assert done.dataset.vocab("item").to_pylist() == whole.vocab("item").to_pylist()
    assert append_rows(log.path, [csv(tmp_path / "l.csv", LATER_STILL)]).held_before == 0


def test_what_is_later_than_the_lateness_is_refused(tmp_path: Path) -> None:
    log = imported(tmp_path)
    rows: list[Row] = [("a", "x", 20, 1, "p"), ("a", "x", 40, 1, "p")]
    done = append_rows(log.path, [csv(tmp_path / "one.csv", rows)], lateness_us=10 * S)
    assert (done.rows, done.held) == (1, 1)
    late = csv(tmp_path / "late.csv", [("a", "x", 19, 1, "p")])
    with pytest.raises(DataError, match=r"late\.csv, row 1 .* is 1 s before"):
        append_rows(log.path, [late], lateness_us=10 * S)
    # All that is new waits: nothing is appended, nothing is lost.
    done = append_rows(
        log.path, [csv(tmp_path / "two.csv", [("a", "x", 41, 0, "p")])], lateness_us=60 * S
    )
    assert (done.rows, done.held, done.parts) == (0, 2, ())
    assert done.dataset.fingerprint == Dataset.open(log.path).fingerprint


def test_a_late_row_is_refused_at_once_though_it_would_be_held(tmp_path: Path) -> None:
    log = imported(tmp_path)
    before = content(log.path)
    late: list[Row] = [("a", "x", 12, 1, "p"), ("c", "y", 7, 1, "p")]
    with pytest.raises(DataError, match=r"late\.csv, row 2 \(line 3\): its time \d+ is 2 s before"):
        append_rows(log.path, [csv(tmp_path / "late.csv", late)], lateness_us=10 * S)
    assert content(log.path) == before
    for number, at in enumerate((14, 30, 60)):
        row: list[Row] = [("c", "y", at, 1, "r")]
        done = append_rows(log.path, [csv(tmp_path / f"{number}.csv", row)], lateness_us=10 * S)
        assert (done.rows, done.held) == (min(number, 1), 1)


def test_an_unknown_item_is_refused_before_it_is_held(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item\nx\ny\n")
    source = ItemsSource(RawTable(("items.csv",)), "item")
    spec = replace(spec_of(csv(tmp_path / "first.csv", FIRST)), items=source)
    log = import_log(spec, tmp_path / "log")
    later = csv(tmp_path / "later.csv", [("a", "z", 20, 1, "q")])
    with pytest.raises(DataError, match=r"later\.csv, row 1 .*'z' is not in items\.csv"):
        append_rows(log.path, [later], tmp_path, lateness_us=60 * S)
    assert not (log.path / "held.parquet").exists()


def test_ids_of_another_type_are_refused() -> None:
    batch = pa.RecordBatch.from_pydict({"user": ["a"], "time": [FIRST_S * S]})
    with pytest.raises(DataError, match="column 'user' of the new rows is of type string; acc"):
        check_types(batch, {"user": pa.int64(), "item": pa.int64()})
    check_types(batch, {"user": pa.string()})
