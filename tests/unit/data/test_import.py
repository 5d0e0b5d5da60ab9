"""Import: every row is accounted for, in time order, the same bytes every time."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.blocks import concatenate
from lis_sim.data.cache import cached_import, import_key
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import (
    Feature,
    ImportSpec,
    ItemsSource,
    RawTable,
    RepresentationSource,
)
from lis_sim.data.importing import DUPLICATE, UNKNOWN_ITEM, import_log
from lis_sim.errors import ConfigError
from tests.unit.data.logs import FIRST_S, csv_spec

# user, item, seconds after FIRST_S, label
ROW = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 4), st.integers(0, 1))
BOTH_LABELS = [(0, 0, 2, 0), (0, 1, 2, 1)]


def raw(rows: list[tuple[int, int, int, int]]) -> str:
    lines = [f"u{u},i{i},{FIRST_S + s},{y}" for u, i, s, y in rows]
    return "\n".join(["user,item,time,label", *lines]) + "\n"


def events(log: Dataset) -> list[tuple[str, str, int, int]]:
    """Return the imported events with their original ids."""
    block = concatenate(list(log.blocks()))
    users, items = log.vocab("user").to_pylist(), log.vocab("item").to_pylist()
    return [
        (users[u], items[i], int(t) // 1_000_000 - FIRST_S, int(y))
        for u, i, t, y in zip(block.user, block.item, block.time_us, block.label, strict=True)
    ]


def digest(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@settings(max_examples=15)
@given(rows=st.lists(ROW, max_size=30).map(lambda rows: BOTH_LABELS + rows), drop=st.booleans())
def test_rows_in_are_rows_used_plus_rows_dropped(
    rows: list[tuple[int, int, int, int]], drop: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spec = csv_spec(Path(folder), raw(rows), drop_duplicates=drop)
        log = import_log(spec, Path(folder) / "out")
        record = log.record
        distinct = list(dict.fromkeys(rows))
        kept = distinct if drop else rows
        # sorted() is stable: ties in time keep the order of the file.
        expected = [(f"u{u}", f"i{i}", s, y) for u, i, s, y in sorted(kept, key=lambda r: r[2])]
        assert events(log) == expected
        assert record.rows_in == len(rows) == record.rows + sum(record.dropped.values())
        assert record.positives == sum(y for *_, y in kept)
        repeated = len(rows) - len(distinct)
        assert record.dropped == ({DUPLICATE: repeated} if drop and repeated else {})
        assert any("repeat another" in b for b in record.blemishes) == (repeated > 0)
        # Dense indices are numbered by first appearance.
        block = concatenate(list(log.blocks()))
        for dense, size in ((block.user, record.users), (block.item, record.items)):
            assert list(dict.fromkeys(dense.tolist())) == list(range(size))


def test_importing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, raw([*BOTH_LABELS, (2, 3, 0, 1), (1, 1, 4, 0)]))
    import_log(spec, tmp_path / "a")
    import_log(spec, tmp_path / "b", memory_limit="200MB")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert len(digest(tmp_path / "a")) == 7


def test_the_fingerprint_follows_the_values(tmp_path: Path) -> None:
    first = import_log(csv_spec(tmp_path, raw(BOTH_LABELS)), tmp_path / "a")
    other = import_log(csv_spec(tmp_path, raw([*BOTH_LABELS, (0, 0, 3, 1)])), tmp_path / "b")
    renamed = raw(BOTH_LABELS).replace("u0", "v0")
    ids = import_log(csv_spec(tmp_path, renamed), tmp_path / "c")
    assert len({first.fingerprint, other.fingerprint, ids.fingerprint}) == 3


def parquet_spec(folder: Path, columns: dict[str, Any], **changes: Any) -> ImportSpec:
    pq.write_table(pa.table(columns), folder / "log.parquet")
    table = RawTable(("log.parquet",), format="parquet")
    spec = ImportSpec("p", table, "user", "item", "time", "label", folder=folder)
    return replace(spec, **changes)


def test_roles_become_columns(tmp_path: Path) -> None:
    spec = parquet_spec(
        tmp_path,
        {
            "user": [5, 5, 7],
            "item": [1, 2, 1],
            "time": [3_000 + FIRST_S * 1000, 1_000 + FIRST_S * 1000, 2_000 + FIRST_S * 1000],
            "label": [True, False, True],
            "known": [4_000 + FIRST_S * 1000] * 3,
            "place": ["b", None, "a"],
            "price": [1.5, None, float("nan")],
            "paid": [9, None, 8],
            "note": ["x", "y", "z"],
            "noise": [0.1, 0.2, 0.3],
        },
        id_type="int",
        time_unit="ms",
        label_time="known",
        categorical=(Feature("place", "nowhere"),),
        numeric=(Feature("price", -1.0),),
        outcomes=("paid", "note"),
        ignored=("noise",),
    )
    log = import_log(spec, tmp_path / "out")
    block = concatenate(list(log.blocks()))
    assert (block.time_us - FIRST_S * 1_000_000).tolist() == [1_000_000, 2_000_000, 3_000_000]
    assert block.label.tolist() == [0, 1, 1]
    assert block.label_time_us is not None
    assert block.label_time_us.tolist() == [(FIRST_S + 4) * 1_000_000] * 3
    assert block.categorical[:, 0].tolist() == [0, 1, 2]
    assert log.vocab("place").to_pylist() == ["nowhere", "a", "b"]
    assert block.numeric[:, 0].tolist() == [-1.0, -1.0, 1.5]
    assert log.vocab("user").to_pylist() == [5, 7]
    stored = pq.read_table(log.path / "events" / "part-00000.parquet")
    assert stored.column("paid").to_pylist() == [None, 8, 9]
    assert stored.column("note").to_pylist() == ["y", "z", "x"]
    assert "noise" not in stored.column_names
    assert log.record.outcomes == ("paid", "note")


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("rating >= 4", [0, 1, 1]),
        ("rating > 4", [0, 0, 1]),
        ("rating < 4", [1, 0, 0]),
        ("rating <= 4", [1, 1, 0]),
        ("rating == 4", [0, 1, 0]),
        ("rating != 4", [1, 0, 1]),
    ],
)
def test_a_label_rule(tmp_path: Path, rule: str, labels: list[int]) -> None:
    text = f"user,item,time,rating\na,x,{FIRST_S},3.5\na,y,{FIRST_S},4.0\nb,x,{FIRST_S},4.5\n"
    spec = csv_spec(tmp_path, text, label=rule)
    [block] = import_log(spec, tmp_path / "out").blocks()
    assert block.label.tolist() == labels


def test_the_column_of_a_rule_may_be_an_outcome(tmp_path: Path) -> None:
    text = f"user,item,time,rating\na,x,{FIRST_S},3\na,y,{FIRST_S},5\n"
    spec = csv_spec(tmp_path, text, label="rating >= 4", outcomes=("rating",))
    log = import_log(spec, tmp_path / "out")
    stored = pq.read_table(log.path / "events" / "part-00000.parquet")
    assert stored.column("rating").to_pylist() == [3.0, 5.0]


@pytest.mark.parametrize(
    ("text", "unit", "expected_us"),
    [
        ("1700000000", "s", 1_700_000_000_000_000),
        ("1700000000.25", "s", 1_700_000_000_250_000),
        ("1700000000123", "ms", 1_700_000_000_123_000),
        ("1700000000123456", "us", 1_700_000_000_123_456),
        ("2023-11-14T22:13:20Z", "iso", 1_700_000_000_000_000),
        ("2023-11-14 22:13:20.5", "iso", 1_700_000_000_500_000),
        ("2023-11-14T23:13:20+01:00", "iso", 1_700_000_000_000_000),
    ],
)
def test_time_units(tmp_path: Path, text: str, unit: str, expected_us: int) -> None:
    lines = f"user,item,time,label\na,x,{text},0\na,y,{text},1\n"
    log = import_log(csv_spec(tmp_path, lines, time_unit=unit), tmp_path / "out")
    assert log.start_us == log.end_us == expected_us


def test_a_separator_of_two_characters_and_canonical_ids(tmp_path: Path) -> None:
    (tmp_path / "log.dat").write_text(f'7::007::{FIRST_S}::1\n"8"::7::{FIRST_S}::0\n')
    table = RawTable(("log.dat",), "csv", "::", False, ("user", "item", "time", "label"))
    spec = ImportSpec("d", table, "user", "item", "time", "label", folder=tmp_path)
    as_text = import_log(spec, tmp_path / "text")
    assert as_text.vocab("item").to_pylist() == ["007", "7"]
    assert as_text.vocab("user").to_pylist() == ["7", '"8"']  # quotes are text outside CSV
    (tmp_path / "log.dat").write_text(f"7::007::{FIRST_S}::1\n8::7::{FIRST_S}::0\n")
    as_int = import_log(replace(spec, id_type="int"), tmp_path / "int")
    assert as_int.vocab("item").to_pylist() == [7]


def test_quoted_fields_in_csv(tmp_path: Path) -> None:
    text = f'user,item,time,label\n"a,b","x ""y""",{FIRST_S},1\nc,z,{FIRST_S},0\n'
    log = import_log(csv_spec(tmp_path, text), tmp_path / "out")
    assert log.vocab("user").to_pylist() == ["a,b", "c"]
    assert log.vocab("item").to_pylist() == ['x "y"', "z"]


