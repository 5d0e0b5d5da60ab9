"""Checkpoints as folders: what is kept, what is passed over, and what is said of it."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.errors import LisSimError, RunError
from lis_sim.training.checkpoints import changes as checkpoint_changes
from lis_sim.training.checkpoints import writer as checkpoint_writer
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.checkpoints.manifest import MANIFEST, read_manifest
from lis_sim.training.checkpoints.state import State
from lis_sim.training.checkpoints.writer import PartWriter
from lis_sim.types import ChangedRows
from tests.unit.training.worlds import Arrays, same_arrays

PARTS = ("cell-clean-0", "cell-leaked:a-0", "stream")


@pytest.fixture(autouse=True)
def _every_array_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_changes, "LARGE", 64)
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # no power is cut here, and it takes long


class World:
    """Some parts that change from window to window, and all checkpoints ever completed."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.checkpoints = Checkpoints(folder)
        self.draw = np.random.Generator(np.random.Philox(key=seed))
        self.parts: dict[str, Arrays] = {part: {"w": np.ones((50, 4))} for part in PARTS}
        self.saved: dict[int, dict[str, Arrays]] = {}
        self.window = 0
        self.restart()

    def restart(self) -> None:
        half = len(PARTS) // 2
        self.writers = {
            part: PartWriter(self.checkpoints, rank=int(k > half)) for k, part in enumerate(PARTS)
        }

    def play(self) -> None:
        self.window += 1
        for part, state in self.parts.items():
            grown = np.zeros((len(state["w"]) + int(self.draw.integers(3)), 4))
            grown[: len(state["w"])] = state["w"]
            grown[self.draw.integers(len(grown), size=int(self.draw.integers(3)))] += 1.0
            self.parts[part] = {"w": grown, "steps": np.array(self.window)}

    def write(self) -> dict[str, Any]:
        files: dict[str, Any] = {}
        for part, writer in self.writers.items():
            state: State = dict(self.parts[part])
            files |= writer.write(self.window, part, lambda *_, of=state: of)
        return files

    def complete(self, files: dict[str, Any]) -> None:
        self.checkpoints.complete(self.window, files)
        self.saved[self.window] = dict(self.parts)

    def go_back(self) -> int | None:
        """Start anew from the newest checkpoint."""
        found = self.checkpoints.newest()
        self.window = found or 0
        self.checkpoints.forget_after(self.window)
        if found is not None:
            self.parts = {part: self.checkpoints.read_part(found, part) for part in PARTS}
            wanted = self.saved[found]
            assert all(same_arrays(self.parts[part], wanted[part]) for part in PARTS)
        self.restart()
        return found

    def files(self) -> set[str]:
        folder = self.checkpoints.folder
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def needed(self) -> set[str]:
        manifests = sorted(self.checkpoints.folder.glob(f"*/{MANIFEST}"))
        own = {f"{path.parent.name}/{MANIFEST}" for path in manifests}
        return own | {name for path in manifests for name in read_manifest(path).files}


