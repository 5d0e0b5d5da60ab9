"""Raw files as a DuckDB relation: which columns they have and how to select them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.import_spec import RawTable
from lis_sim.errors import DataError, nearest

ROW = "__row"  # rows of all files together, counted from 1
HASH = "__hash"


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """Return ``value`` as an SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def find_files(table: RawTable, folder: Path, homepage: str | None) -> list[Path]:
    """Return the files of ``table``; :class:`DataError` says where to get a missing one."""
    paths = [folder / name for name in table.files]
    for path in paths:
        if not path.is_file():
            origin = f"get it from {homepage} and " if homepage else ""
            raise DataError(
                f"{path} not found; {origin}give the folder that holds it as the source "
                f"(expected there: {', '.join(table.files)})"
            )
    return paths


def column_names(table: RawTable, paths: Sequence[Path]) -> list[str]:
    """Return the columns of the files, which must all have the same."""
    names = [_file_columns(table, path) for path in paths]
    for path, other in zip(paths, names, strict=True):
        if other != names[0]:
            raise DataError(
                f"{path} has the columns {', '.join(other)}; accepted: those of {paths[0].name}, "
                f"{', '.join(names[0])}"
            )
    return names[0]


def _file_columns(table: RawTable, path: Path) -> list[str]:
    if table.format == "parquet":
        try:
            return list(pq.read_schema(path).names)
        except pa.ArrowInvalid as error:
            raise DataError(f"{path} is not a Parquet file: {error}") from error
    if not table.header:
        return list(table.columns)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} near its start; "
            "accepted: UTF-8 (convert with iconv), uncompressed; for Parquet give the format"
        ) from error
    if not line:
        raise DataError(f"{path} is empty; accepted: a header line and at least one row")
    if len(table.delimiter) > 1:
        return line.split(table.delimiter)
    return next(csv.reader([line], delimiter=table.delimiter))


def relation(table: RawTable, paths: Sequence[Path], names: Sequence[str]) -> str:
    """Return SQL for the rows of the files in order, every text column as VARCHAR, and ``__row``.

    Text is never guessed at: a ragged line is an error, an empty field is NULL.
    """
    files = "[" + ", ".join(text(path) for path in paths) + "]"
    if table.format == "parquet":
        source = f"read_parquet({files})"
    else:
        columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
        # Quotes are an idea of comma-separated files; elsewhere they belong to the text.
        quote = '"' if table.delimiter == "," else ""
        source = (
            f"read_csv({files}, auto_detect=false, header={str(table.header).lower()}, "
            f"sep={text(table.delimiter)}, quote={text(quote)}, escape={text(quote)}, "
            f"null_padding=false, strict_mode=true, columns={{{columns}}})"
        )
    listed = ", ".join(quoted(name) for name in names)
    return f"(SELECT {listed}, row_number() OVER () AS {ROW} FROM {source})"


def require_columns(
    names: Sequence[str], declared: Sequence[tuple[str, str]], where: str, how: str
) -> None:
    """Every declared column must exist and every existing one must be declared."""
    for role, column in declared:
        if column not in names:
            raise DataError(
                f"{where} has no column {column!r} (declared as {role})"
                f"{nearest(column, names)}; it has: {', '.join(names)}"
            )
    roles = {column for _, column in declared}
    undeclared = [name for name in names if name not in roles]
    if undeclared:
        raise DataError(
            f"{where} has undeclared columns: {', '.join(undeclared)}; give each a role: {how}"
        )


def locate(
    connection: duckdb.DuckDBPyConnection, table: RawTable, paths: Sequence[Path], row: int
) -> str:
    """Return ``file, row n`` (and the line, for text) for a row of all files together."""
    for path in paths:
        names = _file_columns(table, path)
        count = f"SELECT count(*) FROM {relation(table, [path], names)}"
        rows = int(connection.execute(count).fetchall()[0][0])
        if row <= rows:
            line = "" if table.format == "parquet" else f" (line {row + int(table.header)})"
            return f"{path.name}, row {row}{line}"
        row -= rows
    raise AssertionError("a row that was read lies in none of the files")
