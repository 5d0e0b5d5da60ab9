"""All or nothing, also of an append that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lis_sim.data.append import append_rows
from lis_sim.data.append_stage import SPILL, STAGE, Stage
from lis_sim.data.dataset import Dataset
from lis_sim.data.import_spec import Feature, ItemsSource, RawTable
from lis_sim.data.importing import import_log
from lis_sim.data.raw_log import connect
from lis_sim.data.sync import sync
from lis_sim.errors import DataError
from tests.unit.data.appending import (
    FIRST,
    LATER,
    LATER_STILL,
    S,
    columns_of,
    content,
    csv,
    imported,
    spec_of,
)


class KilledError(Exception):
    """Stands for the end of the process."""


@contextmanager
def killed_after(moves: int) -> Iterator[None]:
    """Let the process of the block end once it has put so many files into place."""
    true, left = Path.replace, iter(range(moves))

    def dying(path: Path, target: Path) -> Path:
        if STAGE in path.parts and next(left, None) is None:
            raise KilledError
        return true(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(KilledError):
            yield


@pytest.mark.parametrize("moves", [0, 2, 5])
def test_a_crash_leaves_all_or_nothing(tmp_path: Path, moves: int) -> None:
    log, untouched = imported(tmp_path / "one"), imported(tmp_path / "two")
    later = csv(tmp_path / "later.csv", LATER)
    append_rows(untouched.path, [later])
    with killed_after(moves):
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
    with killed_after(moves):
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

        def noting(path: Path) -> None:
            if not (log.path / STAGE / "ready").exists():
                synced.add(path.relative_to(log.path))
            sync(path)

        patch.setattr("lis_sim.data.append_stage.sync", noting)
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
