"""Raw rows appended to a dataset: numbered on, accounted for, all or nothing."""

from __future__ import annotations

import json
import shutil
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

from lis_sim.data import append_stage
from lis_sim.data.append import append_rows
from lis_sim.data.append_checks import check_types
from lis_sim.data.append_stage import SPILL, STAGE, Stage
from lis_sim.data.dataset import Dataset
from lis_sim.data.growing import GrowingLog
from lis_sim.data.import_spec import Feature, ImportSpec, ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.presets import load_preset, parse_spec, preset_names
from lis_sim.data.raw_log import connect
from lis_sim.data.spec_file import spec_mapping
from lis_sim.errors import DataError
from tests.unit.data.logs import FIRST_S

HEAD = "user,item,time,label,place\n"
Row = tuple[str, str, int, int, str]


def csv(path: Path, rows: list[Row]) -> Path:
    lines = [f"{u},{i},{FIRST_S + t},{y},{p}\n" for u, i, t, y, p in rows]
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    return path


def spec_of(path: Path) -> ImportSpec:
    return ImportSpec(
        "small",
        RawTable((path.name,)),
        *("user", "item", "time", "label"),
        categorical=(Feature("place"),),
        folder=path.parent,
    )


FIRST: list[Row] = [("a", "x", 0, 1, "p"), ("b", "y", 5, 0, "q"), ("a", "y", 9, 0, "p")]
LATER: list[Row] = [("c", "y", 12, 1, "r"), ("a", "z", 10, 1, "q"), ("b", "w", 9, 1, "p")]


def imported(folder: Path) -> Dataset:
    folder.mkdir(parents=True, exist_ok=True)
    return import_log(spec_of(csv(folder / "first.csv", FIRST)), folder / "log")


def columns_of(dataset: Dataset) -> dict[str, list[float]]:
    (block,) = dataset.blocks()
    arrays: dict[str, Any] = {"user": block.user, "item": block.item, "label": block.label}
    arrays |= {"time": block.time_us, "place": block.categorical[:, 0]}
    return {name: one.tolist() for name, one in arrays.items()}


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


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


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


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("moves", [0, 2, 5])
def test_a_crash_leaves_all_or_nothing(tmp_path: Path, moves: int) -> None:
    log, untouched = imported(tmp_path / "one"), imported(tmp_path / "two")
    later = csv(tmp_path / "later.csv", LATER)
    append_rows(untouched.path, [later])
    with pytest.MonkeyPatch.context() as patch:
        true, left = Path.replace, iter(range(moves))

        def dying(path: Path, target: Path) -> Path:
            if STAGE in path.parts and next(left, None) is None:
                raise KilledError
            return true(path, target)

        patch.setattr(Path, "replace", dying)
        with pytest.raises(KilledError):
            append_rows(log.path, [later])
    Stage(log.path, "dataset.json").recover()
    assert content(log.path) == content(untouched.path)


def test_a_crash_before_everything_is_written_leaves_nothing(tmp_path: Path) -> None:
    log = imported(tmp_path)
    before = content(log.path)
    stage = Stage(log.path, "dataset.json")
    (stage.path / "events").mkdir(parents=True)
    (stage.path / "events" / "part-00001.parquet").write_bytes(b"half")
    append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])
    added = content(log.path).keys() - before.keys()
    assert added == {"events/part-00001.parquet", "appended.json"}
    assert Dataset.open(log.path).rows == len(FIRST + LATER)


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


S = 1_000_000


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


LATER_STILL: list[Row] = [("z", "z", 99, 1, "p")]


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


def killed_once_ready(path: Path, later: Path, lateness_us: int) -> None:
    def dying(stage: Stage) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "_move", dying)
        with pytest.raises(KilledError):
            append_rows(path, [later], lateness_us=lateness_us)


