"""Decoded copies give the same rows, are made once, and are made again when they are damaged."""

from __future__ import annotations

import errno
import json
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data import copies
from lis_sim.data.arrays_file import CONTENT, ArraysWriter
from lis_sim.data.copied_logs import LOG, log_of, remove_gone
from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import decode_block
from lis_sim.data.decoded import decoded, keeps_copies
from lis_sim.data.first_rows import first_rows
from lis_sim.data.future import FutureDoor
from lis_sim.data.locking import locked
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import DataError
from lis_sim.types import EventBlock
from tests.unit.data.logs import columns_of, make_log
from tests.unit.data.parted import PART, ROWS, columns, parted_log
from tests.unit.data.test_dataset import BROKEN


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return parted_log(tmp_path_factory.mktemp("decoded") / "log")


@pytest.fixture(scope="module")
def shared(log: Dataset) -> Dataset:
    return decoded(log, log.path.parent / "cache")


def arrays_of(block: EventBlock) -> list[Any]:
    return [
        *(block.user, block.item, block.time_us, block.label, block.categorical, block.numeric),
        *block.outcomes.values(),
    ]


def same(one: EventBlock, other: EventBlock) -> bool:
    return one.first_row == other.first_row and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(arrays_of(one), arrays_of(other), strict=True)
    )


def copies_of(dataset: Dataset) -> list[Path]:
    assert dataset.copies is not None
    return sorted(path.parent for path in dataset.copies.glob(f"*/*/{CONTENT}"))


def rows_of(dataset: Dataset, outcomes: tuple[str, ...] = ()) -> list[EventBlock]:
    return list(dataset.blocks(block_rows=25, outcomes=outcomes))


@settings(max_examples=25)
@given(
    start=st.integers(0, ROWS),
    length=st.integers(0, ROWS),
    block_rows=st.integers(1, 70),
    rows=st.integers(1, ROWS),
    outcomes=st.sampled_from([(), ("paid",)]),
)
def test_rows_are_those_of_the_parquet_parts(
    log: Dataset,
    shared: Dataset,
    start: int,
    length: int,
    block_rows: int,
    rows: int,
    outcomes: tuple[str, ...],
) -> None:
    one, other = first_rows(log, rows), first_rows(shared, rows)
    assert other.record == one.record
    start = min(start, rows)
    end = min(rows, start + length)
    asked = (start, end, block_rows, outcomes)
    for found, expected in zip(other.blocks(*asked), one.blocks(*asked), strict=True):
        assert same(found, expected)
    times = [[time for piece in each.times(start) for time in piece] for each in (one, other)]
    assert times[0] == times[1]
    until_us = int(columns()["time"][end - 1]) + length % 3
    doors = [FutureDoor(each).row_at(until_us, start) for each in (one, other)]
    assert doors[0] == doors[1]


def test_a_log_without_features_has_matrices_of_no_columns(tmp_path: Path) -> None:
    world = write_synthetic(SyntheticSpec(events=50, users=9, items=9), tmp_path / "world")
    record = json.loads((world.path / "dataset.json").read_text())
    (world.path / "dataset.json").write_text(json.dumps(record | {"categorical": []}))
    bare = Dataset.open(world.path)
    expected, found = next(bare.blocks()), next(decoded(bare, tmp_path / "cache").blocks())
    assert found.categorical.shape == (50, 0)
    assert same(found, expected)


def test_every_part_is_decoded_once_and_when_it_is_read(
    log: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = decoded(log, tmp_path)
    list(mine.blocks(0, PART))
    assert len(copies_of(mine)) == 1
    expected = rows_of(mine, ("paid",))
    assert len(copies_of(mine)) == 2 * ROWS // PART
    monkeypatch.setattr(copies, "decode_block", None)
    monkeypatch.setattr(copies, "decode_outcome", None)
    again = rows_of(pickle.loads(pickle.dumps(mine)), ("paid",))
    assert all(same(a, b) for a, b in zip(again, expected, strict=True))


def test_readers_that_come_at_once_wait_for_one_copy(
    log: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counted(*given: Any) -> EventBlock:
        calls.append(1)
        return decode_block(*given)

    monkeypatch.setattr(copies, "decode_block", counted)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: rows_of(decoded(log, tmp_path)), range(4)))
    assert len(calls) == len(log.groups())
    for one in found:
        assert all(same(a, b) for a, b in zip(one, rows_of(log), strict=True))


