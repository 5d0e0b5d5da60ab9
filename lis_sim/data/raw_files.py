"""The raw files themselves: where they lie, whether they are compressed, whether they are whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from lis_sim.data.formats import parts_of
from lis_sim.data.import_spec import RawTable
from lis_sim.data.storing import storage_error
from lis_sim.errors import DataError

_Kind = Literal["gzip", "zstd", "none"]
_MAGIC: dict[bytes, _Kind] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PIECE = 1 << 20  # bytes


def find_files(table: RawTable, folder: Path, homepage: str | None) -> list[Path]:
    """Return the files of ``table``, those of a folder by their names, below ``folder``.

    :class:`DataError` says where to get one that is missing.
    """
    found: list[Path] = []
    for path in (folder / name for name in table.files):
        if not path.exists():
            origin = f"get it from {homepage} and " if homepage else ""
            raise DataError(
                f"{path} not found; {origin}give the folder that holds it as the source "
                f"(expected there: {', '.join(table.files)})"
            )
        parts = parts_of(path) if path.is_dir() else [path]
        if not parts:
            raise DataError(
                f"{path} is a folder without files; accepted: a file, or a folder of parts, whose "
                "names begin with neither . nor _"
            )
        found += parts
    return found


def compression(paths: Sequence[Path]) -> str:
    """Return ``gzip``, ``zstd`` or ``none``: what the first bytes of all ``paths`` say."""
    found = [_compression(path) for path in paths]
    for path, other in zip(paths, found, strict=True):
        if other != found[0]:
            raise DataError(
                f"{path} is compressed by {other}, {paths[0].name} by {found[0]}; accepted: all "
                "files of a log alike"
            )
    return found[0]


def _compression(path: Path) -> _Kind:
    with path.open("rb") as file:
        start = file.read(4)
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "none")


@contextmanager
def unpacked(path: Path) -> Iterator[Any]:
    """Open ``path`` for reading bytes, uncompressed; :class:`DataError` where it is damaged."""
    kind = _compression(path)
    try:
        with path.open("rb") if kind == "none" else pa.input_stream(path, kind) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        if kind == "none" or storage_error(error, path) is not None:
            raise
        raise DataError(
            f"{path} is compressed ({kind}) and cut short or damaged ({error}); accepted: a whole "
            "file; get it again"
        ) from error


def check_whole(paths: Sequence[Path]) -> None:
    """Raise :class:`DataError` for a compressed file that ends early or has a wrong checksum.

    DuckDB reads a zstd file that was cut off as if it ended there, and looks at no checksum.
    """
    piece = bytearray(_PIECE)
    for path in paths:
        if _compression(path) != "none":
            with unpacked(path) as file:
                while file.readinto(piece):
                    pass