@pytest.mark.parametrize("lateness_us", [0, 60 * S])
def test_the_command_that_was_killed_can_be_given_again(tmp_path: Path, lateness_us: int) -> None:
    log, untouched = imported(tmp_path / "one"), imported(tmp_path / "two")
    later = csv(tmp_path / "later.csv", LATER)
    append_rows(untouched.path, [later], lateness_us=lateness_us)
    killed_once_ready(log.path, later, lateness_us)
    done = append_rows(log.path, [later], lateness_us=lateness_us)
    assert (done.rows_in, done.rows, done.parts) == (0, 0, ())
    assert done.held == done.held_before == (3 if lateness_us else 0)
    killed, nothing = done.blemishes
    assert "completed just now" in killed
    assert nothing == "nothing is new: later.csv had been taken in before; not taken in again"
    assert done.dataset == Dataset.open(log.path)
    # Also under another name, and when the kill came after everything was done.
    again = append_rows(log.path, [later.rename(tmp_path / "b.csv")], lateness_us=lateness_us)
    assert (again.rows_in, len(again.blemishes)) == (0, 1)
    assert content(log.path) == content(untouched.path)


def test_files_of_which_some_were_taken_in_are_refused(tmp_path: Path) -> None:
    log = imported(tmp_path)
    old = csv(tmp_path / "old.csv", LATER)
    append_rows(log.path, [old])
    new = csv(tmp_path / "new.csv", LATER_STILL)
    with pytest.raises(DataError, match=r"^old\.csv: taken in by an earlier append.*Leave it out"):
        append_rows(log.path, [old, new])
    assert append_rows(log.path, [new]).rows == 1


@pytest.mark.parametrize("moves", range(1, 9))
def test_readers_see_the_log_before_until_the_record_is_there(tmp_path: Path, moves: int) -> None:
    (tmp_path / "items.csv").write_text("item,kind\nx,1\ny,2\n")
    source = ItemsSource(RawTable(("items.csv",)), "item", (Feature("kind"),))
    spec = replace(spec_of(csv(tmp_path / "first.csv", FIRST)), items=source)
    log = import_log(spec, tmp_path / "log")
    before = seen(log)
    (tmp_path / "items.csv").write_text("item,kind\nx,1\ny,2\nz,3\nw,1\n")
    with pytest.MonkeyPatch.context() as patch:
        true, left = Path.replace, iter(range(moves))

        def dying(path: Path, target: Path) -> Path:
            if STAGE in path.parts and next(left, None) is None:
                raise KilledError
            return true(path, target)

        patch.setattr(Path, "replace", dying)
        with pytest.raises(KilledError):
            append_rows(log.path, [csv(tmp_path / "later.csv", LATER)], tmp_path)
    assert len(pq.read_table(log.path / "items.parquet")) == (4 if moves > 2 else 2)
    assert seen(Dataset.open(log.path)) == before


def seen(log: Dataset) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = dict(columns_of(log))
    columns |= {f"{name} ids": log.vocab(name).to_pylist() for name in ("user", "item", "kind")}
    return columns | {"kind": log.item_values("kind").tolist()}


def test_what_is_ready_is_on_the_disk(tmp_path: Path) -> None:
    log = imported(tmp_path)
    synced: set[Path] = set()
    with pytest.MonkeyPatch.context() as patch:
        true = append_stage._sync

        def noting(path: Path) -> None:
            if not (log.path / STAGE / "ready").exists():
                synced.add(path.relative_to(log.path))
            true(path)

        patch.setattr(append_stage, "_sync", noting)
        append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])
    stage = Path(STAGE)
    assert {Path(), stage, stage / "events", stage / "vocab"} < synced
    assert {stage / "dataset.json", stage / "vocab" / "user.parquet"} < synced


def test_spill_lies_in_the_dataset_and_strays_go(tmp_path: Path) -> None:
    log = imported(tmp_path)
    (log.path / SPILL).mkdir()
    (log.path / SPILL / "stray.tmp").write_bytes(b"of an append that was killed")
    found: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        true = connect

        def noting(limit: str, folder: Path) -> Any:
            found.extend([folder, *folder.iterdir()])
            return true(limit, folder)

        patch.setattr("lis_sim.data.append.connect", noting)
        append_rows(log.path, [csv(tmp_path / "later.csv", LATER)])
    assert found == [log.path / SPILL]
    assert not (log.path / SPILL).exists()
