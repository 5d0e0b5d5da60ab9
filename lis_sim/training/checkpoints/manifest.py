"""What a checkpoint consists of: files with checksums, and who wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.data.names import is_plain
from lis_sim.errors import LisSimError, RunError

MANIFEST = "manifest.json"
SUFFIX = ".safetensors"
SCHEMA = 2
_WINDOW = re.compile(r"window-([0-9]{6,12})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_ONLY = 1  # every part one file, in the checkpoint's own folder, without a prefix to its names

# By path below checkpoints/: sha256, bytes, and of a file just written the rank that wrote it.
Files = dict[str, Any]


class DamagedError(LisSimError):
    """A checkpoint is not what was written; the one before may be."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of the checkpoint before ``window``, by path below ``checkpoints/``.

    The files of one name in the folders of earlier checkpoints are what a part is a change of:
    the oldest holds it whole.
    """

    window: int
    files: Mapping[str, Mapping[str, Any]]
    schema: int = SCHEMA

    def chain(self, part: str) -> list[str]:
        """Return the files of a part, newest first."""
        name = file_name(part)
        own = [path for path in self.files if path.partition("/")[2] == name]
        return sorted(own, key=lambda path: window_of(path.partition("/")[0]) or 0, reverse=True)


def folder_name(window: int) -> str:
    """Return the name of the folder of the checkpoint before ``window``.

    >>> folder_name(12)
    'window-000012'
    """
    return f"window-{window:06d}"


def window_of(name: str) -> int | None:
    """Return the window that a checkpoint's folder is called for; None: it is no such name.

    >>> window_of("window-000012"), window_of("window-12"), window_of("../window-000012")
    (12, None, None)
    """
    found = _WINDOW.fullmatch(name)
    window = int(found.group(1)) if found else None
    return window if window is not None and folder_name(window) == name else None


def file_name(part: str) -> str:
    """Return the name of a part's file.

    >>> file_name("cell-leaked:co_click-0")
    'cell-leaked@co_click-0.safetensors'
    """
    return f"{part.replace(':', '@')}{SUFFIX}"


def part_name(file: str) -> str:
    """Return the part that :func:`file_name` named ``file`` after.

    >>> part_name("cell-leaked@co_click-0.safetensors")
    'cell-leaked:co_click-0'
    """
    return file.removesuffix(SUFFIX).replace("@", ":")


def content_of(window: int, files: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest of the checkpoint before ``window`` says."""
    known = {
        path: {"sha256": one["sha256"], "bytes": one["bytes"]}
        for path, one in sorted(files.items())
    }
    grid: dict[str, list[str]] = {}
    for path, one in sorted(files.items()):
        folder, _, name = path.partition("/")
        if folder == folder_name(window):
            grid.setdefault(str(one.get("rank", 0)), []).append(name.removesuffix(SUFFIX))
    # The grid is for people: parts are of cells, and any other grid reads them as well.
    return {"schema": SCHEMA, "window": window, "files": known, "grid": grid}


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a checkpoint.

    Raises:
        DamagedError: it is torn, or not what lis-sim writes.
        RunError: another version of lis-sim wrote it.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is missing") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedError(f"{path} is no JSON ({type(error).__name__})") from error
    if not isinstance(content, dict):
        raise DamagedError(f"{path} holds no JSON object")
    schema, window, files = (content.get(key) for key in ("schema", "window", "files"))
    if schema != SCHEMA and schema != _READ_ONLY:
        raise foreign_schema(path, schema)
    if window is None or window != window_of(path.parent.name) or not isinstance(files, dict):
        raise DamagedError(f"{path} is not of the checkpoint in its folder")
    if schema == SCHEMA:
        for name, entry in files.items():
            _check(path, window, name, entry)
        return Manifest(window, files)
    return Manifest(window, {f"{path.parent.name}/{name}": {} for name in files}, _READ_ONLY)


def foreign_schema(path: Path, schema: object) -> RunError:
    """Return the refusal to go on from a checkpoint of another version."""
    shown = "nothing" if schema is None else repr(schema)[:40]
    return RunError(
        f"{path} has schema {shown}; accepted: {SCHEMA}; go on with the version of lis-sim that "
        "wrote it, begin again with --restart, or use another --out"
    )


def _check(path: Path, window: int, name: str, entry: object) -> None:
    folder, _, file = name.partition("/")
    of = window_of(folder)
    plain = of is not None and of <= window and is_plain(file) and file.endswith(SUFFIX)
    if not plain:
        raise DamagedError(f"{path} names the file {name[:80]!r}, which is no part of a checkpoint")
    known = entry if isinstance(entry, dict) else {}
    sized = type(known.get("bytes")) is int
    if not sized or not _SHA256.fullmatch(str(known.get("sha256"))):
        raise DamagedError(f"{path} has no checksum and size of {name}")
