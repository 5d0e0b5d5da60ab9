"""Ended anywhere and started again with the same command: the same bytes as if never ended."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError, StorageError
from lis_sim.training import committer
from lis_sim.training.api import PreparedRun, Run, execute, prepare
from lis_sim.training.checkpoints import changes as checkpoint_changes
from lis_sim.training.checkpoints import completing
from lis_sim.training.checkpoints import writer as checkpoint_writer
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.folder import RunFolder
from lis_sim.training.loop import PrequentialLoop
from tests.unit.training.worlds import WINDOWS, config, history, run

SMALL = {"arms": ["clean", "leaked_crossfit:co_click"], "replicates": 1}


TRAINING = {"engine": "local", "device": "cpu", "checkpoint_windows": 1, "checkpoint_share": 1.0}


class KilledError(Exception):
    """Stands for the end of the process."""


def prepared(world: Dataset, out: Path, checkpoint_windows: int) -> PreparedRun:
    training = {
        "engine": "local",
        "device": "cpu",
        "checkpoint_windows": checkpoint_windows,
        "checkpoint_share": 1.0,
    }
    return prepare(config(world, training=training, **SMALL), out)


def run_of(world: Dataset, out: Path, changes: dict[str, Any]) -> None:
    """Play three windows of a run."""
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, PrequentialLoop, "run_window", 4)
        with pytest.raises(KilledError):
            execute(prepare(config(world, training=TRAINING, **changes), out))


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
    world: Dataset,
    undisturbed: bytes,
    tmp_path: Path,
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 5)
    checkpoints = again.folder.checkpoints
    assert checkpoints.newest() == 4
    damage(checkpoints.path(4))
    assert checkpoints.newest() == 3
    played = []
    caplog.clear()
    with pytest.MonkeyPatch.context() as patch:
        true = PrequentialLoop.run_window

        def noting(loop: PrequentialLoop, window: int, shown: Any) -> Any:
            played.append(window)
            return true(loop, window, shown)

        patch.setattr(PrequentialLoop, "run_window", noting)
        assert history(execute(again)) == undisturbed
    assert played == [3, 4, 5]
    (said,) = caplog.messages  # without handlers, logging prints it on stderr
    assert str(checkpoints.path(4)) in said
    assert said.endswith("; going back to the checkpoint before window 3")


KILLS: list[tuple[Any, str]] = [
    (PrequentialLoop, "run_window"),
    (committer, "append_line"),
    (Checkpoints, "write_part"),
    (Checkpoints, "settle"),
    (Checkpoints, "complete"),
]


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_killed_anywhere_again_and_again_it_ends_with_the_same_bytes(
    world: Dataset,
    undisturbed: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    """With checkpoints of changes, settled beside the windows, cut short, damaged."""
    out = tmp_path_factory.mktemp("killed") / "run"
    every = data.draw(st.integers(1, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_changes, "LARGE", 256)
        patch.setattr(completing, "_SMALL", data.draw(st.sampled_from([0, 1 << 20])))
        patch.setattr(checkpoint_writer, "_SHARE", data.draw(st.sampled_from([0.0, 0.5, 9.0])))
        for _ in range(data.draw(st.integers(1, 3))):
            owner, name = data.draw(st.sampled_from(KILLS))
            with pytest.MonkeyPatch.context() as killer, suppress(KilledError):
                end_at(killer, owner, name, data.draw(st.integers(1, 12)))
                execute(prepared(world, out, every))
            newest = sorted((out / "checkpoints").glob("*/manifest.json"))[-1:]
            if data.draw(st.booleans()) and newest and not (out / "summary.json").is_file():
                data.draw(st.sampled_from([truncate_a_part, flip_a_byte]))(newest[0].parent)
        assert history(execute(prepared(world, out, every))) == undisturbed


def test_a_checkpoint_holds_changes_of_an_earlier_one(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_writer, "_SHARE", 9.0)
    again = interrupted(world, tmp_path / "run", 1, RunFolder, "write_summary", 1)
    last = WINDOWS - 1  # that after the last window holds no cells
    manifest = json.loads((again.folder.checkpoints.path(last) / "manifest.json").read_text())
    parts = [name for name in manifest["files"] if name.endswith("/cell-clean-0.safetensors")]
    assert parts == [f"window-{k:06d}/cell-clean-0.safetensors" for k in range(1, WINDOWS, 2)]


def test_after_the_last_window_only_the_sums_are_kept(world: Dataset, tmp_path: Path) -> None:
    """Nothing is played from there on; the sums are what the summary is made of."""
    stopped = interrupted(world, tmp_path / "run", 1, RunFolder, "write_summary", 1)
    newest = stopped.folder.checkpoints.path(WINDOWS)
    assert sorted(one.name for one in newest.iterdir()) == ["family.safetensors", "manifest.json"]
    execute(stopped)
    assert (tmp_path / "run" / "summary.json").is_file()


def test_what_keeps_a_checkpoint_from_being_settled_ends_the_run(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(checkpoints: Checkpoints, files: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(completing, "_SMALL", 0)
    monkeypatch.setattr(Checkpoints, "settle", failing)
    with pytest.raises(StorageError, match="no space left on the device; what was committed"):
        execute(prepared(world, tmp_path / "run", 2))
    assert not any(one.name == "lis-sim-checkpoint" for one in threading.enumerate())


def test_a_checkpoint_of_another_run_is_refused_in_words(world: Dataset, tmp_path: Path) -> None:
    """Every file is as it was written, but not here."""
    wide = {"settings": {"dim": 6, "hidden": [8], "batch_events": 128}}
    other = interrupted(world, tmp_path / "a", 1, PrequentialLoop, "run_window", 4)
    changed = SMALL | {"policy": wide}
    own = tmp_path / "b"
    run_of(world, own, changed)
    checkpoints = own / "checkpoints"
    shutil.rmtree(checkpoints)
    shutil.copytree(other.folder.path / "checkpoints", checkpoints)
    with pytest.raises(RunError, match=r"the saved 'table\.weight' is float32 of shape"):
        execute(prepare(config(world, training=TRAINING, **changed), own))


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


@pytest.mark.parametrize("schema", [1, 3, "2", None])
def test_a_checkpoint_of_another_version_is_refused(
    world: Dataset, tmp_path: Path, schema: object
) -> None:
    again = interrupted(world, tmp_path / "run", 1, PrequentialLoop, "run_window", 4)
    manifest = again.folder.checkpoints.path(3) / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"schema": schema}))
    shown = "nothing" if schema is None else repr(schema)
    with pytest.raises(RunError) as refused:
        execute(again)
    assert f"manifest.json has schema {shown}; accepted: 2; go on with" in str(refused.value)
    assert "--restart" in str(refused.value)


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