def harm(path: Path, how: int) -> None:
    content = path.read_bytes()
    if how == 0:
        path.unlink()
    elif how == 1:
        path.write_bytes(content[: len(content) // 2])
    else:
        place = len(content) // 3
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_damage_to_the_newest_leaves_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Through kills, restarts, rebases and pruning; what is read is what was saved."""
    world = World(tmp_path_factory.mktemp("run") / "checkpoints", data.draw(st.integers(0, 9)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_writer, "_SHARE", data.draw(st.sampled_from([0.0, 0.2, 5.0])))
        patch.setattr(checkpoint_writer, "_LONGEST", data.draw(st.integers(1, 5)))
        for _ in range(data.draw(st.integers(1, 9))):
            world.play()
            files = world.write()
            if data.draw(st.integers(0, 4)) == 0:  # killed before it is complete
                world.go_back()
                continue
            world.complete(files)
            assert world.files() == world.needed()
            if data.draw(st.integers(0, 4)) == 0:
                world.go_back()
    manifests = [int(path.name[-6:]) for path in sorted(world.checkpoints.folder.glob("window*"))]
    complete = [w for w in manifests if (world.checkpoints.path(w) / MANIFEST).is_file()]
    assert len(complete) <= 2
    if len(complete) < 2:
        return
    before, newest = (read_manifest(world.checkpoints.path(w) / MANIFEST) for w in complete)
    assert not before.files.keys() & newest.files.keys()
    for name in data.draw(st.sets(st.sampled_from(sorted(newest.files)), min_size=1)):
        harm(world.checkpoints.folder / name, data.draw(st.integers(0, 2)))
    assert world.go_back() == before.window


def test_a_chain_grows_by_what_changed_and_is_cut_short(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parts = {part: {"w": np.ones((5_000, 4))} for part in PARTS}
    lengths, sizes = [], []
    for _ in range(34):
        world.play()
        world.complete(world.write())
        manifest = read_manifest(world.checkpoints.path(world.window) / MANIFEST)
        lengths.append(len(manifest.chain("stream")))
        sizes.append((world.checkpoints.folder / manifest.chain("stream")[0]).stat().st_size)
    assert lengths[:6] == [1, 1, 2, 2, 3, 3]
    assert max(lengths) == 16
    assert lengths[32:34] == [1, 1]
    assert min(sizes[:2]) > 160_000
    assert max(sizes[2:32]) < 3_000


def test_only_what_the_two_newest_need_is_kept(tmp_path: Path) -> None:
    world = World(tmp_path)
    for _ in range(5):
        world.play()
        world.complete(world.write())
    (tmp_path / "window-000003" / "stream.partial").write_bytes(b"left by a kill")
    (tmp_path / "window-000002").mkdir(exist_ok=True)
    (tmp_path / "window-000002" / "old.safetensors").write_bytes(b"left by a kill")
    (tmp_path / "window-000009").mkdir()  # of a worker that is ahead
    (tmp_path / "window-000009" / "cell-b-0.safetensors").write_bytes(b"")
    (tmp_path / "window-000008").mkdir()  # a manifest from before workers went back
    (tmp_path / "window-000008" / MANIFEST).write_text("{}")
    (tmp_path / "notes.txt").write_text("of the user")
    world.play()
    world.complete(world.write())
    others = {"window-000009/cell-b-0.safetensors", "notes.txt"}
    assert world.files() == world.needed() | others
    assert world.checkpoints.newest() == 6


def test_the_manifest_says_who_wrote_what(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.play()
    world.complete(world.write())
    content = json.loads((tmp_path / "window-000001" / MANIFEST).read_text())
    assert content["schema"] == 2
    assert content["grid"] == {"0": ["cell-clean-0", "cell-leaked@a-0"], "1": ["stream"]}
    assert all(one.keys() == {"sha256", "bytes"} for one in content["files"].values())


def test_what_was_passed_over_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = World(tmp_path)
    for _ in range(3):
        world.play()
        world.complete(world.write())
    with caplog.at_level(logging.WARNING, "lis_sim.training"):
        assert world.checkpoints.newest() == 3
        assert caplog.messages == []
        file = tmp_path / "window-000003" / "stream.safetensors"
        size = file.stat().st_size
        file.write_bytes(file.read_bytes()[:-9])
        assert world.checkpoints.newest() == 2
        (said,) = caplog.messages
        assert said == (
            f"{file} has {size - 9:,} bytes instead of {size:,}; going back to the checkpoint "
            "before window 2"
        )
        caplog.clear()
        (tmp_path / "window-000002" / "stream.safetensors").unlink()
        assert world.checkpoints.newest() is None
        assert caplog.messages[0].endswith("is missing; going back to the beginning")


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def edit(manifest: Path) -> None:
        content = json.loads(manifest.read_text())
        manifest.write_text(json.dumps(change(content)))

    return edit


def with_file(name: Any, entry: Any = None) -> Callable[[Path], None]:
    def change(content: dict[str, Any]) -> dict[str, Any]:
        some = next(iter(content["files"].values()))
        return content | {"files": content["files"] | {name: entry or some}}

    return edited(change)


def linked(manifest: Path) -> None:
    shutil.move(manifest, manifest.parent.parent / "elsewhere.json")
    manifest.symlink_to(manifest.parent.parent / "elsewhere.json")


def folder_instead(manifest: Path) -> None:
    manifest.unlink()
    manifest.mkdir()


HOSTILE: dict[str, Callable[[Path], object]] = {
    "torn": lambda path: path.write_bytes(path.read_bytes()[:30]),
    "empty": lambda path: path.write_bytes(b""),
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe{}"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "a list": edited(lambda _: []),
    "no files": edited(lambda content: content | {"files": ["a"]}),
    "no window": edited(lambda content: content | {"window": None}),
    "another window": edited(lambda content: content | {"window": 2}),
    "a word": edited(lambda content: content | {"window": "3"}),
    "above": with_file("../../window-000001/x.safetensors"),
    "above in the name": with_file("window-000001/../../x.safetensors"),
    "absolute": with_file("/etc/passwd"),
    "no part": with_file("window-000001/manifest.json"),
    "a later window": with_file("window-000004/x.safetensors"),
    "deeper": with_file("window-000001/a/x.safetensors"),
    "no checksum": with_file("window-000001/x.safetensors", {"bytes": 3}),
    "a checksum of words": with_file("window-000001/x.safetensors", {"bytes": 3, "sha256": ["a"]}),
    "a size that is true": with_file(
        "window-000001/x.safetensors", {"bytes": True, "sha256": "0" * 64}
    ),
    "an entry of text": with_file("window-000001/x.safetensors", "0" * 64),
    "missing file": with_file("window-000001/x.safetensors"),
    "a link": linked,
    "a folder": folder_instead,
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_manifest_that_is_none_is_passed_over(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    world = World(tmp_path / "run" / "checkpoints")
    for _ in range(3):
        world.play()
        world.complete(world.write())
    change(world.checkpoints.path(3) / MANIFEST)
    assert world.go_back() == 2
    assert not world.checkpoints.path(3).exists()
    for _ in range(3):
        world.play()
        world.complete(world.write())
    assert world.checkpoints.newest() == 5


def test_links_are_neither_followed_nor_in_the_way(tmp_path: Path) -> None:
    world = World(tmp_path / "run")
    for _ in range(2):
        world.play()
        world.complete(world.write())
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    shutil.copytree(tmp_path / "run" / "window-000002", mine / "copy")
    (tmp_path / "run" / "window-000002").rename(tmp_path / "moved")
    (tmp_path / "run" / "window-000002").symlink_to(mine / "copy")
    (tmp_path / "run" / "window-000007").symlink_to(mine)
    (tmp_path / "run" / "window-seven").symlink_to(mine)
    with pytest.raises(LisSimError):
        world.checkpoints.read_part(2, "stream")
    assert world.go_back() == 1
    world.play()
    world.complete(world.write())
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert (mine / "copy" / MANIFEST).is_file()
    assert (tmp_path / "run" / "window-seven").is_symlink()


def test_a_part_that_is_a_link_is_no_part(tmp_path: Path) -> None:
    world = World(tmp_path / "run")
    for _ in range(2):
        world.play()
        world.complete(world.write())
    part = tmp_path / "run" / "window-000002" / "stream.safetensors"
    shutil.move(part, tmp_path / "elsewhere")
    part.symlink_to(tmp_path / "elsewhere")
    assert world.checkpoints.newest() == 1
    with pytest.raises(RunError, match=r"stream\.safetensors is missing from the checkpoint"):
        world.checkpoints.read_part(2, "stream")


def test_a_part_that_nobody_wrote_is_missed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.play()
    world.complete(world.write())
    with pytest.raises(RunError, match=r"family\.safetensors is missing .*; delete"):
        world.checkpoints.read_part(1, "family")
    with pytest.raises(RunError, match=r"manifest\.json is missing; delete"):
        world.checkpoints.read_part(2, "stream")


def test_a_state_that_does_not_fit_is_told_in_words(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.play()
    world.complete(world.write())
    with (
        pytest.raises(RunError, match=r"stream\.safetensors is not of this run \(KeyError"),
        world.checkpoints.reading(1, "stream") as state,
    ):
        assert state["history.items"] is None


def test_the_family_of_a_run_before_this_version_can_be_read(tmp_path: Path) -> None:
    """Finished runs are compared by it; none goes on from there."""
    from safetensors.numpy import save_file

    (tmp_path / "window-000004").mkdir()
    save_file({"sums": np.arange(3.0)}, tmp_path / "window-000004" / "family.safetensors")
    manifest = {"schema": 1, "window": 4, "files": {"family.safetensors": "0" * 32}}
    (tmp_path / "window-000004" / MANIFEST).write_text(json.dumps(manifest))
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.read_part(4, "family")["sums"].tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(RunError, match=r"has schema 1; accepted: 2; .* --restart"):
        checkpoints.newest()


def test_changes_come_as_the_part_says_them(tmp_path: Path) -> None:
    """A part that marks its rows is asked what changed since the save that a reader has."""
    asked: list[tuple[int, int | None]] = []
    table = np.ones((99, 2))

    def saved(save: int, since: int | None) -> State:
        asked.append((save, since))
        if since is None:
            return {"t": table.copy()}
        return {"t": ChangedRows(99, np.array([save]), table[[save]])}

    checkpoints = Checkpoints(tmp_path)
    writer = PartWriter(checkpoints)
    for window in range(5, 30, 5):
        save = window // 5
        table[save] = table[save - 1] = window  # two neighbours share no file
        checkpoints.complete(window, writer.write(window, "cell", saved))
    assert asked == [(1, None), (2, None), (3, 1), (4, 2), (5, 3)]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory: 9 bytes")])
def test_memory_that_runs_out_while_reading_is_no_fault_of_the_checkpoint(
    tmp_path: Path, error: Exception
) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.complete(1, checkpoints.write_part(1, "family", {}))
    with pytest.raises(type(error)), checkpoints.reading(1, "family"):
        raise error


def test_a_part_that_does_not_fit_is_told_with_its_place(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.complete(1, checkpoints.write_part(1, "family", {}))
    told = r"window-000001/family\.safetensors does not fit this run: it is of another form"
    with pytest.raises(RunError, match=told), checkpoints.reading(1, "family"):
        raise RunError("it is of another form")
