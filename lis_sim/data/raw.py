"""Raw files as a DuckDB relation: which columns they have and how to select them."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from lis_sim.data.import_spec import RawTable
from lis_sim.data.parquet_file import check_names, listed, read_schema
from lis_sim.data.raw_header import header_names
from lis_sim.data.raw_types import check_same
from lis_sim.errors import DataError, nearest

ROW = "__row"  # rows of all files together, counted from 1
HASH = "__hash"
PREVIOUS = "__previous"  # the time of the row before
REMEDY = "give a whole Parquet file, or the format of this one"
_OWN = (ROW, HASH, PREVIOUS)
_PATTERN = re.compile(r"([*?\[])")
_COUNTED_ROWS = 10_000_000


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def raw_value(name: str) -> str:
    """Return SQL for what a message shows of a column: its text, whatever its type."""
    return f"left(CAST({quoted(name)} AS VARCHAR), 300)"


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
                f"{path} has the columns {listed(other)}; accepted: those of {paths[0].name}, "
                f"{listed(names[0])}"
            )
    for name in names[0]:
        if name.lower() in _OWN:
            raise DataError(
                f"{paths[0]} has a column {name!r}, which the import uses itself; rename it in the "
                "file"
            )
    return names[0]


def _file_columns(table: RawTable, path: Path) -> list[str]:
    if table.format == "parquet":
        return list(read_schema(path, REMEDY).names)
    names = header_names(path, table) if table.header else list(table.columns)
    check_names(names, str(path))
    return names


def column_types(
    table: RawTable, paths: Sequence[Path], names: Sequence[str]
) -> dict[str, pa.DataType | None]:
    """Return the type of every column, which must be the same in all files; None: text."""
    if table.format != "parquet":
        return dict.fromkeys(names)
    first, *others = (
        {name: schema.field(name).type for name in names}
        for schema in (read_schema(path, REMEDY) for path in paths)
    )
    for path, kinds in zip(paths[1:], others, strict=True):
        check_same(paths[0].name, path.name, first, kinds)
    return dict(first)


def relation(table: RawTable, paths: Sequence[Path], names: Sequence[str]) -> str:
    """Return SQL for the rows of the files in order, every text column as VARCHAR, and ``__row``.

    Text is never guessed at: a ragged line is an error, an empty field is NULL.
    """
    files = "[" + ", ".join(text(literal(path)) for path in paths) + "]"
    # A folder called `label=1` on the way must not become a column.
    plain = "hive_partitioning=false"
    if table.format == "parquet":
        source = f"read_parquet({files}, {plain})"
    else:
        columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
        # Quotes are an idea of comma-separated files; elsewhere they belong to the text.
        quote = '"' if table.delimiter == "," else ""
        source = (
            f"read_csv({files}, {plain}, auto_detect=false, header={str(table.header).lower()}, "
            f"sep={text(table.delimiter)}, quote={text(quote)}, escape={text(quote)}, "
            f"null_padding=false, strict_mode=true, columns={{{columns}}})"
        )
    listed = ", ".join(quoted(name) for name in names)
    return f"(SELECT {listed}, row_number() OVER () AS {ROW} FROM {source})"


def literal(path: Path) -> str:
    """Return ``path`` as DuckDB finds that file alone: `*`, `?` and `[` are patterns to it.

    >>> literal(Path("log[1].csv"))
    'log[[]1].csv'
    """
    return _PATTERN.sub(r"[\1]", str(path))


def require_columns(
    names: Sequence[str], declared: Sequence[tuple[str, str]], where: str, how: str
) -> None:
    """Every declared column must exist and every existing one must be declared."""
    for role, column in declared:
        if column not in names:
            raise DataError(
                f"{where} has no column {column!r} (declared as {role})"
                f"{nearest(column, names)}; it has: {listed(names)}"
            )
    roles = {column for _, column in declared}
    undeclared = [name for name in names if name not in roles]
    if undeclared:
        raise DataError(
            f"{where} has undeclared columns: {listed(undeclared)}; give each a role: {how}"
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
            return f"{path.name}, row {row}{_line(table, path, row)}"
        row -= rows
    raise DataError(f"{', '.join(path.name for path in paths)} changed while read; try again")


def _line(table: RawTable, path: Path, row: int) -> str:
    """Return in which line of a text file a row ends; nothing where counting would take minutes."""
    if table.format == "parquet" or row > _COUNTED_ROWS:
        return ""
    with path.open(encoding="utf-8-sig", newline="") as file:
        # How a line is cut into fields is all the same here, but for quotes over several lines.
        plain = table.delimiter != ","
        reader = csv.reader(file, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
        # Blank lines are no rows, and a field in quotes may have several lines.
        rows = (reader.line_num for fields in reader if fields)
        try:
            line = next(itertools.islice(rows, row - 1 + int(table.header), None), None)
        except (csv.Error, UnicodeDecodeError):  # a field of 10^6 characters
            return ""
    return "" if line is None else f" (line {line})"
