"""Bad input that was once believed, or told in a library's words."""

from __future__ import annotations

import datetime
import json
import os
from collections import Counter
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
from lis_sim.data.describe import describe
from lis_sim.data.import_representation import cut_us
from lis_sim.data.import_spec import Feature, ItemsSource, RawTable
from lis_sim.data.importing import EventEncoder, check_all_rows, import_log
from lis_sim.data.parquet_file import read_columns
from lis_sim.data.presets import parse_spec
from lis_sim.data.raw_log import Survey
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import columns_of, csv_spec, make_log

HEAD = "user,item,time,label\n"
GOOD = "u1,i1,1700000000,1\nu2,i2,1700000001,0\n"


def ids_of(dataset: Dataset) -> list[object]:
    return list(dataset.vocab("user").to_pylist())


@pytest.mark.parametrize("name", ["log[1].csv", "lo*.csv", "lo?.csv"])
def test_a_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    spec = csv_spec(tmp_path, "")
    (tmp_path / "log1.csv").write_text(HEAD + GOOD.replace("u", "other"))
    (tmp_path / name).write_text(HEAD + GOOD)
    dataset = import_log(replace(spec, log=RawTable((name,))), tmp_path / "out")
    assert ids_of(dataset) == ["u1", "u2"]
    assert describe(dataset).rows == 2


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_is_no_column(tmp_path: Path, form: str) -> None:
    place = tmp_path / "label=1" / "user=x"
    place.mkdir(parents=True)
    (place / "log.csv").write_text(HEAD + GOOD)
    columns: dict[str, Any] = {"user": ["u1", "u2"], "item": [1, 2], "label": [1, 0]}
    columns["time"] = [1.7e9, 1.7e9]
    pq.write_table(pa.table(columns), place / "log.parquet")
    spec = replace(csv_spec(place, HEAD + GOOD), log=RawTable((f"log.{form}",), form))
    dataset = import_log(spec, place / "out")
    assert ids_of(dataset) == ["u1", "u2"]
    assert dataset.label_rate == 0.5
    assert describe(dataset).label_rate == 0.5


TEXTS = [
    ('{"user": 1}\n', "is JSON: give the format jsonl"),
    ("\x1f\x8b\x08", r"is compressed \(gzip\) and cut short or damaged .*; get it again"),
    ("PAR1", "is a Parquet file: give the format parquet"),
    ("u\0s\0e\0r\0", "NUL characters, as UTF-16"),
    ("\n" + HEAD + GOOD, "its first line is blank"),
    ("user,item,time,label,user\n", "columns 1 and 5 are both called 'user'"),
    ("user,item,time,label,USER\n", r"both called 'USER' \(case does not count\)"),
    ("user,item,time,label,\n", "column 5 has no name"),
    ("user,item,time,label,__row\n", "which the import uses itself"),
    ('"us\ner",item,time,label\n', "first line cannot be read .*quotes closed"),
    ("x" * 1_500_000, "first 1,000,000 bytes have no line end"),
    (HEAD + GOOD + "u1,i1," + "x" * 9_999 + ",1\n", "column 'time': 'x{10,100}...x{10,100}'; acc"),
    (HEAD + '"u\n\n1",i1,1700000000,1\n\nu,i,1700000000,3\n', r"row 2 \(line 6\), column 'label'"),
]


