"""The table of wrong raw files and the message each one gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lis_sim.data.import_spec import Feature, ItemsSource, RawTable, RepresentationSource
from lis_sim.data.importing import import_log
from lis_sim.data.raw import column_names
from lis_sim.data.raw_log import connect
from lis_sim.data.writer import DatasetWriter
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import csv_spec

HEAD = "user,item,time,label\n"
GOOD = "u1,i1,1700000000,1\nu2,i2,1700000001,0\n"
NUMBER = {"numeric": (Feature("n"),)}

WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("no file content", "", {}, r"log.csv is empty; accepted: a header line and at least one row"),
    ("no rows", HEAD, {}, r"log.csv has no rows; accepted: at least one event per label"),
    ("label 2", HEAD + GOOD + "u1,i1,1700000002,2\n", {},
     r"log.csv, row 3 \(line 4\), column 'label': '2'; accepted: 0 or 1"),
    ("label word", HEAD + "u1,i1,1700000000,yes\n", {}, "row 1.*column 'label': 'yes'; acc"),
    ("label NaN", HEAD + "u1,i1,1700000000,nan\n", {}, "column 'label': 'nan'; accepted: 0 or 1"),
    ("label missing", HEAD + GOOD + "u1,i1,1700000002,\n", {}, "column 'label': no value; a"),
    ("rule on a word", HEAD + GOOD + "u1,i1,1700000002,ok\n", {"label": "label >= 1"},
     "row 3.*column 'label': 'ok'; accepted: a finite number"),
    ("one label", HEAD + "u1,i1,1700000000,1\nu2,i2,1700000001,1\n", {},
     "all 2 events have label 1 .*Two ways out: give the impressions .*, add negatives sampled"),
    ("one label by rule", HEAD + GOOD, {"label": "label > 5"},
     r"all 2 events have label 0 \(label is 'label > 5'\)"),
    ("user missing", HEAD + GOOD + ",i1,1700000002,1\n", {},
     "row 3.*column 'user': no value; accepted: an id"),
    ("item not whole", "user,item,time,label\n1,1.5,1700000000,1\n", {"id_type": "int"},
     "column 'item': '1.5'; accepted: a whole number"),
    ("item a word", "user,item,time,label\n1,x,1700000000,1\n", {"id_type": "int"},
     "column 'item': 'x'; accepted: a whole number"),
    ("time in ms read as s", HEAD + "u1,i1,1700000000000,1\n", {},
     "column 'time': '1700000000000'; accepted: seconds since 1970, between 1990 and 2100"),
    ("time in s read as ms", HEAD + "u1,i1,1700000000,1\n", {"time_unit": "ms"},
     "accepted: milliseconds since 1970, between 1990 and 2100"),
    ("time a word", HEAD + "u1,i1,soon,1\n", {}, "column 'time': 'soon'; accepted: seconds"),
    ("time huge", HEAD + "u1,i1,1e300,1\n", {}, "column 'time': '1e300'; accepted: seconds"),
    ("time not ISO", HEAD + "u1,i1,14/11/2023,1\n", {"time_unit": "iso"},
     "column 'time': '14/11/2023'; accepted: an ISO 8601 time"),
    ("undeclared column", "user,item,time,label,price\nu1,i1,1700000000,1,3\n", {},
     "log.csv has undeclared columns: price; give each a role: `categorical`, `numeric`"),
    ("missing column", "user,item,time,lable\nu1,i1,1700000000,1\n", {},
     r"has no column 'label' \(declared as label\); did you mean 'lable'\?; it has: user, item"),
    ("short line", HEAD + GOOD + "u1,i1\n", {}, "log.csv cannot be read: CSV Error on Line: 4"),
    ("long line", HEAD + GOOD + "u1,i1,1700000000,1,9\n", {}, "be read: CSV Error on Line: 4"),
    ("number a word", "user,item,time,label,n\nu1,i1,1700000000,1,x\n", NUMBER,
     "column 'n': 'x'; accepted: a finite number in every row, or `missing:` declared"),
    ("number missing", "user,item,time,label,n\nu1,i1,1700000000,1,\n", NUMBER,
     "column 'n': no value; accepted: a finite number in every row, or `missing:`"),
    ("number infinite", "user,item,time,label,n\nu1,i1,1700000000,1,inf\n",
     {"numeric": (Feature("n", 0.0),)}, "column 'n': 'inf'; accepted: a finite number, or nothing"),
    ("category missing", "user,item,time,label,c\nu1,i1,1700000000,1,\n",
     {"categorical": (Feature("c"),)}, "column 'c': no value; accepted: a value in every row, or"),
    ("outcome a word", "user,item,time,label,o\nu1,i1,1700000000,1,x\n", {"outcomes": ("o",)},
     "column 'o': 'x'; accepted: a number, or nothing"),
    ("label known too early", "user,item,time,label,k\nu1,i1,1700000000,1,1600000000\n",
     {"label_time": "k"}, "column 'k': '1600000000'; accepted: .*not before the event's time"),
    ("label without a time", "user,item,time,label,k\nu1,i1,1700000000,0,\n",
     {"label_time": "k"}, "column 'k': no value; accepted: seconds since 1970"),
    ("conversion without a time", "user,item,time,label,k\nu1,i1,1700000000,1,\n",
     {"label_time": "k", "conversion_window": "1d"},
     "column 'k': no value; accepted: .*; nothing where the label is 0"),
    ("conversion before its event", "user,item,time,label,k\nu1,i1,1700000000,1,1600000000\n",
     {"label_time": "k", "conversion_window": "1d"},
     "column 'k': '1600000000'; accepted: .*not before the event's time; nothing where"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "changes", "message"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, text: str, changes: dict[str, Any], message: str
) -> None:
    spec = csv_spec(tmp_path, text, **changes)
    with pytest.raises(DataError, match=message):
        import_log(spec, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.csv"]  # nothing half-made is left


def test_the_first_bad_row_of_any_file_is_named(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, HEAD + GOOD)
    (tmp_path / "more.csv").write_text(HEAD + GOOD + "u1,i1,1700000002,3\n,,,\n")
    spec = replace(spec, log=RawTable(("log.csv", "more.csv")))
    with pytest.raises(DataError, match=r"^more.csv, row 3 \(line 4\), column 'label': '3'"):
        import_log(spec, tmp_path / "out")


def test_files_of_one_log_have_the_same_columns(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, HEAD + GOOD)
    (tmp_path / "more.csv").write_text("user,time\nu,1\n")
    spec = replace(spec, log=RawTable(("log.csv", "more.csv")))
    with pytest.raises(DataError, match=r"more.csv has the columns user, time; accepted: those of"):
        import_log(spec, tmp_path / "out")


def test_a_missing_file_says_where_to_get_it(tmp_path: Path) -> None:
    spec = replace(csv_spec(tmp_path, HEAD), homepage="https://example.org/logs")
    with pytest.raises(
        DataError, match=r"log.csv not found; get it from https://example.org/logs and give the"
    ):
        import_log(spec.at(tmp_path / "elsewhere"), tmp_path / "out")


def test_an_existing_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="exists already; choose another folder"):
        import_log(csv_spec(tmp_path, HEAD + GOOD), tmp_path / "out")


def test_a_memory_limit_is_a_size(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="memory_limit is 'much'; accepted: a size such as"):
        import_log(csv_spec(tmp_path, HEAD + GOOD), tmp_path / "out", memory_limit="much")


ITEMS: list[tuple[str, str]] = [
    ("item,genre\ni1,drama\n", r"log.csv, row 2 \(line 3\), column 'item': 'i2' is not in items"),
    ("item,genre\ni1,drama\ni2,war\ni1,war\n", r"items.csv, row 3 .*'i1' for the second time"),
    ("item,genre\ni1,drama\ni2,\n", r"items.csv, row 2 .*'genre': no usable value; accepted: a v"),
    ("item,genre\n,drama\n", r"items.csv, row 1 .*column 'item': no usable value; accepted: an id"),
    ("item,genre,year\ni1,drama,3\n", r"items.csv has undeclared columns: year; .*items.ignored"),
    ("id,genre\ni1,drama\n", r"items.csv has no column 'item' \(declared as item\)"),
]


@pytest.mark.parametrize(("text", "message"), ITEMS)
def test_a_wrong_items_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "items.csv").write_text(text)
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("genre"),))
    with pytest.raises(DataError, match=message):
        import_log(csv_spec(tmp_path, HEAD + GOOD, items=source), tmp_path / "out")


VECTORS: list[tuple[dict[str, Any], str]] = [
    ({"item_id": ["i1", "i9"], "vector": [[1.0], [2.0]]},
     r"r.parquet, row 2.*'item_id': 'i9'; accepted: an item of the log .*\(1 are not"),
    ({"item_id": ["i1", "i2"], "vector": [[1.0], [2.0, 3.0]]}, "row 2.*accepted: 1 numbers"),
    ({"item_id": ["i1", "i1"], "vector": [[1.0], [2.0]]}, "row 2.*'i1'; accepted: every item at m"),
    ({"item_id": ["i1", None], "vector": [[1.0], [2.0]]}, "row 2.*'item_id': None; accepted: an"),
    ({"item": ["i1"], "vector": [[1.0]]}, "no column 'item_id'.*; it has: item, vector"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "message"), VECTORS)
def test_a_wrong_representation_is_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "r.parquet")
    source = RepresentationSource("r", "r.parquet")
    spec = csv_spec(tmp_path, HEAD + GOOD, representations=(source,))
    with pytest.raises(DataError, match=message):
        import_log(spec, tmp_path / "out")


def test_a_cut_is_a_time(tmp_path: Path) -> None:
    pq.write_table(pa.table({"item_id": ["i1"], "vector": [[1.0]]}), tmp_path / "r.parquet")
    source = RepresentationSource("r", "r.parquet", trained_until="last week")
    spec = csv_spec(tmp_path, HEAD + GOOD, representations=(source,))
    with pytest.raises(ConfigError, match="trained_until is 'last week'; accepted: an ISO 8601"):
        import_log(spec, tmp_path / "out")


def test_replace_touches_nothing_but_a_dataset(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="is not a dataset"):
        DatasetWriter(precious, replace=True)
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_a_file_that_is_not_text_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes("usér,item\n1,2\n".encode("latin-1"))
    with (
        pytest.raises(DataError, match=r"not UTF-8 text.*iconv.*latin-1"),
        connect("200MB", tmp_path) as connection,
    ):
        column_names(RawTable(files=("log.csv",)), [path], connection)