def test_items_join_and_keep_a_place_without_events(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item,genre\ni9,war\ni1,drama\ni0,\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("genre", "(none)"),))
    spec = csv_spec(tmp_path, raw([(0, 1, 0, 1), (0, 0, 1, 0)]), items=source)
    vectors: dict[str, Any] = {"item_id": ["i9", "i1", "i0"], "vector": [[9.0], [1.0], [0.0]]}
    pq.write_table(pa.table(vectors), tmp_path / "r.parquet")
    cut = RepresentationSource("r", "r.parquet", trained_until="2023-11-14T22:13:20+00:00")
    log = import_log(replace(spec, representations=(cut,)), tmp_path / "out")
    assert log.vocab("item").to_pylist() == ["i1", "i0", "i9"]
    assert log.vocab("genre").to_pylist() == ["drama", "(none)", "war"]
    [block] = log.blocks()
    assert block.categorical[:, 0].tolist() == [0, 1]
    assert pq.read_table(log.path / "items.parquet").column("genre").to_pylist() == [0, 1, 2]
    table = log.representation("r")
    assert table.vectors[:, 0].tolist() == [1.0, 0.0, 9.0]
    assert table.trained_until_us == FIRST_S * 1_000_000


def test_unknown_items_are_dropped_only_when_told(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item\ni0\ni1\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", unknown="drop")
    rows = [*BOTH_LABELS, (0, 2, 0, 1), (0, 3, 4, 1)]
    log = import_log(csv_spec(tmp_path, raw(rows), items=source), tmp_path / "out")
    assert log.record.dropped == {UNKNOWN_ITEM: 2}
    assert Counter(item for _, item, *_ in events(log)) == {"i0": 1, "i1": 1}


def test_what_a_representation_lacks_is_a_blemish(tmp_path: Path) -> None:
    vectors: dict[str, Any] = {"item_id": ["i0", "i7"], "vector": [[1.0], [2.0]]}
    pq.write_table(pa.table(vectors), tmp_path / "r.parquet")
    sources = (
        RepresentationSource("r", "r.parquet", unknown_items="drop"),
        RepresentationSource("absent", "absent.parquet", optional=True),
    )
    spec = csv_spec(tmp_path, raw(BOTH_LABELS), representations=sources)
    log = import_log(spec, tmp_path / "out")
    assert log.record.blemishes == (
        "representation r: 1 unknown items dropped",
        "representation r: 1 of 2 items have no vector",
        "representation absent: absent.parquet not found, left out",
    )
    assert log.representations() == ("r",)
    assert log.representation("r").trained_until_us is None


def test_progress_ends_at_all_rows(tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    import_log(
        csv_spec(tmp_path, raw(BOTH_LABELS)), tmp_path / "out", progress=lambda *s: said.append(s)
    )
    assert said == [("check", 0, 0), ("sort", 0, 2), ("write", 2, 2)]


def test_the_cache_imports_once_and_follows_the_files(tmp_path: Path) -> None:
    spec = csv_spec(tmp_path, raw(BOTH_LABELS))
    stages: list[str] = []
    first = cached_import(spec, tmp_path / "cache", progress=lambda s, *_: stages.append(s))
    again = cached_import(spec, tmp_path / "cache", progress=lambda s, *_: stages.append(s))
    assert first == again
    assert stages.count("check") == 1
    assert first.path.name == f"small-{import_key(spec)}"
    assert import_key(replace(spec, drop_duplicates=True)) != import_key(spec)
    changed = csv_spec(tmp_path, raw([*BOTH_LABELS, (1, 1, 0, 1)]))
    assert cached_import(changed, tmp_path / "cache").rows == 3


def test_a_conversion_counts_within_its_window(tmp_path: Path) -> None:
    spec = parquet_spec(
        tmp_path,
        {
            "user": [1, 2, 3, 4, 5],
            "item": [1, 1, 1, 1, 1],
            "time": [FIRST_S] * 5,
            "label": [1, 1, 1, 0, 0],
            # within, at the end, too late, never, and a negative that was known at once
            "converted": [FIRST_S + 60, FIRST_S + 3600, FIRST_S + 3601, None, FIRST_S],
        },
        label_time="converted",
        conversion_window="1h",
    )
    log = import_log(spec, tmp_path / "out")
    (block,) = log.blocks()
    assert block.label.tolist() == [1, 1, 0, 0, 0]
    assert block.label_time_us is not None
    known_s = block.label_time_us // 1_000_000 - FIRST_S
    assert known_s.tolist() == [60, 3600, 3600, 3600, 0]
    assert log.record.positives == 2
    (expired,) = (text for text in log.record.blemishes if "expired" in text)
    assert expired.startswith("1 conversions expired: label 1, but later than 1h after their event")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conversion_window": "1h"}, "conversion_window is '1h' without label_time; accepted"),
        ({"conversion_window": "0h", "label_time": "k"}, "conversion_window is '0h'; accepted: a"),
        ({"conversion_window": "soon", "label_time": "k"}, "conversion_window is 'soon'"),
    ],
)
def test_a_wrong_conversion_window_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        parquet_spec(tmp_path, {"user": [1]}, **changes)
