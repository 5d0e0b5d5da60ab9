"""Raw files as a DuckDB relation: which columns they have and how to select them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from lis_sim.data.import_spec import Joined, RawTable
from lis_sim.data.parquet_file import check_names, listed, read_schema
from lis_sim.data.raw_files import check_whole, compression
from lis_sim.data.raw_header import header_names
from lis_sim.data.raw_jsonl import key_names, values
from lis_sim.data.raw_sql import file_list, quoted, text
from lis_sim.data.raw_types import check_same
from lis_sim.errors import DataError, nearest

ROW = "__row"  # rows of all files together, counted from 1
HASH = "__hash"
PREVIOUS = "__previous"  # the time of the row before
REMEDY = "give a whole Parquet file, or the format of this one"
_OWN = (ROW, HASH, PREVIOUS, *("__item", "__click", "__slate", "__position"))


def column_names(
    table: RawTable, paths: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> list[str]:
    """Return the columns of the files, which must all have the same; of objects, every key.

    Compressed files are read to their ends: what is damaged is told before anything is imported.
    """
    if table.format != "parquet":
        check_whole(paths)
    if table.format == "jsonl":
        found = key_names(connection, paths)
        check_names(found, ", ".join(path.name for path in paths))
    else:
        found = _same_columns(table, paths)
    for name in found:
        if name.lower() in _OWN:
            raise DataError(
                f"{paths[0]} has a column {name!r}, which the import uses itself; rename it in the "
                "file"
            )
    return found


def _same_columns(table: RawTable, paths: Sequence[Path]) -> list[str]:
    names = [file_columns(table, path) for path in paths]
    for path, other in zip(paths, names, strict=True):
        if other != names[0]:
            raise DataError(
                f"{path} has the columns {listed(other)}; accepted: those of {paths[0].name}, "
                f"{listed(names[0])}"
            )
    return names[0]


def file_columns(table: RawTable, path: Path) -> list[str]:
    """Return the columns of one file of text or Parquet."""
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


def relation(
    table: RawTable, paths: Sequence[Path], names: Sequence[str], lists: Collection[str] = ()
) -> str:
    """Return SQL for the rows of the files in order, every text column as VARCHAR, and ``__row``.

    Text is never guessed at: a ragged line is an error, an empty field is NULL. ``lists`` are the
    keys of objects whose values are lists.
    """
    listed = ", ".join(quoted(name) for name in names)
    source = _source(table, paths, names, lists)
    return f"(SELECT {listed}, row_number() OVER () AS {ROW} FROM {source})"


def with_joined(rows: str, joined: Sequence[Joined]) -> str:
    """Return SQL for ``rows`` with columns made of several of theirs."""
    if not joined:
        return rows
    made = ", ".join(f"{_joined(one)} AS {quoted(one.name)}" for one in joined)
    return f"(SELECT *, {made} FROM {rows})"


def _joined(one: Joined) -> str:
    texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in one.columns)
    missing = " OR ".join(f"{quoted(name)} IS NULL" for name in one.columns)
    # A list keeps ["a b", "c"] apart from ["a", "b c"].
    return f"CASE WHEN {missing} THEN NULL ELSE CAST(to_json([{texts}]) AS VARCHAR) END"


def _source(
    table: RawTable, paths: Sequence[Path], names: Sequence[str], lists: Collection[str]
) -> str:
    # A folder called `label=1` on the way must not become a column.
    if table.format == "parquet":
        return f"read_parquet({file_list(paths)}, hive_partitioning=false)"
    if table.format == "jsonl":
        return values(paths, names, lists)
    columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
    # Quotes are an idea of comma-separated files; elsewhere they belong to the text.
    quote = '"' if table.delimiter == "," else ""
    return (
        f"read_csv({file_list(paths)}, hive_partitioning=false, auto_detect=false, "
        f"header={str(table.header).lower()}, sep={text(table.delimiter)}, quote={text(quote)}, "
        f"escape={text(quote)}, compression={text(compression(paths))}, "
        f"encoding={text(table.encoding)}, null_padding=false, strict_mode=true, "
        f"columns={{{columns}}})"
    )


def require_columns(
    names: Sequence[str], declared: Sequence[tuple[str, str]], where: str, how: str
) -> None:
    """Every declared column must exist and every existing one must be declared.

    An ignored name with a ``*`` at its end stands for all columns that begin with the rest of it.
    """
    for role, column in declared:
        if not _named(role, column, names):
            raise DataError(
                f"{where} has no column {column!r} (declared as {role})"
                f"{nearest(column, names)}; it has: {listed(names)}"
            )
    roles = {name for pair in declared for name in _named(*pair, names)}
    undeclared = [name for name in names if name not in roles]
    if undeclared:
        raise DataError(
            f"{where} has undeclared columns: {listed(undeclared)}; give each a role: {how}"
        )


def _named(role: str, column: str, names: Sequence[str]) -> list[str]:
    if role == "ignored" and column.endswith("*") and column not in names:
        return [name for name in names if name.startswith(column[:-1])]
    return [column] if column in names else []
