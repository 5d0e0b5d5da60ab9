"""Checkpoints: one safetensors file a cell and a shared part, and a manifest written last."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from lis_sim.data.sync import sync
from lis_sim.errors import RunError

MANIFEST = "manifest.json"
PARTIAL = ".partial"  # of files that are still being written
SCHEMA = 1
_KEPT = 2
_CHUNK = 1 << 20

State = Mapping[str, NDArray[np.generic]]


class Checkpoints:
    """The checkpoints of a run folder: ``window-000012`` holds the state *before* window 12.

    Every part is a file of its own, so workers write at the same time and another number of
    workers can read them. A folder without a manifest, or whose files do not match it, is no
    checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, window: int) -> Path:
        """Return the folder of the checkpoint before ``window``."""
        return self.folder / f"window-{window:06d}"

    def write_part(self, window: int, part: str, state: State) -> dict[str, str]:
        """Write one part and return its file's name and checksum for the manifest."""
        folder = self.path(window)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / _file_name(part)
        partial = file.with_suffix(PARTIAL)
        save_file({key: np.asarray(value, order="C") for key, value in state.items()}, partial)
        sync(partial)
        partial.replace(file)
        return {file.name: _checksum(file)}

    def complete(self, window: int, files: Mapping[str, str]) -> None:
        """Write the manifest, after all parts and the windows before it are safe."""
        manifest = {"schema": SCHEMA, "window": window, "files": dict(sorted(files.items()))}
        write_json(self.path(window) / MANIFEST, manifest)
        sync(self.folder)
        for old in self._complete()[:-_KEPT]:
            shutil.rmtree(self.path(old))

    def newest(self) -> int | None:
        """Return the window of the newest checkpoint whose files match their checksums."""
        for window in reversed(self._complete()):
            if self._matches(window):
                return window
        return None

    def read_part(self, window: int, part: str) -> dict[str, NDArray[np.generic]]:
        """Read one part of the checkpoint before ``window``."""
        file = self.path(window) / _file_name(part)
        if not file.is_file():
            raise RunError(
                f"{file} is missing from the checkpoint; delete {file.parent} to go back"
            )
        return dict(load_file(file))

    def forget_after(self, window: int) -> None:
        """Remove what lies after the checkpoint before ``window``, whole or not.

        Going on writes the same parts again: a manifest left from before would call them
        valid although the windows before them are not committed yet.
        """
        for folder in self.folder.glob("window-*"):
            if int(folder.name.split("-")[1]) > window:
                (folder / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(folder)

    def _complete(self) -> list[int]:
        return sorted(int(m.parent.name.split("-")[1]) for m in self.folder.glob(f"*/{MANIFEST}"))

    def _matches(self, window: int) -> bool:
        folder = self.path(window)
        manifest = _manifest(folder / MANIFEST)
        if manifest is None:
            return False
        if manifest.get("schema") != SCHEMA:
            raise RunError(
                f"{folder / MANIFEST} has schema {manifest.get('schema', 'nothing')}; accepted: "
                f"{SCHEMA}; go on with the version of lis-sim that wrote it, or use another --out"
            )
        files = manifest.get("files")
        return isinstance(files, dict) and all(
            (folder / name).is_file() and _checksum(folder / name) == checksum
            for name, checksum in files.items()
        )


def _file_name(part: str) -> str:
    return f"{part.replace(':', '@')}.safetensors"


def _manifest(path: Path) -> dict[str, Any] | None:
    """Return the manifest; None when it is torn."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``path`` so that it holds the old or the new content, never a part."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write ``path`` so that it holds the old or the new text, never a part."""
    partial = path.with_suffix(PARTIAL)
    partial.write_text(text, encoding="utf-8")
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def _checksum(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
