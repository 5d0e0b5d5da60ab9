"""Runs on a disk that takes no more: told in words, then ended by the same command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lis_sim.cli.preference import keep_profiles
from lis_sim.config import DataConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.spec_file import spec_mapping
from lis_sim.errors import StorageError
from lis_sim.report import write_report
from lis_sim.training.api import PreparedRun, execute, prepare
from lis_sim.training.source import open_source
from tests.unit.data.appending import FIRST, LATER, csv, spec_of
from tests.unit.data.limits import contents, largest_file, read_only
from tests.unit.training.worlds import config, make_world

DECIDED = ("windows.jsonl", "summary.json")


def _prepared(world: Dataset, out: Path, every: int = 2) -> PreparedRun:
    stream = {"window": {"count": 4}, "step_events": 200, "cold_support": 5}
    training = {
        "engine": "local",
        "device": "cpu",
        "checkpoint_windows": every,
        "checkpoint_share": 1.0,
    }
    return prepare(config(world, stream=stream, replicates=1, training=training), out)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_world(tmp_path_factory.mktemp("world") / "world")


@pytest.fixture(scope="module")
def undisturbed(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    execute(_prepared(world, out))
    return {name: (out / name).read_bytes() for name in DECIDED}


@pytest.mark.parametrize(
    ("size", "every", "windows"),
    [
        (0, 2, 0),  # no file that says whose folder it is
        (1_200, 2, 0),  # but no settings
        (30_000, 4, 1),  # half a line of the second window
        (200_000, 2, 1),  # part of the first checkpoint
        (200_000, 4, 3),  # part of the last one
    ],
)
def test_the_same_command_goes_on_when_there_is_room(
    size: int,
    every: int,
    windows: int,
    world: Dataset,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
) -> None:
    out = tmp_path / "run"
    large = pytest.raises(StorageError, match="what was committed is kept; raise the limit")
    with largest_file(size), large:
        execute(_prepared(world, out, every))
    path = out / "windows.jsonl"
    written = path.read_bytes() if path.is_file() else b""
    assert written.count(b"\n") == windows
    assert undisturbed["windows.jsonl"].startswith(written)
    left = [one.name for one in out.rglob("*") if "partial" in one.name or "unfinished" in one.name]
    assert left == []
    execute(_prepared(world, out, every))
    assert {name: (out / name).read_bytes() for name in DECIDED} == undisturbed


def test_a_folder_without_permission_is_told(world: Dataset, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    prepared = _prepared(world, closed / "run")
    with read_only(closed), pytest.raises(StorageError, match="permission denied"):
        execute(prepared)
    assert contents(closed) == {}


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("file/run", "file: a file lies where a folder is to be"),
        ("x" * 300, "the name is longer than one may be there"),
    ],
)
def test_a_place_that_can_be_no_folder_is_told(
    world: Dataset, tmp_path: Path, out: str, said: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=said):
        execute(_prepared(world, tmp_path / out))


def test_what_is_beside_the_numbers_is_told_and_tried_again(world: Dataset, tmp_path: Path) -> None:
    prepared = _prepared(world, tmp_path / "run")
    run = execute(prepared)
    before = contents(tmp_path)
    full = pytest.raises(StorageError, match=r"report\.html: the file would be larger")
    with largest_file(1_000), full:
        write_report(run.folder)
    with largest_file(100), pytest.raises(OSError, match="too large"):
        keep_profiles(prepared, run.folder)
    assert contents(tmp_path) == before
    assert write_report(run.folder).is_file()


def test_a_cache_that_nobody_may_write_is_read_or_told(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    raw = csv(tmp_path / "raw" / "log.csv", [*FIRST, *LATER])
    preset = tmp_path / "small.yaml"
    preset.write_text(yaml.safe_dump(spec_mapping(spec_of(raw))))
    cache = tmp_path / "cache"
    cache.mkdir()
    kept: dict[str, Any] = {"cache": str(cache), "decoded": False}
    imported = DataConfig(source=str(raw.parent), preset=str(preset), **kept)
    generated = DataConfig(synthetic={"events": 300, "users": 20}, **kept)
    for source in (imported, generated):
        told = pytest.raises(StorageError, match=r"permission denied; .*data\.cache, or LIS_SIM_")
        with read_only(cache), told:
            open_source(source)
        assert contents(cache) == {}
    found = [open_source(source).path for source in (imported, generated)]
    with read_only(cache):
        assert [open_source(source).path for source in (imported, generated)] == found
