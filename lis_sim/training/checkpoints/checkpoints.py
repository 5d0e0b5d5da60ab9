"""Checkpoints: one safetensors file a cell and a shared part, and a manifest written last."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.sync import sync
from lis_sim.errors import LisSimError, RunError
from lis_sim.training.checkpoints.file import damage_of, read_arrays, settle, write_arrays
from lis_sim.training.checkpoints.manifest import (
    MANIFEST,
    SCHEMA,
    DamagedError,
    Files,
    Manifest,
    content_of,
    file_name,
    folder_name,
    foreign_schema,
    part_name,
    read_manifest,
    window_of,
)
from lis_sim.training.checkpoints.state import State as State
from lis_sim.training.checkpoints.state import merged, packed, unpacked
from lis_sim.training.memory import is_memory
from lis_sim.training.whole_text import write_json

_KEPT = 2  # they share no file, see PartWriter: what damages the newest leaves the other
_LOG = logging.getLogger("lis_sim.training")


class Checkpoints:
    """The checkpoints of a run folder: ``window-000012`` holds the state *before* window 12.

    Every part is a file of its own, so workers write at the same time and another number of
    workers can read them. A part may be what changed since an earlier checkpoint, whose file is
    kept as long as it is needed. A folder without a manifest, or whose files do not match it, is
    no checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, window: int) -> Path:
        """Return the folder of the checkpoint before ``window``."""
        return self.folder / folder_name(window)

    def write_part(self, window: int, part: str, state: State, rank: int = 0) -> Files:
        """Write one part and return what the manifest needs to know of its file, once settled.

        ``state`` is whole, or has arrays as :class:`~lis_sim.types.ChangedRows`: then the
        manifest needs the files as well that those are changes of.
        """
        folder = self.path(window)
        if folder.is_symlink():
            folder.unlink()  # it may lead out of the run folder
        folder.mkdir(parents=True, exist_ok=True)
        size = write_arrays(folder / file_name(part), packed(state))
        return {f"{folder.name}/{file_name(part)}": {"bytes": size, "rank": rank}}

    def settle(self, files: Mapping[str, Any]) -> None:
        """Wait until the disk has what :meth:`write_part` wrote, and add its checksums.

        Any thread may do it: what is trained meanwhile changes nothing in the files.
        """
        for name, entry in files.items():
            if "sha256" not in entry:
                entry["sha256"] = settle(self.folder / name)

    def complete(self, window: int, files: Mapping[str, Any]) -> None:
        """Write the manifest, after all parts and the windows before it are safe."""
        self.settle(files)
        write_json(self.path(window) / MANIFEST, content_of(window, files))
        sync(self.folder)
        self._prune(window)

    def newest(self) -> int | None:
        """Return the window of the newest checkpoint whose files match their checksums.

        Says which ones it passed over, and why, by the logger ``lis_sim.training``, which prints
        on stderr unless it is told otherwise.
        """
        passed: list[str] = []
        found: int | None = None
        for window in reversed(self._manifests()):
            damage = self._damage(window)
            if damage is None:
                found = window
                break
            passed.append(damage)
        if passed:
            to = "the beginning" if found is None else f"the checkpoint before window {found}"
            _LOG.warning("%s; going back to %s", "; ".join(passed), to)
        return found

    def parts(self, window: int) -> list[str]:
        """Return the names of the parts that the checkpoint before ``window`` has."""
        manifest = read_manifest(self.path(window) / MANIFEST)
        return sorted({part_name(Path(name).name) for name in manifest.files})

    def read_part(self, window: int, part: str) -> dict[str, NDArray[np.generic]]:
        """Read one part of the checkpoint before ``window``, whole."""
        path = self.path(window) / MANIFEST
        try:
            manifest = read_manifest(path)
        except DamagedError as error:
            raise RunError(f"{error}; delete {path.parent} to go back") from error
        chain = [self.folder / name for name in manifest.chain(part)]
        lost = next((one for one in chain if not _is_own(one)), None)
        if lost is not None or not chain:
            lost = lost or path.parent / file_name(part)
            raise RunError(
                f"{lost} is missing from the checkpoint; delete {path.parent} to go back"
            )
        if manifest.schema != SCHEMA:
            return read_arrays(chain[0])
        return merged([unpacked(file, read_arrays(file)) for file in chain])

    @contextmanager
    def reading(self, window: int, part: str) -> Iterator[dict[str, NDArray[np.generic]]]:
        """Read one part for a block that takes it over; :class:`RunError` if it does not fit.

        A file may be what was written and still not be this run's: copied there, or edited
        together with its manifest.
        """
        state = self.read_part(window, part)
        try:
            yield state
        except RunError as error:
            raise RunError(
                f"{self.path(window) / file_name(part)} does not fit this run: {error}"
            ) from error
        except (ValueError, TypeError, LookupError, RuntimeError, AssertionError) as error:
            if is_memory(error):  # it may well be of this run
                raise
            raise RunError(
                f"{self.path(window) / file_name(part)} is not of this run ({error!r:.200}); "
                f"delete {self.path(window)} to go back, or begin again with --restart"
            ) from error

    def forget_after(self, window: int) -> None:
        """Remove what lies after the checkpoint before ``window``, whole or not.

        Going on writes the same parts again: a manifest left from before would call them
        valid although the windows before them are not committed yet.
        """
        for own, folder in self._folders():
            if own > window:
                _remove(folder)

    def _folders(self) -> list[tuple[int, Path]]:
        """Return the folders of checkpoints, whole or not, by window."""
        if not self.folder.is_dir():
            return []
        named = ((window_of(path.name), path) for path in self.folder.iterdir())
        return sorted((window, path) for window, path in named if window is not None)

    def _manifests(self) -> list[int]:
        return [window for window, path in self._folders() if (path / MANIFEST).exists()]

    def _damage(self, window: int) -> str | None:
        """Return why the checkpoint before ``window`` cannot be used; None: it can."""
        path = self.path(window) / MANIFEST
        if path.parent.is_symlink() or path.is_symlink():
            return f"{path} is a link"
        try:
            manifest = read_manifest(path)
        except DamagedError as error:
            return str(error)
        if manifest.schema != SCHEMA:
            raise foreign_schema(path, manifest.schema)
        for name, entry in manifest.files.items():
            file = self.folder / name
            damage = "is in a link" if file.parent.is_symlink() else damage_of(file, entry)
            if damage is not None:
                return f"{file} {damage}"
        return None

    def _prune(self, window: int) -> None:
        """Remove what neither the checkpoint before ``window`` nor the one before it needs.

        What lies after it is being written by workers that are ahead. A manifest there is left
        from before workers went back.
        """
        for later in [one for one in self._manifests() if one > window]:
            _remove(self.path(later) / MANIFEST)
        kept = self._kept(window)
        needed = {name for manifest in kept for name in manifest.files}
        needed |= {f"{folder_name(manifest.window)}/{MANIFEST}" for manifest in kept}
        old = [folder for own, folder in self._folders() if own <= window]
        for folder in old:  # first: what has a manifest is whole, however this ends
            if f"{folder.name}/{MANIFEST}" not in needed and not folder.is_symlink():
                _remove(folder / MANIFEST)
        for folder in old:
            if not any(name.startswith(f"{folder.name}/") for name in needed):
                _remove(folder)
                continue
            for file in folder.iterdir():
                if f"{folder.name}/{file.name}" not in needed:
                    _remove(file)

    def _kept(self, window: int) -> list[Manifest]:
        """Return the manifests of the newest checkpoints up to ``window``, newest first."""
        found: list[Manifest] = []
        for own in reversed(self._manifests()):
            if own <= window and len(found) < _KEPT:
                try:
                    found.append(read_manifest(self.path(own) / MANIFEST))
                except LisSimError:  # nobody will go on from it
                    continue
        return found


def _is_own(file: Path) -> bool:
    """Whether a part's file is there; a link may lead out of the run folder."""
    return file.is_file() and not file.is_symlink() and not file.parent.is_symlink()


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if path.name != MANIFEST:
        _remove(path / MANIFEST)  # first: half a folder is no checkpoint
    shutil.rmtree(path)
