"""Where a row of several files stands: its file, its row there, its line."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from lis_sim.data.import_spec import RawTable
from lis_sim.data.raw import file_columns, relation
from lis_sim.data.raw_files import unpacked
from lis_sim.data.raw_jsonl import objects
from lis_sim.errors import DataError

_COUNTED_ROWS = 10_000_000


def locate(
    connection: duckdb.DuckDBPyConnection, table: RawTable, paths: Sequence[Path], row: int
) -> str:
    """Return ``file, row n`` (and the line, for text) for a row of all files together."""
    for path in paths:
        count = f"SELECT count(*) FROM {_rows(table, path)}"
        rows = int(connection.execute(count).fetchall()[0][0])
        if row <= rows:
            return f"{path.name}, row {row}{_line(table, path, row)}"
        row -= rows
    raise DataError(f"{', '.join(path.name for path in paths)} changed while read; try again")


def _rows(table: RawTable, path: Path) -> str:
    if table.format == "jsonl":
        return objects([path])
    return relation(table, [path], file_columns(table, path))


def _line(table: RawTable, path: Path, row: int) -> str:
    """Return in which line of a text file a row ends; nothing where counting would take minutes."""
    if table.format == "parquet" or row > _COUNTED_ROWS:
        return ""
    with unpacked(path) as file:
        ends = _object_lines(file) if table.format == "jsonl" else _row_ends(table, file)
        try:
            line = next(itertools.islice(ends, row - 1, None), None)
        except (csv.Error, UnicodeDecodeError):  # a field of 10^6 characters
            return ""
    return "" if line is None else f" (line {line})"


def _object_lines(file: Any) -> Iterator[int]:
    """Yield the lines, counted from 1, that are not blank."""
    return (at for at, line in enumerate(io.BufferedReader(file), start=1) if line.strip())


def _row_ends(table: RawTable, file: Any) -> Iterator[int]:
    """Yield the line in which each row ends; the header is no row."""
    encoding = "utf-8-sig" if table.encoding == "utf-8" else table.encoding
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    # How a line is cut into fields is all the same here, but for quotes over several lines.
    plain = table.delimiter != ","
    reader = csv.reader(text, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
    # Blank lines are no rows, and a field in quotes may have several lines.
    lines = (reader.line_num for fields in reader if fields)
    return itertools.islice(lines, int(table.header), None)
