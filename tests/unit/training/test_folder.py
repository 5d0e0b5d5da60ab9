"""Whose a run folder is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.errors import RunError, StorageError
from lis_sim.training.api import Run, claimed, execute, prepare
from lis_sim.training.folder import RunFolder
from lis_sim.types import RepresentationTable
from tests.unit.training.worlds import changed_world, config, history, run

CLEAN = {"arms": ["clean"], "replicates": 1, "preferences": []}
IDENTITY = {"settings": {"seed": 0, "folds": 2}, "lis_sim": "1"}


def test_another_runs_folder_is_refused_and_left_alone(world: Dataset, tmp_path: Path) -> None:
    first = run(world, tmp_path / "run", **CLEAN)
    with pytest.raises(RunError, match=r"holds another run \(other folds, seed\); use another"):
        run(world, tmp_path / "run", seed=1, **(CLEAN | {"folds": 3}))
    assert Run.open(first.folder).summary == first.summary


def test_restart_replaces_a_run_and_nothing_else(world: Dataset, tmp_path: Path) -> None:
    first = run(world, tmp_path / "run", **CLEAN)
    notes = first.folder / "notes.txt"
    notes.write_text("mine")
    other = execute(prepare(config(world, seed=1, **CLEAN), first.folder), restart=True)
    assert other.summary["seed"] == 1
    assert history(other) == history(run(world, tmp_path / "fresh", seed=1, **CLEAN))
    assert notes.read_text() == "mine"


def test_restart_runs_a_finished_run_again(world: Dataset, tmp_path: Path) -> None:
    first = run(world, tmp_path / "run", **CLEAN)
    before = history(first)
    again = execute(prepare(config(world, **CLEAN), first.folder), restart=True)
    assert again.summary["seconds"] != first.summary["seconds"]
    assert history(again) == before


def test_a_folder_of_something_else_is_refused(world: Dataset, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "config.yaml").write_text("mine")
    for restart in (False, True):
        with pytest.raises(RunError, match=r"holds no run \(it has config\.yaml\); use another"):
            execute(prepare(config(world, **CLEAN), tmp_path / "thesis"), restart)
    assert (tmp_path / "thesis" / "config.yaml").read_text() == "mine"


def test_a_file_is_no_folder(world: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file: a file lies where a folder is to be"):
        execute(prepare(config(world, **CLEAN), tmp_path / "file"))


def test_a_kill_while_claiming_leaves_a_folder_that_can_be_claimed(
    world: Dataset, tmp_path: Path
) -> None:
    settings = config(world, **CLEAN)
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    (folder.path / "run.partial").write_text('{"sett')
    folder.claim(settings, IDENTITY, restart=False)
    (folder.path / "config.yaml").unlink()
    folder.claim(settings, IDENTITY, restart=False)
    assert "name: tiny" in (folder.path / "config.yaml").read_text()


def test_a_broken_run_json_is_refused(world: Dataset, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("[1]")
    with pytest.raises(RunError, match=r"run\.json holds a list, not a .*; use another --out"):
        RunFolder(tmp_path).claim(config(world, **CLEAN), IDENTITY, restart=True)


def test_a_second_process_is_refused_and_a_killed_one_forgotten(
    world: Dataset, tmp_path: Path
) -> None:
    prepared = prepare(config(world, **CLEAN), tmp_path / "run")
    code = (
        "import sys, time; from pathlib import Path; from lis_sim.data.locking import locked\n"
        "with locked(Path(sys.argv[1]), wait=False): print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="is being written by another process; wait for it"):
            execute(prepared)
        assert not (tmp_path / "run").exists()
    finally:
        other.kill()
        other.communicate()
    with claimed(prepared):
        assert (tmp_path / "run" / "run.json").is_file()


def test_other_vectors_make_another_run(world: Dataset, tmp_path: Path) -> None:
    """The dataset's fingerprint covers events and ids only."""
    own = changed_world(world, tmp_path / "world", lambda columns: None)
    changes = {"representations": ["content"]}
    path = own.path / "representations" / "content.parquet"

    def folder() -> tuple[Path, object]:
        one = prepare(config(own, **changes))
        return one.folder.path, one.identity

    before = folder()
    assert folder() == before
    table = own.representation("content")
    vectors = table.vectors.copy()
    vectors[0, 0] += 1
    write_table(path, RepresentationTable("content", table.item, vectors, table.trained_until_us))
    assert folder() != before
    with claimed(prepare(config(own, **changes), tmp_path / "run")):
        pass
    write_table(path, table)
    with (
        pytest.raises(RunError, match=r"holds another run \(other representations\)"),
        claimed(prepare(config(own, **changes), tmp_path / "run")),
    ):
        pass


def test_a_table_nobody_uses_and_a_moved_log_make_no_other_run(
    world: Dataset, tmp_path: Path
) -> None:
    moved = Dataset.open(shutil.copytree(world.path, tmp_path / "moved"))
    items = np.arange(3, dtype=np.int32)
    unused = RepresentationTable("unused", items, np.ones((3, 2), np.float32))
    write_table(moved.path / "representations" / "unused.parquet", unused)
    here, there = (prepare(config(one)) for one in (world, moved))
    assert here.identity == there.identity
    assert here.folder.path == there.folder.path


def test_an_unfinished_folder_has_no_summary(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no run; accepted"):
        Run.open(tmp_path)


def test_of_an_engine_only_what_is_known_is_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.engine() == {"workers": None, "device": None}
    (tmp_path / "engine.json").write_text('{"workers": 2, "name": 5}')
    assert folder.engine() == {"workers": 2, "device": None}
    (tmp_path / "engine.json").write_text('{"workers": "two"}')
    with pytest.raises(RunError, match=r"engine.json is not what a run writes: workers is 'two'"):
        folder.engine()