@pytest.mark.parametrize(("text", "message"), TEXTS)
def test_what_a_text_file_really_is(tmp_path: Path, text: str, message: str) -> None:
    spec = csv_spec(tmp_path, "")
    (tmp_path / "log.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message) as told:
        import_log(spec, tmp_path / "out")
    assert len(str(told.value)) < 1_000


COLUMNS: list[tuple[str, Any, str]] = [
    ("user", pa.array([[1], [2]]), "column 'user' .*is of type list.*accepted: text, whole"),
    ("user", pa.array([None, b"b"]), "row 1, column 'user': no value; accepted: an id"),
    ("label", pa.array([b"1", b"0"]), "is of type binary; accepted"),
    ("user", pa.array([1.0, float("nan")]), "row 2, column 'user': 'nan'; accepted: an id, not"),
    ("time", pa.array([datetime.date(2024, 1, 1)] * 2), "is of type date32.*time_unit iso"),
    ("label", pa.array([{"a": 1}] * 2), "is of type struct"),
    (
        "time",
        pa.array([datetime.datetime(1950, 1, 1, tzinfo=datetime.UTC)] * 2),
        "column 'time': '1950-01-01 00:00:00.*accepted: seconds since 1970, between",
    ),
]


@pytest.mark.parametrize(("name", "column", "message"), COLUMNS)
def test_an_odd_type_is_told(tmp_path: Path, name: str, column: Any, message: str) -> None:
    columns: dict[str, Any] = {"user": ["u", "v"], "item": ["i", "j"], "label": [1, 0]}
    columns["time"] = [1.7e9, 1.7e9]
    pq.write_table(pa.table({**columns, name: column}), tmp_path / "log.parquet")
    spec = replace(csv_spec(tmp_path, ""), log=RawTable(("log.parquet",), "parquet"))
    with pytest.raises(DataError, match=message):
        import_log(spec, tmp_path / "out")


def test_parts_of_other_types_are_not_rounded(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"user": [1, 2], "item": ["i", "j"], "label": [1, 0]}
    columns["time"] = [1.7e9, 1.7e9]
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    pq.write_table(pa.table({**columns, "user": [1.5, 2.5]}), tmp_path / "b.parquet")
    table = RawTable(("a.parquet", "b.parquet"), "parquet")
    with pytest.raises(DataError, match=r"b.parquet, column 'user' is of type double; acc.*int64"):
        import_log(replace(csv_spec(tmp_path, ""), log=table), tmp_path / "out")


def test_an_id_in_base_16_is_no_whole_number(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, HEAD + "0x10,1,1700000000,1\n16,1,1700000000,0\n", id_type="int")
    with pytest.raises(DataError, match="column 'user': '0x10'; accepted: a whole number"):
        import_log(spec, tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "values"),
    [("user", [0.5]), ("item", [2**32 + 1]), ("place", [float("nan")]), ("time", [1.5e15 + 0.25])],
)
def test_an_index_is_not_cut_to_fit(tmp_path: Path, column: str, values: list[Any]) -> None:
    log = make_log(tmp_path / "log", columns_of(range(8)))
    part = log.path / "events" / "part-00000.parquet"
    table = pq.read_table(part)
    at = table.schema.names.index(column)
    pq.write_table(table.set_column(at, column, pa.array(values * 8)), part)
    with pytest.raises(DataError, match=f"row 0.*column '{column}': .*accepted: a whole number of"):
        list(log.blocks())


