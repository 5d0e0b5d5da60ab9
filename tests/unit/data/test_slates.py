"""Slates: one row a request becomes one event a shown item, in the order they were shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.append import append_rows
from lis_sim.data.blocks import concatenate
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, ItemsSource, RawTable
from lis_sim.data.importing import DUPLICATE, EMPTY_REQUEST, UNKNOWN_ITEM, import_log
from lis_sim.data.presets import parse_spec
from lis_sim.data.slate import Slate
from lis_sim.data.spec_file import read_spec, spec_mapping
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import FIRST_S

# user, seconds after FIRST_S, items shown, how many of them (from the first) clicked
REQUEST = st.tuples(
    st.sampled_from("uvw"),
    st.integers(0, 5),
    st.lists(st.sampled_from("abcdefg"), max_size=5),
    st.integers(0, 2),
)
BOTH: list[Any] = [("u", 0, ["a", "b"], 1)]
FORMS = ("jsonl", "parquet", "csv", "marked")


def write(path: Path, requests: Sequence[Any], form: str) -> None:
    rows = [(user, FIRST_S + time, shown, shown[:count]) for user, time, shown, count in requests]
    if form == "jsonl":
        names = ("user", "time", "shown", "clicked")
        path.write_text("".join(json.dumps(dict(zip(names, r, strict=True))) + "\n" for r in rows))
    elif form == "parquet":
        columns: dict[str, Any] = {
            name: [row[at] for row in rows]
            for at, name in enumerate(("user", "time", "shown", "clicked"))
        }
        lists = {
            name: pa.array(columns[name], pa.list_(pa.string())) for name in ("shown", "clicked")
        }
        pq.write_table(pa.table({**columns, **lists}), path)
    elif form == "csv":
        lines = (f"{u},{t},{' '.join(s)},{' '.join(c)}" for u, t, s, c in rows)
        path.write_text("\n".join(["user,time,shown,clicked", *lines]) + "\n")
    else:
        lines = (f"{u}\t{t}\t{' '.join(f'{i}-{int(i in c)}' for i in s)}" for u, t, s, c in rows)
        path.write_text("\n".join(["user\ttime\tshown", *lines]) + "\n")


def spec_of(folder: Path, form: str, file: str = "log", **changes: Any) -> ImportSpec:
    table = RawTable((file,), "tsv" if form == "marked" else form)
    slate = Slate("shown", mark="-") if form == "marked" else Slate("shown", "clicked")
    spec = ImportSpec("slates", table, "user", "shown", "time", slate.label, slate=slate)
    return replace(spec, folder=folder, **changes)


def events(log: Dataset) -> list[tuple[str, int, str, int]]:
    block = concatenate(list(log.blocks()))
    users, items = log.vocab("user").to_pylist(), log.vocab("item").to_pylist()
    return [
        (users[u], int(t) // 1_000_000 - FIRST_S, items[i], int(y))
        for u, t, i, y in zip(block.user, block.time_us, block.item, block.label, strict=True)
    ]


def column(log: Dataset, name: str) -> list[Any]:
    parts = (pq.read_table(log.path / "events" / file.name) for file in log.record.files)
    return [value for part in parts for value in part.column(name).to_pylist()]


@settings(max_examples=30)
@given(requests=st.lists(REQUEST, max_size=8).map(lambda more: BOTH + more),
       form=st.sampled_from(FORMS))  # fmt: skip
def test_every_shown_item_is_an_event(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Any], form: str
) -> None:
    folder = tmp_path_factory.mktemp("slates")
    write(folder / "log", requests, form)
    log = import_log(spec_of(folder, form), folder / "out")
    expected, numbers = [], []
    for number, (user, time, shown, count) in sorted(
        enumerate(requests, start=1), key=lambda one: one[1][1]
    ):
        expected += [(user, time, item, int(item in shown[:count])) for item in shown]
        numbers += [number] * len(shown)
    assert events(log) == expected
    assert column(log, "request") == numbers
    assert log.record.request
    empty = sum(not shown for _, _, shown, _ in requests)
    assert log.record.rows_in == len(expected) + empty
    assert log.record.dropped == ({EMPTY_REQUEST: empty} if empty else {})
    said = f"{len(requests):,} requests showed {len(expected):,} items: so many events"
    assert said in log.record.blemishes


def test_the_id_of_a_request_stays(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "user": [1, 2],
        "time": [FIRST_S + 1, FIRST_S],
        "shown": [[10, 11, 12], [11, 10]],
        "clicked": [[12, 10], None],
        "id": ["r-1", "r-2"],
        "place": ["home", "search"],
    }
    pq.write_table(pa.table(columns), tmp_path / "log")
    changes: dict[str, Any] = {
        "request": "id",
        "categorical": (Feature("place"),),
        "id_type": "int",
    }
    log = import_log(spec_of(tmp_path, "parquet", **changes), tmp_path / "out")
    assert column(log, "request") == ["r-2", "r-2", "r-1", "r-1", "r-1"]
    assert log.vocab("item").to_pylist() == [11, 10, 12]
    [block] = log.blocks()
    assert block.label.tolist() == [0, 0, 1, 0, 1]
    assert log.vocab("place").to_pylist() == ["search", "home"]
    numbers = pa.array([7, 8], pa.int64())
    pq.write_table(pa.table({**columns, "id": numbers}), tmp_path / "log")
    log = import_log(spec_of(tmp_path, "parquet", **changes), tmp_path / "again")
    assert column(log, "request") == [8, 8, 7, 7, 7]


def test_a_log_of_one_row_an_event_may_have_requests_too(tmp_path: Path) -> None:
    rows = [("u", "i", FIRST_S, 1, "a"), ("u", "j", FIRST_S, 0, "a"), ("v", "i", FIRST_S, 0, "b")]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "log.csv").write_text(f"user,item,time,label,session\n{text}\n")
    table = RawTable(("log.csv",))
    spec = ImportSpec("r", table, "user", "item", "time", "label", request="session")
    log = import_log(spec.at(tmp_path), tmp_path / "out")
    assert column(log, "request") == ["a", "a", "b"]


def test_what_is_unknown_or_logged_twice_is_dropped_by_event(tmp_path: Path) -> None:
    requests = [*BOTH, *BOTH, ("u", 1, ["a", "a", "x"], 0)]
    write(tmp_path / "log", requests, "jsonl")
    (tmp_path / "items.csv").write_text("item\na\nb\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", unknown="drop")
    spec = spec_of(tmp_path, "jsonl", items=source, drop_duplicates=True)
    log = import_log(spec, tmp_path / "out")
    assert events(log) == [("u", 0, "a", 1), ("u", 0, "b", 0), ("u", 1, "a", 0), ("u", 1, "a", 0)]
    assert log.record.dropped == {DUPLICATE: 2, UNKNOWN_ITEM: 1}
    with pytest.raises(DataError, match=r"log, row 3 \(line 3\), column 'shown': 'x' is not in"):
        import_log(replace(spec, items=replace(source, unknown="error")), tmp_path / "again")


@pytest.mark.parametrize("form", FORMS)
def test_slates_are_appended(tmp_path: Path, form: str) -> None:
    write(tmp_path / "log", [*BOTH, ("v", 1, [], 0)], form)
    import_log(spec_of(tmp_path, form), tmp_path / "out")
    write(tmp_path / "more", [("w", 9, ["c", "a"], 1), ("v", 5, ["d"], 0), ("v", 9, [], 0)], form)
    done = append_rows(tmp_path / "out", [tmp_path / "more"], lateness_us=2_000_000)
    assert (done.rows_in, done.rows, done.held, done.dropped) == (4, 1, 2, {EMPTY_REQUEST: 1})
    write(tmp_path / "last", [("u", 20, ["e"], 1)], form)
    done = append_rows(tmp_path / "out", [tmp_path / "last"])
    assert (done.rows_in, done.rows, done.held_before) == (1, 3, 2)
    log = Dataset.open(tmp_path / "out")
    assert events(log)[2:] == [
        ("v", 5, "d", 0),
        ("w", 9, "c", 1),
        ("w", 9, "a", 0),
        ("u", 20, "e", 1),
    ]
    requests = column(log, "request")
    assert requests[3] == requests[4]
    assert len(set(requests)) == 4  # no number means two requests, also after appends
    assert log.record.rows_in == log.record.rows + sum(log.record.dropped.values())


def test_appended_requests_have_ids_of_the_same_type(tmp_path: Path) -> None:
    def part(name: str, ids: list[Any], time: int) -> None:
        columns: dict[str, Any] = {"user": [1], "time": [time], "shown": [[1, 2]], "clicked": [[2]]}
        pq.write_table(pa.table({**columns, "id": ids}), tmp_path / name)

    part("log", [7], FIRST_S)
    import_log(spec_of(tmp_path, "parquet", request="id"), tmp_path / "out")
    part("more", [8], FIRST_S + 1)
    assert append_rows(tmp_path / "out", [tmp_path / "more"]).rows == 2
    part("other", ["nine"], FIRST_S + 2)
    with pytest.raises(DataError, match=r"'request' of the new rows is of type string; .*int64"):
        append_rows(tmp_path / "out", [tmp_path / "other"])
    assert column(Dataset.open(tmp_path / "out"), "request") == [7, 7, 8, 8]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            '"shown": ["a"], "clicked": ["b"]',
            r"row 2 \(line 2\), column 'clicked': '\[b\]'; .*shown",
        ),
        ('"shown": [], "clicked": ["b"]', r"row 2 \(line 2\), column 'clicked': '\[b\]'; accepted"),
        ('"shown": ["a"], "clicked": [null]', "column 'clicked'.*accepted: items that were shown"),
        ('"shown": ["a", null], "clicked": []', "column 'shown': no value; accepted: an id"),
        ('"shown": ["a", ""], "clicked": []', "column 'shown': ''; accepted: an id"),
        ('"shown": "a b", "clicked": []', "cannot be read: .*Expected ARRAY, but got VARCHAR"),
        (
            '"shown": [], "clicked": [], "time": 5',
            r"row 2 \(line 2\), column 'time': '5'; accepted",
        ),
    ],
)
def test_lists_that_are_not_understood(tmp_path: Path, lines: str, message: str) -> None:
    write(tmp_path / "log", BOTH, "jsonl")
    more = "" if '"time"' in lines else f', "time": {FIRST_S}'
    with (tmp_path / "log").open("a") as file:
        file.write('{"user": "u", ' + lines + more + "}\n")
    with pytest.raises(DataError, match=message):
        import_log(spec_of(tmp_path, "jsonl"), tmp_path / "out")


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ("a-1 b-2", "row 2 .line 3., column 'shown': 'b-2'; accepted: items that end with '-1'"),
        ("a-1 b", "column 'shown': 'b'; accepted: an id before each '-1' and '-0'"),
        ("a-1  b-0", "column 'shown': ''; accepted: an id before"),
        ("a-1 -0", "column 'shown': '-0'; accepted: an id before"),
    ],
)
def test_marks_that_are_not_understood(tmp_path: Path, shown: str, message: str) -> None:
    write(tmp_path / "log", BOTH, "marked")
    with (tmp_path / "log").open("a") as file:
        file.write(f"u\t{FIRST_S}\t{shown}\n")
    with pytest.raises(DataError, match=message):
        import_log(spec_of(tmp_path, "marked"), tmp_path / "out")


@pytest.mark.parametrize(
    ("shown", "clicked", "message"),
    [
        ([[1, 2]], [["1"]], "'shown' is of type list<.*int64>, 'clicked' of list<.*string>; acc"),
        ([[1, 2]], [1], "'clicked' of int64; accepted: two lists of ids, or two of text"),
        ([[[1]]], [[[1]]], "accepted: two lists of ids"),
        ([[1, 2]], ["1"], "'clicked' of string; accepted: two lists"),
    ],
)
def test_types_of_lists(tmp_path: Path, shown: Any, clicked: Any, message: str) -> None:
    columns: dict[str, Any] = {"user": [1], "time": [FIRST_S], "shown": shown, "clicked": clicked}
    pq.write_table(pa.table(columns), tmp_path / "log")
    with pytest.raises(DataError, match=message):
        import_log(spec_of(tmp_path, "parquet"), tmp_path / "out")


def test_a_slate_in_a_preset(tmp_path: Path) -> None:
    content = {"name": "n", "files": ["log"], "format": "jsonl", "user": "user", "time": "time",
               "slate": {"shown": "shown", "clicked": "clicked"}}  # fmt: skip
    spec = parse_spec(content, "mine.yaml")
    assert parse_spec(spec_mapping(spec), "again") == spec
    write(tmp_path / "log", BOTH, "jsonl")
    log = import_log(spec.at(tmp_path), tmp_path / "out")
    assert read_spec(log.path) == spec


GOOD: dict[str, Any] = {"name": "n", "files": ["log"], "user": "u", "time": "t"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slate": {"shown": "s"}}, "clicked None and mark None; accepted: one of the two"),
        ({"slate": {"shown": "s", "clicked": "c", "mark": "-"}}, "clicked 'c' and mark '-'; acc"),
        ({"slate": {"shown": "s", "clicked": "s"}}, "has 's' as shown and as clicked; give two"),
        ({"slate": {"shown": "s", "mark": "-----"}}, "mark is '-----'; accepted: one to 4"),
        ({"slate": {"clicked": "s"}}, "slate: shown is missing"),
        ({"slate": {"shwon": "s"}}, "unknown key 'shwon'; did you mean 'shown'"),
        ({"slate": "s"}, "slate is 's'; accepted: a group with shown"),
        ({"slate": {"shown": "s", "mark": "-"}, "item": "i"}, "item is 'i'; accepted: one of the"),
        ({"slate": {"shown": "u", "mark": "-"}}, "column 'u' is declared as user and as shown"),
        ({}, "item is missing; required"),
    ],
)
def test_a_slate_that_is_none(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_spec({**GOOD, **changes}, "mine.yaml")
