"""A file of item pairs, read: every value checked, original ids turned into dense ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import duckdb
import numpy as np
import pyarrow as pa

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import NOBODY
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.raw import (
    ROW,
    column_names,
    column_types,
    relation,
    require_columns,
)
from lis_sim.data.raw_files import find_files
from lis_sim.data.raw_place import locate
from lis_sim.data.raw_sql import quoted, raw_value
from lis_sim.data.raw_types import check_types
from lis_sim.data.readable import readable
from lis_sim.data.typed import first_bad_sql
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.types import Bool, Int32

ITSELF = "an item paired with itself"
UNKNOWN_ITEM = "an item that the dataset does not have"
UNKNOWN_USER = "a user who is not in the log"


class RawPairs:
    """The file behind one DuckDB connection."""

    def __init__(
        self, source: PairsFile, dataset: Dataset, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self._source, self._connection = source, connection
        self._paths = find_files(source.table, source.file.parent, None)
        names = column_names(source.table, self._paths, connection)
        require_columns(
            names, source.roles(), source.file.name, "--time, --user or --ignored COLUMN"
        )
        self._relation = relation(source.table, self._paths, names)
        self._ids = {one: Vocabulary() for one in ("item", "user")}
        types = {one: dataset.vocab(one).type for one in self._ids}
        for one, vocabulary in self._ids.items():
            vocabulary.encode(dataset.vocab(one))
        kinds = column_types(source.table, self._paths, names)
        check_types(source.file.name, source.roles(), kinds, source.time_unit)
        self._columns = source.columns(types, kinds)

    def table(self) -> pa.Table:
        """Return the typed rows by time, ties in the order of the file, with their row numbers."""
        with readable(self._source.file.name):
            bad = f"SELECT {first_bad_sql(self._columns, ROW)} FROM {self._relation}"
            rows = self._connection.execute(bad).fetchall()[0]
            first = [(row, at) for at, row in enumerate(rows) if row is not None]
            if first:
                self._fail(*min(first))
            selected = ", ".join(f"{c.sql} AS {quoted(c.name)}" for c in self._columns)
            order = f'"time", {ROW}' if self._source.time else ROW
            query = f"SELECT {selected}, {ROW} FROM {self._relation} ORDER BY {order}"
            table: pa.Table = self._connection.sql(query).to_arrow_table()
        return table

    def dense(self, table: pa.Table) -> tuple[dict[str, Any], dict[str, int]]:
        """Return the columns of the rows that are kept, and how many rows were dropped why."""
        columns = {name: table.column(name).to_numpy() for name in ("weight",)}
        for name in ("item_a", "item_b"):
            columns[name] = self._find("item", table.column(name))
            if self._source.unknown_items == "error":
                self._known(columns[name], name, table, "an item of the dataset")
        reasons = {UNKNOWN_ITEM: (columns["item_a"] < 0) | (columns["item_b"] < 0)}
        if self._source.user is not None:
            columns["user"] = self._find("user", table.column("user"))
            if self._source.unknown_users == "error":
                self._known(columns["user"], "user", table, "a user of the log")
            if self._source.unknown_users == "drop":
                reasons[UNKNOWN_USER] = columns["user"] == NOBODY
        if self._source.time is not None:
            columns["time"] = table.column("time").to_numpy()
        reasons[ITSELF] = columns["item_a"] == columns["item_b"]
        return _kept(columns, reasons)

    def _find(self, kind: str, column: pa.ChunkedArray[Any]) -> Int32:
        return self._ids[kind].find(column.combine_chunks())

    def _known(self, index: Int32, name: str, table: pa.Table, accepted: str) -> None:
        unknown = index < 0
        if unknown.any():
            rows = table.column(ROW).to_numpy()
            row = int(rows[unknown].min())
            also = "drop" if name != "user" else "drop or keep"
            self._fail(
                row,
                [column.name for column in self._columns].index(name),
                f"{accepted} ({int(unknown.sum()):,} rows have none; --unknown-"
                f"{name.partition('_')[0]}s {also} accepts them)",
            )

    def _fail(self, row: int, at: int, accepted: str | None = None) -> NoReturn:
        column = self._columns[at]
        query = f"SELECT {raw_value(column.raw)} FROM {self._relation} WHERE {ROW} = {row}"
        with readable(self._source.file.name):
            value = self._connection.execute(query).fetchall()[0][0]
            place = locate(self._connection, self._source.table, self._paths, row)
        raise DataError(
            f"{place}, column "
            f"{column.raw!r}: {'no value' if value is None else shown(value)}; accepted: "
            f"{accepted or column.accepted}"
        )


def _kept(
    columns: dict[str, Any], reasons: Mapping[str, Bool]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Leave out the rows with a reason; a row with several counts for the first."""
    kept = np.ones(len(columns["weight"]), np.bool_)
    dropped = {}
    for reason, rows in reasons.items():
        dropped[reason] = int((rows & kept).sum())
        kept &= ~rows
    found = {name: values[kept] for name, values in columns.items()}
    return found, {reason: count for reason, count in dropped.items() if count}