@settings(max_examples=25)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_told_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    log = make_log(folder / "log", columns_of(range(200)))
    before = next(log.blocks())
    part = log.path / "events" / "part-00000.parquet"
    content = bytearray(part.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    part.write_bytes(content)
    try:
        after = next(log.blocks())
    except DataError:
        return
    for name in ("user", "item", "time_us", "label", "categorical", "numeric"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


RECORDS: list[tuple[dict[str, Any], str]] = [
    ({"rows": "8"}, "rows is '8'; accepted: a whole number"),
    ({"rows": 9}, "its files have 8 rows, rows is 9"),
    ({"dropped": {"odd": 1}}, "8 rows were read or sampled, 8 are there and 1 dropped"),
    ({"positives": 9}, "positives is 9 of 8 rows"),
    ({"label_time": "no"}, "label_time is 'no'; accepted: true or false"),
    ({"files": [{"name": "../../x.parquet", "rows": 8}]}, "becomes the name of a file"),
    ({"numeric": ["price", "price"]}, "a column called 'price' is there twice"),
    ({"colour": 1}, "unknown key 'colour'"),
    ({"users": True}, "users is True; accepted"),
]


@pytest.mark.parametrize(("changes", "message"), RECORDS)
def test_an_edited_record_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    log = make_log(tmp_path / "log", columns_of(range(8)))
    path = log.path / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(DataError, match=message):
        Dataset.open(log.path)


def test_a_record_that_counts_no_raw_rows_takes_more_in(tmp_path: Path) -> None:
    dataset = import_log(csv_spec(tmp_path, HEAD + GOOD), tmp_path / "out")
    path = dataset.path / "dataset.json"
    record = json.loads(path.read_text())
    del record["rows_in"]
    path.write_text(json.dumps(record))
    (tmp_path / "new.csv").write_text(HEAD + GOOD.replace("17000000", "17000001"))
    append_rows(dataset.path, [tmp_path / "new.csv"])
    after = Dataset.open(dataset.path).record
    assert (after.rows, after.rows_in) == (4, 0)


@pytest.mark.parametrize("file", ["vocab/user", "items"])
def test_a_damaged_side_table_is_told(tmp_path: Path, file: str) -> None:
    spec = csv_spec(tmp_path, HEAD + GOOD)
    dataset = import_log(spec, tmp_path / "out")
    (dataset.path / f"{file}.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match=r"\.parquet is not a Parquet file that can be read"):
        dataset.vocab("user") if file != "items" else dataset.item_columns()


def test_a_damaged_log_is_not_described(tmp_path: Path) -> None:
    log = make_log(tmp_path / "log", columns_of(range(8)))
    (log.path / "events" / "part-00000.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="is not a Parquet file that can be read"):
        describe(log)


def test_what_was_appended_must_be_known(tmp_path: Path) -> None:
    dataset = import_log(csv_spec(tmp_path, HEAD + GOOD), tmp_path / "out")
    (tmp_path / "new.csv").write_text(HEAD + GOOD.replace("17000000", "17000001"))
    (dataset.path / "appended.json").write_text("{")
    with pytest.raises(DataError, match=r"appended.json is not JSON.*nobody knows which files"):
        append_rows(dataset.path, [tmp_path / "new.csv"])


def test_a_file_larger_than_memory_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.parquet"
    pq.write_table(pa.table({"a": pa.array(np.zeros(100_000))}), path)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(os, "sysconf", lambda name: 700)
    with pytest.raises(DataError, match=r"holds 100,000 rows whose values need 0\.0 GB of memory"):
        read_columns(path, ["a"])


SPECS: list[tuple[dict[str, Any], str]] = [
    ({"drop_duplicates": "false"}, "drop_duplicates is 'false'; accepted: true or false"),
    ({"categorical": "place"}, "categorical is 'place'; accepted: a list"),
    ({"categorical": {"place": "x"}}, "categorical is .*accepted: a list"),
    ({"numeric": [{"name": "n", "missing": "x"}]}, "n: missing is 'x'; accepted: a finite number"),
    ({"numeric": [{"name": "n", "missing": float("nan")}]}, "accepted: a finite number"),
    ({"user": 5}, "user is 5; accepted: text"),
    ({"separator": "\n"}, "separator is .*accepted: one to four bytes"),
    ({"items": {}}, "items: files is missing"),
    ({"name": "../x"}, "becomes the name of a file"),
    ({"representations": [{"name": "a", "file": "b"}] * 2}, "two representations are called 'a'"),
    ({"separator": "\x01", "homepage": "x" * 100_001}, "homepage is .*; accepted: 2,000 at"),
    ({"separator": "\x01", "homepage": "\x01"}, "homepage holds the control character"),
]


@pytest.mark.parametrize(("changes", "message"), SPECS)
def test_a_setting_has_its_type(changes: dict[str, Any], message: str) -> None:
    good = {"name": "n", "files": ["log.csv"], "user": "u", "item": "i", "time": "t", "label": "l"}
    with pytest.raises(ConfigError, match=f"mine.yaml.*{message}"):
        parse_spec({**good, **changes}, "mine.yaml")


def test_a_separator_may_be_a_control_character() -> None:
    columns = {"user": "u", "item": "i", "time": "t", "label": "l"}
    items = {"files": ["i.csv"], "item": "i", "separator": "\x02"}
    given = {"name": "n", "files": ["l.csv"], **columns, "separator": "\x01", "items": items}
    spec = parse_spec(given, "mine.yaml")
    assert spec.items is not None
    assert (spec.log.separator, spec.items.table.separator) == ("\x01", "\x02")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00+05:00", "9999-12-31T23:59-05:00", "1700000000", "x" * 9_999]
)
def test_a_cut_is_a_time(text: str) -> None:
    with pytest.raises(ConfigError, match=r"trained_until is .*accepted: "):
        cut_us("representation r", text)


@pytest.mark.parametrize("text", ["0001-01-01", "1970-01-01", "2150-01-01T12:00+01:00"])
def test_a_cut_may_be_any_time(text: str) -> None:
    cut = cut_us("pairs p", text)  # 1970: has never seen this log
    assert cut is not None
    found = datetime.datetime.fromtimestamp(cut / 1e6, datetime.UTC)
    given = datetime.datetime.fromisoformat(text)
    assert found == (given if given.tzinfo else given.replace(tzinfo=datetime.UTC))


def test_a_log_that_changes_while_it_is_read(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, HEAD + GOOD)
    encoder = EventEncoder(spec, None, None)  # type: ignore[arg-type]
    encoder.dropped["x"] = 1
    check_all_rows(Survey(10, 5, 0, 0), 9, encoder)
    check_all_rows(Survey(10, 5, 0, 0), 8, encoder, held_before=2, held=3)
    with pytest.raises(DataError, match="10 rows were counted, 12 were read after that: the raw"):
        check_all_rows(Survey(10, 5, 0, 0), 11, encoder)


@settings(max_examples=12)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("uvw"), st.sampled_from("ijkx"), st.integers(0, 3), st.integers(0, 1)
        ),
        max_size=25,
    ),
    more=st.lists(
        st.tuples(
            st.sampled_from("uvz"), st.sampled_from("ijx"), st.integers(5, 9), st.integers(0, 1)
        ),
        min_size=1,
        max_size=12,
    ),
    late=st.integers(0, 3),
)
def test_every_row_is_used_or_dropped_for_a_reason(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], more: list[Any], late: int
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    rows = [("u", "i", 0, 0), ("u", "j", 0, 1), *rows]
    lines = [",".join((user, item, str(1_700_000_000 + time), str(label)))
             for user, item, time, label in (*rows, *more)]  # fmt: skip
    (folder / "items.csv").write_text("item,genre\ni,a\nj,b\nk,a\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("genre"),), unknown="drop")
    spec = csv_spec(folder, HEAD + "\n".join(lines[: len(rows)]) + "\n", items=source)
    record = import_log(replace(spec, drop_duplicates=True), folder / "out").record
    # Counted without any of the importer's code: of equal rows one stays, then unknown items go.
    kept = [row for row in Counter(rows) if row[1] != "x"]
    unknown = sum(row[1] == "x" for row in Counter(rows))
    assert record.rows_in == len(rows)
    assert record.rows == len(kept)
    assert sorted(record.dropped.values()) == sorted(
        count for count in (len(rows) - len(Counter(rows)), unknown) if count
    )
    (folder / "new.csv").write_text(HEAD + "\n".join(lines[len(rows) :]) + "\n")
    newest = max(row[2] for row in more)
    settled = [row for row in Counter(more) if row[2] <= newest - late and row[1] != "x"]
    waiting = [row for row in more if row[2] > newest - late]
    if not settled and not waiting:
        with pytest.raises(DataError, match=r"none of the .* new rows is left"):
            append_rows(folder / "out", [folder / "new.csv"], folder, late * 1_000_000)
        return
    done = append_rows(folder / "out", [folder / "new.csv"], folder, late * 1_000_000)
    assert (done.rows_in, done.rows, done.held) == (len(more), len(settled), len(waiting))
    assert sum(done.dropped.values()) == len(more) - len(settled) - len(waiting)
    after = Dataset.open(folder / "out").record
    assert after.rows_in == after.rows + sum(after.dropped.values())
