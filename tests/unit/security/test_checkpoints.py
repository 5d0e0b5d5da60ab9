"""A checkpoint from somebody else: nothing in it is executed, or leads out of its folder."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lis_sim.data.arrays_file import CONTENT, _checksum, mapped_arrays, write_arrays
from lis_sim.errors import LisSimError
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.checkpoints.manifest import MANIFEST

WINDOW, PART = 3, "cell-clean-0"


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


def pickled(mark: Path, protocol: int) -> bytes:
    return pickle.dumps(Payload(mark), protocol)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """What exists once anything was executed."""
    return tmp_path / "executed"


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    """A checkpoint, whole."""
    made = Checkpoints(tmp_path / "run" / "checkpoints")
    files = made.write_part(WINDOW, PART, {"weights": np.arange(4.0)})
    made.complete(WINDOW, files)
    assert made.newest() == WINDOW
    return made


def replace_part(checkpoints: Checkpoints, content: bytes) -> None:
    """Put ``content`` in the place of the part, with a manifest that knows its checksum."""
    (file,) = checkpoints.path(WINDOW).glob("*.safetensors")
    file.write_bytes(content)
    manifest = checkpoints.path(WINDOW) / MANIFEST
    known = json.loads(manifest.read_text())
    entry = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    known["files"] = {name: old | entry for name, old in known["files"].items()}
    manifest.write_text(json.dumps(known))
    assert checkpoints.newest() == WINDOW, "its author can write a manifest too"


def test_the_payload_is_one(mark: Path) -> None:
    pickle.loads(pickled(mark, 4))
    assert mark.exists()


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_for_a_part_is_refused(
    checkpoints: Checkpoints, mark: Path, protocol: int
) -> None:
    replace_part(checkpoints, pickled(mark, protocol))
    with pytest.raises(LisSimError, match=r"cell-clean-0.safetensors.*accepted"):
        checkpoints.read_part(WINDOW, PART)
    assert not mark.exists()


def test_so_is_an_archive_as_torch_saves_it(checkpoints: Checkpoints, mark: Path) -> None:
    file = mark.with_suffix(".pt")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(mark, 2))
        archive.writestr("archive/version", "3")
    replace_part(checkpoints, file.read_bytes())
    with pytest.raises(LisSimError):
        checkpoints.read_part(WINDOW, PART)
    assert not mark.exists()


def test_an_array_of_objects_is_none_of_ours(tmp_path: Path, mark: Path) -> None:
    """Decoded copies are the only .npy files: one that is a pickle is made again, not read."""
    folder = tmp_path / "copy"
    write_arrays(folder, [{"user": np.arange(2)}])
    assert mapped_arrays(folder, 2) is not None
    objects = np.empty(2, dtype=object)
    objects[:] = [Payload(mark), Payload(mark)]
    np.save(folder / "user.npy", objects, allow_pickle=True)
    status = (folder / "user.npy").stat()
    checksum = _checksum(folder / "user.npy", status.st_size, status.st_mtime_ns)
    (folder / CONTENT).write_text(json.dumps({"rows": 2, "crc32": {"user": checksum}}))
    assert mapped_arrays(folder, 2) is None
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.safetensors",
        "window-000003/../../../secret.safetensors",
        "/etc/passwd",
        "window-000003//etc/passwd",
        "window-000003/a\0b.safetensors",
        "window-000003\\..\\secret.safetensors",
        "",
        ".",
        "..",
    ],
)
def test_a_manifest_names_nothing_outside(
    checkpoints: Checkpoints, tmp_path: Path, name: str
) -> None:
    secret = tmp_path / "secret.safetensors"
    secret.write_bytes(b"mine")
    manifest = checkpoints.path(WINDOW) / MANIFEST
    known = json.loads(manifest.read_text())
    entry = {"sha256": hashlib.sha256(b"mine").hexdigest(), "bytes": 4}
    manifest.write_text(json.dumps(known | {"files": {name: entry, **known["files"]}}))
    assert checkpoints.newest() is None
    checkpoints.forget_after(0)
    assert secret.read_bytes() == b"mine"


def test_links_are_not_followed(checkpoints: Checkpoints, tmp_path: Path) -> None:
    """Neither read nor emptied: what a run removes is its own."""
    other = tmp_path / "mine"
    other.mkdir()
    (other / MANIFEST).write_text("{}")
    (other / "letter.txt").write_text("dear")
    (checkpoints.folder / "window-000009").symlink_to(other)
    assert checkpoints.newest() == WINDOW
    checkpoints.forget_after(WINDOW)
    assert not (checkpoints.folder / "window-000009").exists()
    assert sorted(path.name for path in other.iterdir()) == ["letter.txt", MANIFEST]
    (file,) = checkpoints.path(WINDOW).glob("*.safetensors")
    kept = tmp_path / "elsewhere.safetensors"
    file.replace(kept)
    file.symlink_to(kept)
    assert checkpoints.newest() is None
    checkpoints.complete(WINDOW + 1, checkpoints.write_part(WINDOW + 1, PART, {"x": np.ones(2)}))
    assert kept.exists()


def test_folders_that_are_no_checkpoints_are_left_alone(checkpoints: Checkpoints) -> None:
    for name in ("window-", "window-x", "window-00000004", "notes"):
        (checkpoints.folder / name).mkdir()
        (checkpoints.folder / name / MANIFEST).write_text("{}")
    assert checkpoints.newest() == WINDOW
    checkpoints.forget_after(0)
    assert len(list(checkpoints.folder.iterdir())) == 4
