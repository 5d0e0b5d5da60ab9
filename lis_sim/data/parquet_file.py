"""Parquet that somebody else may have written or damaged: read, or refused in words."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.storing import storage_error
from lis_sim.errors import DataError, nearest
from lis_sim.plain import shown

# With checksums of pages: a bit that flips on a disk is told, not played.
SAVED: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
AGAIN = "import the log again"
_WIDTH = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4}  # bytes of a value in memory, others 8
_LONGEST = 300  # characters of a library's message


@contextmanager
def parquet(path: Path, remedy: str) -> Iterator[None]:
    """Tell of whatever Arrow finds wrong with the file ``path`` as a :class:`DataError`.

    ``remedy`` says what to do about it.
    """
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataError(f"{path} is missing, or no file; {remedy}") from error
    except (OSError, pa.ArrowException, MemoryError, KeyError, UnicodeError) as error:
        # A device that fails says nothing about what is in the file.
        if storage_error(error, path) is not None:
            raise
        said = " ".join(str(error).split())[:_LONGEST]
        raise DataError(f"{path} is not a Parquet file that can be read ({said}); {remedy}") from (
            error
        )


def read_schema(path: Path, remedy: str = AGAIN) -> pa.Schema:
    """Return the schema of ``path``; :class:`DataError` if a column has no name or two have one.

    Names that differ only in case count as one: DuckDB, which reads logs, takes them for one.
    """
    with parquet(path, remedy):
        schema = pq.read_schema(path)
        check_names(list(schema.names), str(path))
    return schema


def check_names(names: Sequence[str], where: str) -> None:
    """Raise :class:`DataError` unless all columns of a file have names, each its own.

    >>> check_names(["user", "item", "User"], "log.csv")
    Traceback (most recent call last):
    lis_sim.errors.DataError: log.csv: columns 1 and 3 are both called 'User' (case does not count)\
; accepted: every column its own name. Rename one in the file
    """
    first: dict[str, int] = {}
    for at, name in enumerate(names, start=1):
        if not name.strip():
            raise DataError(
                f"{where}: column {at} has no name; accepted: a name for every column. Give it one "
                "in the file, and a role or `ignored`"
            )
        if name.lower() in first:
            raise DataError(
                f"{where}: columns {first[name.lower()]} and {at} are both called {shown(name)} "
                "(case does not count); accepted: every column its own name. Rename one in the file"
            )
        first[name.lower()] = at


def read_columns(path: Path, columns: Sequence[str], remedy: str = AGAIN) -> pa.Table:
    """Return these columns of ``path``, whole; :class:`DataError` says what is wrong with it.

    A file whose values would need more memory than the machine has is refused before any of
    them is decoded: a few kilobytes of run lengths can stand for billions.
    """
    names = read_schema(path, remedy).names
    for column in columns:
        if column not in names:
            raise DataError(
                f"{path} has no column {column!r}{nearest(column, names)}; it has: {listed(names)}"
            )
    with parquet(path, remedy):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_size(path, file.metadata, set(columns))
            table = file.read(columns=list(columns), use_threads=False)
        # Text that is no UTF-8 would only show where somebody looks at it.
        for name in columns:
            table.column(name).validate(full=True)
    return table


def read_metadata(path: Path, remedy: str = AGAIN) -> pq.FileMetaData:
    """Return the footer of ``path``; :class:`DataError` when it has none that can be read."""
    with parquet(path, remedy):
        return pq.read_metadata(path)


def leaf_of(footer: pq.FileMetaData, column: str) -> int | None:
    """Return where the values of ``column`` lie in a row group; None: nested, or not there."""
    leaves = (footer.schema.column(at).path for at in range(footer.num_columns))
    return next((at for at, path in enumerate(leaves) if path == column), None)


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return ``names`` as a message lists them.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    said = ", ".join(shown(one)[1:-1] for one in names[:most])
    return f"{said} and {len(names) - most:,} more" if len(names) > most else said


def _check_size(path: Path, footer: Any, columns: set[str]) -> None:
    size = 0
    for at in range(footer.num_row_groups):
        group = footer.row_group(at)
        for index in range(group.num_columns):
            column = group.column(index)
            if column.path_in_schema.split(".")[0] in columns:
                size += column.num_values * _WIDTH.get(column.physical_type, 8)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory:
        raise DataError(
            f"{path} holds {footer.num_rows:,} rows whose values need {size / 1e9:,.1f} GB of "
            f"memory, more than the {memory / 1e9:,.1f} GB of this machine; accepted: a file that "
            "fits"
        )
