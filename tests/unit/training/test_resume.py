"""Ended anywhere and started again with the same command: the same bytes as if never ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError
from lis_sim.training import committer
from lis_sim.training.api import PreparedRun, Run, execute, prepare
from lis_sim.training.checkpoint import Checkpoints
from lis_sim.training.folder import RunFolder
from lis_sim.training.loop import PrequentialLoop
from tests.unit.training.worlds import WINDOWS, config, history, run

SMALL = {"arms": ["clean", "leaked_crossfit:co_click"], "replicates": 1}


class KilledError(Exception):
    """Stands for the end of the process."""


def prepared(world: Dataset, out: Path, checkpoint_windows: int) -> PreparedRun:
    training = {"engine": "local", "device": "cpu", "checkpoint_windows": checkpoint_windows}
    return prepare(config(world, training=training, **SMALL), out)


@pytest.fixture(scope="module")
def undisturbed(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return history(run(world, tmp_path_factory.mktemp("undisturbed") / "run", **SMALL))


def end_at(patch: pytest.MonkeyPatch, owner: Any, name: str, call: int) -> None:
    """Let the ``call``-th call of ``owner.name`` end the run before it does anything."""
    calls = iter(range(1, 1000))
    true = getattr(owner, name)

    def counting(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise KilledError
        return true(*args, **kwargs)

    patch.setattr(owner, name, counting)


def interrupted(
    world: Dataset, out: Path, checkpoint_windows: int, owner: Any, name: str, call: int
) -> PreparedRun:
    one = prepared(world, out, checkpoint_windows)
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, owner, name, call)
        with pytest.raises(KilledError):
            execute(one)
    assert not one.folder.finished
    return prepared(world, out, checkpoint_windows)


@pytest.mark.parametrize("checkpoint_windows", [1, 3])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        (PrequentialLoop, "run_window", 1),  # before anything was committed
        (PrequentialLoop, "run_window", 5),
        (committer, "append_line", 6),  # a record without its timings
        (Checkpoints, "complete", 2),  # a checkpoint whose manifest is missing
        (RunFolder, "write_summary", 1),  # nothing left to play
    ],
    ids=["first window", "window", "timings", "manifest", "summary"],
)
def test_an_interrupted_run_goes_on_to_the_same_bytes(
    world: Dataset,
    undisturbed: bytes,
    tmp_path: Path,
    checkpoint_windows: int,
    owner: Any,
    name: str,
    call: int,
) -> None:
    again = interrupted(world, tmp_path / "run", checkpoint_windows, owner, name, call)
    assert history(execute(again)) == undisturbed
    timings = (tmp_path / "run" / "timings.jsonl").read_text().splitlines()
    assert [json.loads(line)["window"] for line in timings] == list(range(WINDOWS))


def truncate_a_part(checkpoint: Path) -> None:
    part = sorted(checkpoint.glob("cell-*"))[0]
    part.write_bytes(part.read_bytes()[:-7])


def flip_a_byte(checkpoint: Path) -> None:
    part = checkpoint / "family.safetensors"
    content = bytearray(part.read_bytes())
    content[-3] ^= 1
    part.write_bytes(content)


def lose_a_part(checkpoint: Path) -> None:
    (checkpoint / "builder.safetensors").unlink()


def tear_the_manifest(checkpoint: Path) -> None:
    manifest = checkpoint / "manifest.json"
    manifest.write_text(manifest.read_text()[:20])


@pytest.mark.parametrize("damage", [truncate_a_part, flip_a_byte, lose_a_part, tear_the_manifest])
def test_a_damaged_checkpoint_is_passed_over(
    world: Dataset, undisturbed: bytes, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 5)
    checkpoints = again.folder.checkpoints
    assert checkpoints.newest() == 4
    damage(checkpoints.path(4))
    assert checkpoints.newest() == 3
    played = []
    with pytest.MonkeyPatch.context() as patch:
        true = PrequentialLoop.run_window

        def noting(loop: PrequentialLoop, window: int, shown: Any) -> Any:
            played.append(window)
            return true(loop, window, shown)

        patch.setattr(PrequentialLoop, "run_window", noting)
        assert history(execute(again)) == undisturbed
    assert played == [3, 4, 5]


def test_a_manifest_left_by_a_passed_over_checkpoint_is_not_believed(
    world: Dataset, undisturbed: bytes, tmp_path: Path
) -> None:
    """Its parts are written again, to the same bytes, before the windows before it are safe."""
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 5)
    truncate_a_part(again.folder.checkpoints.path(4))
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, committer.Committer, "commit", 1)
        with pytest.raises(KilledError):
            execute(again)
    assert again.folder.checkpoints.newest() == 3
    assert history(execute(again)) == undisturbed


def test_without_any_checkpoint_it_begins_again(
    world: Dataset, undisturbed: bytes, tmp_path: Path
) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 4)
    shutil.rmtree(again.folder.path / "checkpoints")
    assert history(execute(again)) == undisturbed


def test_a_checkpoint_of_another_version_is_refused(world: Dataset, tmp_path: Path) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 4)
    manifest = again.folder.checkpoints.path(3) / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"schema": 2}))
    with pytest.raises(RunError, match=r"manifest\.json has schema 2; accepted: 1; go on with"):
        execute(again)
    del content["schema"]
    manifest.write_text(json.dumps(content))
    with pytest.raises(RunError, match="has schema nothing; accepted: 1"):
        execute(again)


def test_a_history_cut_by_hand_is_refused(world: Dataset, tmp_path: Path) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 4)
    path = again.folder.path / "windows.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(RunError, match=r"holds 2 windows but the newest checkpoint comes after 3"):
        execute(again)


def test_a_finished_run_is_shown_and_not_run_again(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: Run = run(world, tmp_path / "run", **SMALL)
    before = {p.name: p.read_bytes() for p in first.folder.iterdir() if p.is_file()}
    shutil.rmtree(first.folder / "checkpoints")  # a person may, to save space
    monkeypatch.setattr(PrequentialLoop, "run_window", None)
    again = run(world, tmp_path / "run", **SMALL)
    assert again == first
    assert {p.name: p.read_bytes() for p in first.folder.iterdir() if p.is_file()} == before
