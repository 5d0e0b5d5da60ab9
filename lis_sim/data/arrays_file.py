"""A folder of ``.npy`` arrays of equal length, written piece by piece and mapped whole."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

CONTENT = "arrays.json"  # written last: rows, and every array's checksum
_HEADER_BYTES = 128
_CHUNK_BYTES = 1 << 22


class ArraysWriter:
    """Writes the pieces of arrays one after another, in the memory of one piece.

    Not through a map: on a full disk a write says so, a page that cannot be kept kills the
    process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self._like: dict[str, NDArray[Any]] = {}
        self._checksums: dict[str, int] = {}
        self._rows = 0

    def __enter__(self) -> ArraysWriter:
        self._folder.mkdir(parents=True)
        return self

    def append(self, piece: Mapping[str, NDArray[Any]]) -> None:
        """Append rows to every array; pieces have the same names, types and widths."""
        for name, values in piece.items():
            if name not in self._files:
                self._files[name] = (self._folder / f"{name}.npy").open("wb")
                self._files[name].write(bytes(_HEADER_BYTES))
                self._like[name] = values[:0].copy()
            data = np.ascontiguousarray(values).data.cast("B") if values.size else b""
            self._files[name].write(data)
            self._checksums[name] = zlib.crc32(data, self._checksums.get(name, 0))
        self._rows += len(next(iter(piece.values())))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ExitStack() as files:  # closed, all of them, whatever the disk says of one
            for file in self._files.values():
                files.enter_context(file)
            if error is None:
                self._finish()

    def _finish(self) -> None:
        """Write what is known only now: the headers, and then of what the whole consists."""
        for name, file in self._files.items():
            header = _header(self._like[name], self._rows)
            self._checksums[name] = zlib.crc32(header, self._checksums[name])
            file.seek(0)
            file.write(header)
            file.flush()
        content = {"rows": self._rows, "crc32": self._checksums}
        (self._folder / CONTENT).write_text(json.dumps(content), encoding="utf-8")


def write_arrays(folder: Path, pieces: Iterable[Mapping[str, NDArray[Any]]]) -> None:
    """Write the pieces of arrays to ``folder``, which gets its name when it is whole."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a killed process
    try:
        with ArraysWriter(unfinished) as writer:
            for piece in pieces:
                writer.append(piece)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def mapped_arrays(folder: Path, rows: int) -> dict[str, NDArray[Any]] | None:
    """Map the arrays of ``folder``, ``(rows, ...)`` each; None: missing, damaged or of other rows.

    Copy on write: who writes into one changes what it has itself mapped, and no file. Checksums
    are compared once in a process.
    """
    try:
        content = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        found = {}
        for name, checksum in content["crc32"].items():
            path = folder / f"{name}.npy"
            status = path.stat()
            if _checksum(path, status.st_size, status.st_mtime_ns) != checksum:
                return None
            # Plain arrays: a slice of numpy's own class of maps costs ten times as much.
            found[name] = np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if all(len(one) == rows == content["rows"] for one in found.values()) else None


@lru_cache(maxsize=65_536)
def _checksum(path: Path, size: int, changed_ns: int) -> int:
    """Return the checksum of the file that ``path`` was at that size and time.

    Of its values and then of its header, which is known, and written, when they are.
    """
    found = 0
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        while chunk := file.read(_CHUNK_BYTES):
            found = zlib.crc32(chunk, found)
    return zlib.crc32(header, found)


def _header(like: NDArray[Any], rows: int) -> bytes:
    shape = (rows, *like.shape[1:])
    described = f"{{'descr': {npy.dtype_to_descr(like.dtype)!r}, 'fortran_order': False, "
    text = described + f"'shape': {shape!r}, }}"
    room = _HEADER_BYTES - len(npy.magic(1, 0)) - 2
    return npy.magic(1, 0) + (room).to_bytes(2, "little") + f"{text:<{room - 1}}\n".encode("latin1")