def test_writing_into_a_block_changes_no_copy(log: Dataset, tmp_path: Path) -> None:
    mine = decoded(log, tmp_path)
    for block in mine.blocks():
        for values in arrays_of(block):
            values[:] = 1
    assert all(same(a, b) for a, b in zip(rows_of(mine), rows_of(log), strict=True))


def shortened(folder: Path) -> None:
    path = folder / "time.npy"
    path.write_bytes(path.read_bytes()[:-8])


def one_bit(folder: Path) -> None:
    path = folder / "user.npy"
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)


def header(folder: Path) -> None:
    path = folder / "item.npy"
    path.write_bytes(b"\0" * 40 + path.read_bytes()[40:])


def other_type(folder: Path) -> None:
    path = folder / "item.npy"
    content = path.read_bytes()
    assert content.count(b"'<i4'") == 1
    path.write_bytes(content.replace(b"'<i4'", b"'<f4'"))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "shortened": shortened,
    "one bit": one_bit,
    "header": header,
    "other type": other_type,
    "gone": lambda folder: (folder / "label.npy").unlink(),
    "torn": lambda folder: (folder / CONTENT).write_text('{"rows": 20, "crc'),
    "other": lambda folder: (folder / CONTENT).write_text("[]"),
    "no content": lambda folder: (folder / CONTENT).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_copy_is_made_again(
    log: Dataset, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    mine = decoded(log, tmp_path)
    rows_of(mine)
    before = copies_of(mine)
    damage(before[1])
    assert all(same(a, b) for a, b in zip(rows_of(mine), rows_of(log), strict=True))
    assert copies_of(mine) == before


def test_a_part_that_was_rewritten_gets_another_copy(log: Dataset, tmp_path: Path) -> None:
    changed = Dataset.open(shutil.copytree(log.path, tmp_path / "log"))
    mine = decoded(changed, tmp_path / "cache")
    rows_of(mine)
    path = changed.path / "events" / "part-00001.parquet"
    table = pq.read_table(path)
    label = 1 - table.column("label").to_numpy()
    place = table.schema.get_field_index("label")
    pq.write_table(table.set_column(place, "label", pa.array(label)), path)
    assert all(same(a, b) for a, b in zip(rows_of(mine), rows_of(changed), strict=True))


@pytest.mark.parametrize(("column", "row", "value", "message"), BROKEN)
def test_a_broken_value_is_refused_as_it_is_without_copies(
    tmp_path: Path, column: str, row: int, value: Any, message: str
) -> None:
    values = columns_of(range(1_000, 1_010))
    values[column][row] = value
    mine = decoded(make_log(tmp_path / "log", values), tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(DataError, match=message):
            list(mine.blocks())
    assert not copies_of(mine)


def test_parts_must_follow_each_other(log: Dataset, tmp_path: Path) -> None:
    swapped = Dataset.open(shutil.copytree(log.path, tmp_path / "log"))
    first, second = (swapped.path / "events" / f"part-0000{at}.parquet" for at in (0, 1))
    first.rename(tmp_path / "held")
    second.rename(first)
    (tmp_path / "held").rename(second)
    mine = decoded(swapped, tmp_path / "cache")
    for read in (lambda: list(mine.blocks()), lambda: list(mine.times())):
        with pytest.raises(DataError, match=r"part-00001.parquet, row 0 \(row 20 .*column 'time'"):
            read()
    assert sum(len(block) for block in mine.blocks(PART)) == ROWS - PART


def test_a_missing_outcome_is_refused_when_it_is_asked_for(tmp_path: Path) -> None:
    values = columns_of(range(1_000, 1_010))
    values["paid"][4] = np.nan
    mine = decoded(make_log(tmp_path / "log", values), tmp_path / "cache")
    assert sum(map(len, mine.blocks())) == 10
    with pytest.raises(DataError, match=r"row 4 .*column 'paid': nan; accepted: a finite number"):
        list(mine.blocks(outcomes=["paid"]))


def test_a_part_that_is_gone_is_said(log: Dataset, tmp_path: Path) -> None:
    mine = decoded(Dataset.open(shutil.copytree(log.path, tmp_path / "log")), tmp_path / "cache")
    rows_of(mine)
    (mine.path / "events" / "part-00002.parquet").unlink()
    with pytest.raises(DataError, match=r"part-00002.parquet is missing, dataset.json lists it"):
        rows_of(mine)


def full(self: ArraysWriter, piece: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_on_a_full_disk_parquet_is_read_which_is_said_once(
    log: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine = decoded(log, tmp_path)
    list(mine.blocks(0, PART))  # the disk fills midway
    tries: list[int] = []

    def full_at_once(self: ArraysWriter, piece: Any) -> None:
        tries.append(1)
        full(self, piece)

    monkeypatch.setattr(ArraysWriter, "append", full_at_once)
    same_reads(mine, log)
    assert len(tries) == 1
    (said,) = [record.getMessage() for record in caplog.records]
    assert "takes no decoded copy" in said
    assert "No space left" in said
    assert [path.is_dir() for path in tmp_path.glob("decoded/*/*")].count(True) == 1


def same_reads(mine: Dataset, log: Dataset) -> None:
    """Assert that all ways of reading give the same rows of both."""
    for start, end in ((0, ROWS), (PART // 2, ROWS - 1), (PART, PART + 3), (7, 7)):
        asked = (start, end, 25, ("paid",))
        for found, expected in zip(mine.blocks(*asked), log.blocks(*asked), strict=True):
            assert same(found, expected)
        times = [[time for piece in one.times(start) for time in piece] for one in (mine, log)]
        assert times[0] == times[1]
    for group in log.groups():
        assert mine.group_times(group).tolist() == log.group_times(group).tolist()


def test_without_a_cache_the_rows_are_checked_all_the_same(log: Dataset, tmp_path: Path) -> None:
    (tmp_path / "decoded").write_text("no folder")
    same_reads(decoded(log, tmp_path), log)
    values = columns_of(range(1_000, 1_010))
    values["label"][4] = 3
    broken = decoded(make_log(tmp_path / "log", values), tmp_path)
    with pytest.raises(DataError, match=r"row 4 .*column 'label'"):
        list(broken.blocks())


def test_whether_copies_are_kept_is_found_by_trying(
    log: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert keeps_copies(log, tmp_path / "cache")
    assert len(list(tmp_path.glob("cache/decoded/*/part*"))) == 1
    (tmp_path / "file").touch()
    assert not caplog.records
    assert not keeps_copies(log, tmp_path / "file")
    assert not keeps_copies(log, tmp_path / "file")
    assert len(caplog.records) == 1


def test_a_copy_that_cannot_be_written_is_still_read(
    log: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(decoded(log, tmp_path).blocks())
    monkeypatch.setattr(ArraysWriter, "append", full)
    assert keeps_copies(log, tmp_path)


def test_copies_say_of_which_log_they_are_and_go_with_it(
    log: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [Dataset.open(shutil.copytree(log.path, tmp_path / name)) for name in "abcd"]
    monkeypatch.chdir(tmp_path)
    here[0] = Dataset.open("a")
    first, second, third = (decoded(one, tmp_path / "cache") for one in here[:3])
    held = rows_of(first)
    for one in (second, third):
        rows_of(one)
    assert copied(tmp_path) == {"a", "b", "c"}
    for gone in "ab":
        shutil.rmtree(tmp_path / gone)
    monkeypatch.chdir("/")
    (in_use,) = (folder for folder in folders(tmp_path) if log_of(folder) == tmp_path / "b")
    with locked(in_use / LOG, wait=False):
        rows_of(decoded(here[3], tmp_path / "cache"))
    assert copied(tmp_path) == {"b", "c", "d"}
    assert all(same(a, b) for a, b in zip(held, rows_of(log), strict=True)), "what is mapped stays"
    remove_gone(tmp_path / "cache" / "decoded")
    assert copied(tmp_path) == {"c", "d"}


def folders(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "decoded").iterdir())


def copied(tmp_path: Path) -> set[str]:
    found = [log_of(folder) for folder in folders(tmp_path)]
    assert all(one is not None and one.parent == tmp_path for one in found)
    return {one.name for one in found if one is not None}


def test_folders_that_do_not_say_their_log_are_left_alone(log: Dataset, tmp_path: Path) -> None:
    for name, content in {"other": "[]", "torn": '{"log": "/go', "none": None}.items():
        folder = tmp_path / "decoded" / name
        folder.mkdir(parents=True)
        if content is not None:
            (folder / LOG).write_text(content)
    mine = decoded(log, tmp_path)
    rows_of(mine)
    assert len(list((tmp_path / "decoded").iterdir())) == 4


def test_what_a_killed_process_left_is_removed(log: Dataset, tmp_path: Path) -> None:
    mine = decoded(log, tmp_path)
    rows_of(mine)
    unfinished = [
        path.rename(path.with_name(f"{path.name}.unfinished")) for path in copies_of(mine)
    ]
    assert all(same(a, b) for a, b in zip(rows_of(mine), rows_of(log), strict=True))
    assert not any(path.exists() for path in unfinished)
