"""Compressed files, folders of parts, JSON Lines: the same dataset as from plain CSV."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.append import append_rows
from lis_sim.data.cache import import_key
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ImportSpec, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from lis_sim.errors import ConfigError, DataError
from tests.unit.data.logs import FIRST_S, csv_spec

HEAD = "user,item,time,label\n"
ROWS = [f"u{n % 7},i{n % 11},{FIRST_S + n // 2},{n % 2}\n" for n in range(400)]


def zstd(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstd}


def spec_of(folder: Path, *files: str, form: str = "csv", **table: Any) -> ImportSpec:
    log = RawTable(files, form, **table)
    return ImportSpec("small", log, "user", "item", "time", "label", folder=folder)


def plain(folder: Path) -> Dataset:
    """Return the dataset of all rows as one plain file."""
    (folder / "plain.csv").write_text(HEAD + "".join(ROWS))
    return import_log(spec_of(folder, "plain.csv"), folder / "plain")


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_log_is_the_same_log(tmp_path: Path, ending: str) -> None:
    pack = PACKERS[ending]
    # The name says nothing: `log` is compressed, `odd.gz` is not.
    (tmp_path / "log").write_bytes(pack((HEAD + "".join(ROWS)).encode()))
    (tmp_path / "odd.gz").write_text(HEAD + "".join(ROWS))
    expected = plain(tmp_path).fingerprint
    assert import_log(spec_of(tmp_path, "log"), tmp_path / "a").fingerprint == expected
    assert import_log(spec_of(tmp_path, "odd.gz"), tmp_path / "b").fingerprint == expected


@pytest.mark.parametrize("ending", PACKERS)
def test_members_one_after_another(tmp_path: Path, ending: str) -> None:
    pack = PACKERS[ending]
    content = pack((HEAD + "".join(ROWS[:150])).encode()) + pack("".join(ROWS[150:]).encode())
    (tmp_path / "log.csv").write_bytes(content)
    log = import_log(spec_of(tmp_path, "log.csv"), tmp_path / "out")
    assert log.fingerprint == plain(tmp_path).fingerprint


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("kept", [0.4, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(
    tmp_path: Path, ending: str, form: str, kept: float
) -> None:
    content = PACKERS[ending]((HEAD + "".join(ROWS) * 50).encode())
    (tmp_path / "log").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match=r"log is compressed \(.*\) and cut short or damaged"):
        import_log(spec_of(tmp_path, "log", form=form), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_changed_byte_of_gzip_is_refused(tmp_path: Path) -> None:
    # Stored, not deflated: DuckDB reads it without complaint.
    content = bytearray(gzip.compress((HEAD + "".join(ROWS)).encode(), compresslevel=0))
    content[content.index(b"u3,i3")] = ord("x")
    (tmp_path / "log.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"cut short or damaged .*get it again"):
        import_log(spec_of(tmp_path, "log.csv.gz"), tmp_path / "out")


def test_one_compression_a_log(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "".join(ROWS))
    (tmp_path / "b.csv").write_bytes(gzip.compress((HEAD + "".join(ROWS)).encode()))
    with pytest.raises(DataError, match=r"b.csv is compressed by gzip, a.csv by none; accepted"):
        import_log(spec_of(tmp_path, "a.csv", "b.csv"), tmp_path / "out")


def test_a_folder_of_parts(tmp_path: Path) -> None:
    day = tmp_path / "raw" / "events" / "day=1"
    day.mkdir(parents=True)
    (day / "part-0.csv").write_text(HEAD + "".join(ROWS[:100]))
    (day / "part-1.csv").write_text(HEAD + "".join(ROWS[100:300]))
    other = day.parent / "day=2"
    other.mkdir()
    (other / "part-0.csv").write_text(HEAD + "".join(ROWS[300:]))
    for name in ("_SUCCESS", ".part-0.csv.crc", "_temporary/part-9.csv"):
        (day / name).parent.mkdir(exist_ok=True)
        (day / name).write_text("no rows of the log")
    spec = spec_of(tmp_path / "raw", "events")
    log = import_log(spec, tmp_path / "out")
    assert log.fingerprint == plain(tmp_path).fingerprint
    key = import_key(spec)
    (other / "part-1.csv").write_text(HEAD + ROWS[0])
    assert import_key(spec) != key
    (other / "part-1.csv").write_text(HEAD + ROWS[0].replace(",0\n", ",7\n"))
    with pytest.raises(DataError, match=r"part-1.csv, row 1 \(line 2\), column 'label': '7'"):
        import_log(spec, tmp_path / "again")


def test_a_folder_without_parts(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "_SUCCESS").touch()
    with pytest.raises(DataError, match="events is a folder without files; accepted: a file"):
        import_log(spec_of(tmp_path, "events"), tmp_path / "out")


def test_a_folder_of_parquet_and_an_append_of_one(tmp_path: Path) -> None:
    def write(path: Path, rows: range) -> None:
        path.parent.mkdir(exist_ok=True)
        columns: dict[str, Any] = {
            "user": [f"u{n % 3}" for n in rows],
            "item": [n % 5 for n in rows],
            "time": [FIRST_S + n for n in rows],
            "label": [n % 2 for n in rows],
        }
        pq.write_table(pa.table(columns), path)

    write(tmp_path / "old" / "part-0.parquet", range(10))
    write(tmp_path / "old" / "part-1.parquet", range(10, 20))
    log = import_log(spec_of(tmp_path, "old", form="parquet"), tmp_path / "out")
    assert log.rows == 20
    write(tmp_path / "new" / "part-0.parquet", range(20, 25))
    write(tmp_path / "new" / "part-1.parquet", range(25, 27))
    assert append_rows(tmp_path / "out", [tmp_path / "new"]).rows == 7
    assert append_rows(tmp_path / "out", [tmp_path / "new"]).rows_in == 0


def as_objects(rows: list[str]) -> str:
    names = HEAD.strip().split(",")
    return "".join(json.dumps(dict(zip(names, row.strip().split(","), strict=True))) + "\n"
                   for row in rows)  # fmt: skip


@pytest.mark.parametrize("ending", ["", *PACKERS])
def test_json_lines_are_the_same_log(tmp_path: Path, ending: str) -> None:
    pack = PACKERS.get(ending, bytes)
    (tmp_path / "a.jsonl").write_bytes(pack(as_objects(ROWS[:250]).encode()))
    (tmp_path / "b.jsonl").write_bytes(pack(as_objects(ROWS[250:]).encode()))
    log = import_log(spec_of(tmp_path, "a.jsonl", "b.jsonl", form="jsonl"), tmp_path / "out")
    assert log.fingerprint == plain(tmp_path).fingerprint


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(TEXT, TEXT, st.integers(0, 10**6), st.booleans(), st.none() | st.floats(-9, 9)),
        min_size=1,
        max_size=20,
    ),
    ascii_only=st.booleans(),
)
def test_values_of_objects_are_what_python_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], ascii_only: bool
) -> None:
    folder = tmp_path_factory.mktemp("objects")
    rows = [("a", "b", 0, True, None), ("a", "b", 0, False, 0.0), *rows]
    names = ("user", "item", "time", "label", "price")
    lines = [dict(zip(names, (u, i, FIRST_S + t, y, p), strict=True)) for u, i, t, y, p in rows]
    text = "\n\n".join(json.dumps(line, ensure_ascii=ascii_only) for line in lines)
    (folder / "log.jsonl").write_text(text, encoding="utf-8", newline="\n")
    spec = spec_of(folder, "log.jsonl", form="jsonl")
    spec = replace(spec, numeric=(Feature("price", -99.0),))
    log = import_log(spec, folder / "out")
    [block] = log.blocks()
    users, items = log.vocab("user").to_pylist(), log.vocab("item").to_pylist()
    found = [
        (users[u], items[i], int(t) // 1_000_000 - FIRST_S, bool(y))
        for u, i, t, y in zip(block.user, block.item, block.time_us, block.label, strict=True)
    ]
    expected = sorted(rows, key=lambda row: row[2])
    assert found == [row[:4] for row in expected]
    prices = [-99.0 if row[4] is None else row[4] for row in expected]
    assert block.numeric[:, 0].tolist() == pytest.approx(prices, rel=1e-6, abs=1e-37)


OBJECT = {"user": "u", "item": "i", "time": FIRST_S, "label": 1}
OTHER = {**OBJECT, "label": 0}


def lines_of(*objects: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in objects)


WRONG = [
    (lines_of(OBJECT, OTHER) + lines_of({**OBJECT, "dwell": 3}), "undeclared columns: dwell; give"),
    (
        lines_of(OBJECT, OTHER, {"user": "u", "item": "i", "time": FIRST_S}),
        "row 3 .line 3., column 'lab",
    ),
    (lines_of(OBJECT) + "\n\n" + lines_of({**OTHER, "label": "no"}), r"row 2 \(line 4\).*'no'"),
    (lines_of(OBJECT, {**OTHER, "user": None}), "row 2 .line 2., column 'user': no value"),
    (json.dumps([OBJECT, OTHER]), "is a JSON list: write one object a line"),
    (json.dumps([OBJECT, OTHER], indent=1), "does not begin with an object.*jq"),
    (lines_of(OBJECT, OTHER)[:-9], "cannot be read: Malformed JSON in file"),
    (lines_of(OBJECT) + "[1]\n", "cannot be read: .*Expected OBJECT"),
    (lines_of(OBJECT) + '{"user": "u", "user": "v"}\n', "cannot be read: .*duplicate key"),
    (lines_of({**OBJECT, "Label": 1}), "both called 'label' .case does not count."),
    (lines_of({**OBJECT, "__row": 1}), "'__row', which the import uses itself"),
    ("", "has no keys; accepted: one JSON object in every line"),
    (lines_of(OBJECT).encode("utf-16").decode("latin-1"), "UTF-16 text: convert"),
    (lines_of({**OBJECT, "user": "x" * 40_000_000}), "one JSON object of at most 16 MiB a line"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_objects_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "log.jsonl").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message) as told:
        import_log(spec_of(tmp_path, "log.jsonl", form="jsonl"), tmp_path / "out")
    assert "auto_detect" not in str(told.value)
    assert len(str(told.value)) < 1_200


def test_latin_1(tmp_path: Path) -> None:
    text = HEAD + f"é,ü,{FIRST_S},1\nu,i,{FIRST_S},9\n"
    (tmp_path / "log.csv").write_bytes(text.encode("latin-1"))
    spec = spec_of(tmp_path, "log.csv", encoding="latin-1")
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column 'label'"):
        import_log(spec, tmp_path / "out")
    (tmp_path / "log.csv").write_bytes(text.replace(",9\n", ",0\n").encode("latin-1"))
    assert import_log(spec, tmp_path / "out").vocab("user").to_pylist() == ["é", "u"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoding": "cp1252"}, "encoding is 'cp1252'.*accepted: utf-8, latin-1"),
        ({"form": "jsonl", "encoding": "latin-1"}, "encoding is 'latin-1'; accepted: utf-8"),
        ({"form": "json"}, "format is 'json'; did you mean 'jsonl'"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        spec_of(tmp_path, "log", **settings)


def test_a_compressed_log_grows_by_a_plain_one(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, "")
    (tmp_path / "log.csv").write_bytes(gzip.compress((HEAD + "".join(ROWS[:200])).encode()))
    import_log(spec, tmp_path / "out")
    (tmp_path / "more.csv").write_text(HEAD + "".join(ROWS[200:]))
    assert append_rows(tmp_path / "out", [tmp_path / "more.csv"]).rows == 200


def test_pairs_may_be_compressed_lines_too(tmp_path: Path) -> None:
    log = plain(tmp_path)
    pairs = [{"item_a": "i1", "item_b": "i2", "weight": 2.5}, {"item_a": "i3", "item_b": "i1",
                                                               "weight": 1}]  # fmt: skip
    (tmp_path / "pairs.jsonl.zst").write_bytes(zstd(lines_of(*pairs).encode()))
    done = import_pairs(log, PairsFile(tmp_path / "pairs.jsonl.zst"), "mine")
    assert (done.rows_in, done.rows) == (2, 2)
