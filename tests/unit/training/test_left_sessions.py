"""Whatever killed commands left of Ray's temporary folders goes, sooner or later."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.locking import locked
from lis_sim.training.api import execute, prepare
from lis_sim.training.cluster.session import _temporary_folder, remove_left
from tests.unit.training.worlds import config

CLEAN: dict[str, Any] = {"arms": ["clean"], "replicates": 1, "preferences": []}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "temporary"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    return found


def leave(temporary: Path) -> Path:
    """Leave what a killed session does: its folder, and a lock that nobody holds."""
    folder = temporary / "lis-ray-killed"
    (folder / "session").mkdir(parents=True)
    with locked(folder, wait=False):
        return folder


def test_a_folder_has_its_lock_before_it_is_there(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed before: killed in between, it had none and stayed for ever."""
    locks: list[int] = []
    true = Path.mkdir

    def noting(path: Path, *args: Any, **kwargs: Any) -> None:
        if path.name.startswith("lis-ray-"):
            locks.append(len(list(temporary.glob(".lis-ray-*.lock"))))
        true(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", noting)
    with _temporary_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    assert locks == [1]
    assert list(temporary.iterdir()) == []


def test_what_a_dying_process_writes_again_is_removed_later(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed before: the lock was gone by then, and the folder nobody's."""
    folder = leave(temporary)
    true = shutil.rmtree

    def busy(path: Path, ignore_errors: bool = False) -> None:
        true(path, ignore_errors)
        (path / "logs").mkdir(parents=True)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", busy)
        remove_left()
    assert folder.exists()
    remove_left()
    assert list(temporary.iterdir()) == []


def test_a_run_that_had_ended_cleans_up_too(
    temporary: Path, world: Dataset, tmp_path: Path
) -> None:
    """Failed before: killed at its very end, no other session of Ray followed."""
    local = {"engine": "local", "device": "cpu", "checkpoint_windows": 2, "checkpoint_share": 1.0}
    run = execute(prepare(config(world, training=local, **CLEAN), tmp_path / "run"))
    leave(temporary)
    ray = config(world, training=local | {"engine": "ray"}, **CLEAN)
    assert execute(prepare(ray, run.folder)).summary["windows"] == run.summary["windows"]
    assert list(temporary.iterdir()) == []


def test_what_others_put_into_the_temporary_folder_is_let_alone(temporary: Path) -> None:
    """Failed before: the file behind the link was emptied, and the pipe waited for ever."""
    precious = temporary.parent / "precious"
    precious.write_text("all of it")
    (temporary / ".lis-ray-link.lock").symlink_to(precious)
    os.mkfifo(temporary / ".lis-ray-pipe.lock")
    remove_left()
    assert precious.read_text() == "all of it"


def test_a_folder_that_a_dying_process_made_again_goes(temporary: Path) -> None:
    """Failed before: it had no lock any more, and stayed for ever."""
    again = temporary / "lis-ray-again" / "session" / "logs"
    again.mkdir(parents=True)
    remove_left()
    assert list(temporary.iterdir()) == []
