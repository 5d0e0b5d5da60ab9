"""The items file: one row per item, with columns that are joined to the events at import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import numpy as np
import pyarrow as pa

from lis_sim.data.import_spec import ImportSpec, ItemsSource
from lis_sim.data.raw import (
    ROW,
    column_names,
    column_types,
    relation,
    require_columns,
)
from lis_sim.data.raw_files import find_files
from lis_sim.data.raw_place import locate
from lis_sim.data.raw_sql import quoted, text
from lis_sim.data.raw_types import check_types
from lis_sim.data.readable import readable
from lis_sim.data.typed import id_column
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.errors import DataError
from lis_sim.plain import shown


@dataclass(frozen=True, slots=True)
class ItemsFile:
    """The items file in memory: ``rows`` numbers its ids by row, ``columns`` are aligned."""

    rows: Vocabulary
    ids: pa.Array[Any]
    columns: Mapping[str, pa.Array[Any]]


def read_items(
    source: ItemsSource, spec: ImportSpec, connection: duckdb.DuckDBPyConnection
) -> ItemsFile:
    """Read and check the items file; :class:`DataError` names the first bad value."""
    paths = find_files(source.table, spec.folder, spec.homepage)
    names = column_names(source.table, paths, connection)
    where = ", ".join(path.name for path in paths)
    declared = [("item", source.item)]
    declared += [("categorical", feature.name) for feature in source.categorical]
    declared += [("ignored", name) for name in source.ignored]
    require_columns(names, declared, paths[0].name, "`items.categorical` or `items.ignored`")
    kinds = column_types(source.table, paths, names)
    check_types(where, declared, kinds, spec.time_unit)
    query = _query(source, spec.id_type, relation(source.table, paths, names))
    with readable(where):
        table: Any = connection.sql(query).to_arrow_table()
    ids, *columns = (column.combine_chunks() for column in table.columns)
    check = _Check(source, paths, connection)
    accepted = "a whole number" if spec.id_type == "int" else "an id"
    check.no_null(source.item, ids, accepted)
    for feature, column in zip(source.categorical, columns, strict=True):
        check.no_null(feature.name, column, "a value, or `missing:` declared for the column")
    rows = Vocabulary()
    check.once(rows.encode(ids), len(rows), ids)
    feature_names = [feature.name for feature in source.categorical]
    return ItemsFile(rows, ids, dict(zip(feature_names, columns, strict=True)))


def _query(source: ItemsSource, id_type: str, rows: str) -> str:
    item = id_column("item", source.item, id_type)
    selected = [f"CASE WHEN {item.bad} THEN NULL ELSE {item.sql} END AS c0"]
    for at, feature in enumerate(source.categorical, start=1):
        missing = "NULL" if feature.missing is None else text(feature.missing)
        selected.append(f"COALESCE(CAST({quoted(feature.name)} AS VARCHAR), {missing}) AS c{at}")
    return f"SELECT {', '.join(selected)} FROM {rows} ORDER BY {ROW}"


@dataclass(frozen=True, slots=True)
class _Check:
    source: ItemsSource
    paths: Sequence[Path]
    connection: duckdb.DuckDBPyConnection

    def no_null(self, name: str, column: Any, accepted: str) -> None:
        if column.null_count:
            at = int(np.argmax(column.is_null().to_numpy(False)))
            self._fail(at, name, f"no usable value; accepted: {accepted}")

    def once(self, index: Any, distinct: int, ids: Any) -> None:
        if distinct < len(index):
            at = int(np.argmax(index != np.arange(len(index))))
            said = f"{shown(ids[at].as_py())} for the second time; accepted: every item once"
            self._fail(at, self.source.item, said)

    def _fail(self, at: int, name: str, said: str) -> NoReturn:
        place = locate(self.connection, self.source.table, self.paths, at + 1)
        raise DataError(f"{place}, column {name!r}: {said}")
