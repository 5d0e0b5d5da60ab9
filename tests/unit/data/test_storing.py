"""A disk that takes no more: said in our words, and nothing of what was there is damaged."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import save_file

from lis_sim.data.append import append_rows
from lis_sim.data.arrays_file import write_arrays
from lis_sim.data.dataset import Dataset
from lis_sim.data.importing import import_log
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_import import import_pairs
from lis_sim.data.representations import write_table
from lis_sim.data.storing import behind, storage_error, storing
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.whole_file import whole_file
from lis_sim.data.writer import DatasetWriter
from lis_sim.errors import DataError, StorageError
from lis_sim.types import RepresentationTable
from tests.unit.data.appending import FIRST, LATER, LATER_STILL, csv, imported, spec_of
from tests.unit.data.limits import contents, largest_file, permissions_hold, read_only

SAID = {
    errno.ENOSPC: "no space left on the device; all is safe; free some space and",
    errno.EDQUOT: "the quota of the disk is used up; all is safe; free some space and",
    errno.EFBIG: "the file would be larger than one may be there; all is safe; raise the limit",
    errno.EROFS: "the file system is read-only; all is safe; choose another place and",
    errno.EACCES: "permission denied; all is safe; get the permission to read or write it",
    errno.EPERM: "the operation is not permitted; all is safe; get the permission to",
    errno.EIO: "the device failed (input/output error); all is safe; have the device looked after",
    errno.ENAMETOOLONG: "the name is longer than one may be there; all is safe; choose a shorter",
    errno.ENOTDIR: "a part of the path is a file, not a folder; all is safe; choose a path whose",
    errno.EISDIR: "a folder lies where a file is to be; all is safe; choose another place",
    errno.EMFILE: "too many open files; all is safe; raise the limit (ulimit -n) and",
}


@pytest.mark.parametrize("number", SAID)
def test_what_the_system_says_is_said_in_words(number: int) -> None:
    with pytest.raises(StorageError) as caught, storing(Path("runs/a"), "all is safe"):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith(f"runs/a: {SAID[number]}")
    assert str(caught.value).endswith("and give the same command again")


PASSING: list[Exception] = [
    FileNotFoundError(errno.ENOENT, "No such file or directory", "log.csv"),
    BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
    ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
    OSError("Couldn't deserialize thrift"),
    DataError("row 3"),
    ValueError("No space left on device"),
    SafetensorError("Error while deserializing header: HeaderTooLarge"),
    duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data of size 16.0 MiB"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_errors_of_other_things_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, storing(Path("runs/a")):
        raise error
    assert caught.value is error


NAMED: list[tuple[Exception, str]] = [
    (OSError(errno.EACCES, "denied", "a/b"), "a/b: "),
    (OSError(errno.EACCES, "denied", b"a/b"), "a/b: "),
    (OSError(errno.EACCES, "denied", "a/b.partial", None, "a/b"), "a/b: "),
    (OSError(errno.EACCES, "denied", 7), "given: "),
    (OSError(errno.EACCES, "Failed to open local file 'a/b'. Detail: [errno 13]"), "a/b: "),
    (duckdb.IOException('IO Error: Could not write file "a/b": File too large'), "a/b: "),
    (SafetensorError("Error while serializing: I/O error: x (os error 28)"), "given: "),
    (OSError(errno.EACCES, "denied", "a/.given.x81y/events"), "given: "),
    (OSError(errno.EACCES, "denied", "given/.append/dataset.json"), "given: "),
    (OSError(errno.EACCES, "denied", "a/.given.lock"), "a/.given.lock: "),
    (OSError(errno.EACCES, "denied", "../given/a"), "../given/a: "),
]


@pytest.mark.parametrize(("error", "start"), NAMED, ids=repr)
def test_the_place_is_the_one_the_error_names(error: Exception, start: str) -> None:
    assert str(storage_error(error, Path("given"))).startswith(start)


def test_without_any_place_it_is_not_ours_to_tell() -> None:
    assert storage_error(OSError(errno.ENOSPC, "full"), None) is None


def test_what_is_behind_an_error_is_found() -> None:
    full = OSError(errno.ENOSPC, "full")
    wrapped = RuntimeError("the run failed")
    wrapped.__cause__ = ValueError("outer")
    wrapped.__cause__.__context__ = full
    assert "no space left" in str(behind(wrapped, Path("a")))
    assert behind(ValueError("other"), Path("a")) is None
    told = StorageError("told before")
    wrapped.__cause__ = told
    assert behind(wrapped, Path("a")) is told


def _of_duckdb(folder: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY (SELECT i FROM range(200000) t(i)) TO '{folder}/a.csv'")


def _of_arrow(folder: Path) -> None:
    table = pa.table({"a": pa.array(np.random.default_rng(0).random(50_000))})
    pq.write_table(table, folder / "a.parquet")


LIBRARIES: dict[str, Callable[[Path], object]] = {
    "python": lambda folder: (folder / "a.bin").write_bytes(bytes(100_000)),
    "pyarrow": _of_arrow,
    "safetensors": lambda folder: save_file({"a": np.zeros(50_000)}, folder / "a.safetensors"),
    "duckdb": _of_duckdb,
}


@pytest.mark.parametrize("write", LIBRARIES.values(), ids=LIBRARIES)
def test_every_library_that_writes_is_understood(
    write: Callable[[Path], object], tmp_path: Path
) -> None:
    full, closed = tmp_path / "full", tmp_path / "closed"
    full.mkdir()
    closed.mkdir()
    large = pytest.raises(StorageError, match="larger than one may be there")
    with largest_file(4096), large, storing(full):
        write(full)
    denied = pytest.raises(StorageError, match="permission denied")
    with read_only(closed), denied, storing(closed):
        write(closed)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.txt"
    with whole_file(path) as beside:
        beside.write_text("first")
    with suppress(KeyError), whole_file(path) as beside:
        beside.write_text("half of the")
        raise KeyError
    with largest_file(3), pytest.raises(OSError, match="too large"), whole_file(path) as beside:
        beside.write_text("second")
    assert contents(tmp_path) == {"sub": None, "sub/a.txt": b"first"}
    with whole_file(path) as beside:
        beside.write_text("second")
    assert contents(tmp_path) == {"sub": None, "sub/a.txt": b"second"}


def _import(folder: Path) -> object:
    return import_log(spec_of(csv(folder / "first.csv", FIRST)), folder / "log")


def _import_again(folder: Path) -> object:
    return import_log(spec_of(folder / "more.csv"), folder / "log", replace_existing=True)


def _synthetic(folder: Path) -> object:
    return write_synthetic(SyntheticSpec(events=300, users=20), folder / "log", replace=True)


def _append(folder: Path) -> object:
    return append_rows(folder / "log", [folder / "more.csv"], lateness_us=1_000_000)


def _pairs(folder: Path) -> object:
    source = PairsFile(folder / "pairs.csv")
    return import_pairs(Dataset.open(folder / "log"), source, "pairs", replace_existing=True)


def _vectors(folder: Path) -> object:
    vectors = np.random.default_rng(0).random((3, 400)).astype(np.float32)
    table = RepresentationTable("v", np.arange(3, dtype=np.int32), vectors, None)
    path = folder / "log" / "representations" / "v.parquet"
    with storing(path):
        write_table(path, table)
    return path


WRITERS = {
    "import": _import_again,
    "synthetic": _synthetic,
    "append": _append,
    "import-preference": _pairs,
    "align": _vectors,
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a log, pairs and a representation, and raw files of more of each."""
    folder = tmp_path_factory.mktemp("filled")
    imported(folder)
    (folder / "pairs.csv").write_text("item_a,item_b,weight\nx,y,1\n")
    _pairs(folder)
    (folder / "pairs.csv").write_text("item_a,item_b,weight\nx,y,1\ny,x,0.5\n")
    _vectors(folder)
    csv(folder / "more.csv", [("a", "x", 10, 1, "p"), ("a", "y", 10, 0, "q"), *LATER[:2]])
    return folder


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@settings(max_examples=8)
@given(size=st.integers(0, 3000))
@example(size=0)
@example(size=900)
def test_a_full_disk_leaves_a_dataset_as_it_was(
    write: Callable[[Path], object],
    size: int,
    filled: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = shutil.copytree(filled, tmp_path_factory.mktemp("disk") / "a")
    before, said = contents(folder), ""
    try:
        with largest_file(size):
            write(folder)
    except StorageError as error:
        said = str(error)
    if said:
        assert "the file would be larger than one may be there" in said
        assert contents(folder) == before
    write(folder)  # and once more, on a disk with room
    assert Dataset.open(folder / "log").rows >= 3


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_folder_without_permission_is_said_and_left_alone(
    write: Callable[[Path], object], filled: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(filled, tmp_path / "a")
    before = contents(folder)
    with read_only(folder), pytest.raises(StorageError, match="permission denied"):
        write(folder)
    assert contents(folder) == before


def test_nothing_is_left_of_an_import_that_failed(tmp_path: Path) -> None:
    csv(tmp_path / "first.csv", FIRST)
    with largest_file(100), pytest.raises(StorageError, match="nothing was imported"):
        import_log(spec_of(tmp_path / "first.csv"), tmp_path / "deep" / "log")
    assert list((tmp_path / "deep").iterdir()) == []
    with pytest.raises(StorageError, match="a part of the path is a file"):
        import_log(spec_of(tmp_path / "first.csv"), tmp_path / "first.csv" / "sub" / "log")
    with pytest.raises(StorageError, match="the name is longer than"):
        import_log(spec_of(tmp_path / "first.csv"), tmp_path / ("x" * 300))


def test_a_raw_file_without_permission_is_named(tmp_path: Path) -> None:
    path = csv(tmp_path / "first.csv", FIRST)
    path.chmod(0)
    said = r"first\.csv: permission denied; nothing was imported.*; get the permission to read or"
    with permissions_hold(), pytest.raises(StorageError, match=said):
        import_log(spec_of(path), tmp_path / "log")
    assert [one.name for one in tmp_path.iterdir()] == ["first.csv"]


def test_a_dataset_whose_replacement_gets_no_name_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(imported(tmp_path).path)
    rename = Path.rename

    def of_the_new_one_fails(self: Path, target: Path) -> Path:
        if target.name == "log" and not self.name.endswith(".old"):
            raise OSError(errno.EDQUOT, "Disk quota exceeded", str(self), None, str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", of_the_new_one_fails)
    with pytest.raises(StorageError, match=r"log: the quota of the disk is used up"):
        write_synthetic(SyntheticSpec(events=300, users=20), tmp_path / "log", replace=True)
    assert contents(tmp_path / "log") == before
    assert {one.name for one in tmp_path.iterdir()} == {"first.csv", "log"}


def test_an_append_cut_off_between_two_names_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = imported(tmp_path).path
    more = csv(tmp_path / "more.csv", LATER_STILL)
    replace = Path.replace

    def of_the_record_fails(self: Path, target: Path) -> Path:
        if Path(target) == path / "dataset.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(self), None, str(target))
        return replace(self, target)

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", of_the_record_fails)
        with pytest.raises(StorageError, match="or the same command completes it"):
            append_rows(path, [more])
    assert Dataset.open(path).rows == len(FIRST)
    done = append_rows(path, [more])
    assert any("has been completed" in one for one in done.blemishes)
    assert Dataset.open(path).rows == len(FIRST) + 1


def test_a_writer_that_cannot_begin_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def of_events_fails(self: Path, *given: Any, **named: Any) -> None:
        if self.name == "events":
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        mkdir(self, *given, **named)

    monkeypatch.setattr(Path, "mkdir", of_events_fails)
    with pytest.raises(OSError, match="No space"):
        DatasetWriter(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 100, 500, 3000])
def test_a_decoded_copy_that_does_not_fit_leaves_nothing(size: int, tmp_path: Path) -> None:
    piece = {"a": np.arange(300), "b": np.arange(900.0).reshape(300, 3)}
    with largest_file(size), pytest.raises(OSError, match="too large"):
        write_arrays(tmp_path / "copy", [piece])
    assert list(tmp_path.iterdir()) == []
