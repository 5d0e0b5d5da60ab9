"""The Parquet files of some scores: one, or all of a folder, read in the order of their names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from lis_sim.data.parquet_file import listed, read_schema
from lis_sim.errors import DataError
from lis_sim.training.folder import SCORES
from lis_sim.training.identity import file_hash

REMEDY = "write the file again"
_SUFFIX = ".parquet"


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return ``path``, or the ``.parquet`` files in it; :class:`DataError` if there are none."""
    if not path.is_dir():
        return (path,)
    files = sorted(
        file
        for file in path.iterdir()
        if file.suffix == _SUFFIX and not file.name.startswith((".", "_"))
    )
    if not files:
        kept = path / SCORES
        instead = f"; did you mean {kept}?" if kept.is_dir() else ""
        raise DataError(
            f"{path} is a folder without {_SUFFIX} files{instead}; accepted: one such file, or a "
            "folder of them whose names sort by time, as scores-2024-01-31.parquet"
        )
    return tuple(files)


def schema_of(parts: tuple[Path, ...]) -> pa.Schema:
    """Return the schema that all ``parts`` have; :class:`DataError` names what differs."""
    first = read_schema(parts[0], REMEDY)
    for part in parts[1:]:
        schema = read_schema(part, REMEDY)
        lacking = [name for name in first.names if name not in schema.names]
        more = [name for name in schema.names if name not in first.names]
        if lacking or more:
            raise DataError(
                f"{part} has other columns than {parts[0].name}: it lacks "
                f"{listed(lacking) or 'none'} and has {listed(more) or 'none'} more; accepted: the "
                "same columns in all files of a folder"
            )
        for name in first.names:
            if schema.field(name).type != first.field(name).type:
                raise DataError(
                    f"{part}, column {name!r} is of type {schema.field(name).type}; accepted: "
                    f"{first.field(name).type}, as in {parts[0].name}"
                )
    return first


def fingerprint_of(parts: tuple[Path, ...]) -> str:
    """Return a hash of what the files hold, in order; that of a single one is its own."""
    if len(parts) == 1:
        return file_hash(parts[0])
    own = "".join(f"{file_hash(part)}\n" for part in parts)
    return hashlib.blake2b(own.encode(), digest_size=16).hexdigest()
