"""The raw log, opened: surveyed in one pass, then streamed in time order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pyarrow as pa

from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.parquet_file import check_names, listed
from lis_sim.data.raw import (
    HASH,
    PREVIOUS,
    ROW,
    column_names,
    column_types,
    relation,
    require_columns,
    with_joined,
)
from lis_sim.data.raw_files import find_files
from lis_sim.data.raw_place import locate
from lis_sim.data.raw_sql import quoted, raw_value, text
from lis_sim.data.raw_types import check_types
from lis_sim.data.readable import readable
from lis_sim.data.slate_rows import POSITION, SLATE, check_lists, shown_rows
from lis_sim.data.storing import storage_error
from lis_sim.data.typed import TypedColumn, first_bad_sql, typed_columns
from lis_sim.errors import ConfigError, DataError, nearest
from lis_sim.plain import shown

BATCH_ROWS = 262_144
HOW_TO_DECLARE = (
    "`categorical`, `numeric` (features known before the event), `outcomes` (known after it) "
    "or `ignored`, in the preset or with the options of those names"
)
ONE_LABEL = (
    "a ranker and its AUC need both. Two ways out: give the impressions (every item that was "
    "shown, label 1 where the user engaged), or, for positives, add negatives sampled among the "
    "items met by then (`negatives: {per_positive: 4}`, --negatives 4), which are called sampled "
    "negatives wherever a number appears"
)


@contextmanager
def connect(memory_limit: str, temporary: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB with a memory limit, spilling to ``temporary``."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"SET temp_directory = {text(temporary)}")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")
        # Nothing is fetched from anywhere, whatever a file asks for.
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET autoload_known_extensions = false")
        try:
            connection.execute(f"SET memory_limit = {text(memory_limit)}")
        except duckdb.Error as error:
            raise ConfigError(
                f"memory_limit is {memory_limit!r}; accepted: a size such as 512MB or 4GB"
            ) from error
        yield connection
    except duckdb.OutOfMemoryException as error:
        if (full := storage_error(error, temporary)) is not None:
            raise full from error
        raise DataError(
            f"the import does not fit into memory_limit = {memory_limit}; raise it ({error})"
        ) from error
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the raw log found."""

    rows: int
    positives: int
    out_of_order: int  # rows earlier than the row before
    newest_us: int  # time of the latest event
    late: int = 0  # positives that came after the conversion window
    empty: int = 0  # rows among them that are requests without items
    requests: int | None = None  # how many, where a row of the files is one


class RawLog:
    """The files of an :class:`ImportSpec` behind one DuckDB connection.

    Raises :class:`DataError` on construction when a file or column is missing or undeclared.
    """

    def __init__(
        self,
        spec: ImportSpec,
        connection: duckdb.DuckDBPyConnection,
        held: str | None = None,
        requests_before: int = 0,
    ) -> None:
        """``held``: SQL of typed rows that are streamed with those of the files.

        Requests without an id are numbered on from ``requests_before``.
        """
        self._spec = spec
        self._connection = connection
        self._held = held
        self._paths = find_files(spec.log, spec.folder, spec.homepage)
        names = column_names(spec.log, self._paths, connection)
        self._names = [*names, *(one.name for one in spec.joined)]
        check_names(self._names, f"{self._paths[0].name} with its joined columns")
        require_columns(self._names, spec.roles(), self._paths[0].name, HOW_TO_DECLARE)
        self._check_joined(names)
        kinds = column_types(spec.log, self._paths, names)
        kinds |= dict.fromkeys(self._names[len(names) :])
        check_types(self._paths[0].name, spec.roles(), kinds, spec.time_unit)
        self._relation = self._rows_of(names, kinds)
        self._columns = typed_columns(spec, kinds, requests_before)

    def _rows_of(self, names: list[str], kinds: dict[str, pa.DataType | None]) -> str:
        spec, slate = self._spec, self._spec.slate
        if slate is None:
            return with_joined(relation(spec.log, self._paths, names), spec.joined)
        lists = [name for name in (slate.shown, slate.clicked) if name is not None]
        if spec.log.format == "jsonl":
            kinds |= dict.fromkeys(lists, pa.list_(pa.string()))
        check_lists(slate, self._paths[0].name, kinds)
        rows = with_joined(relation(spec.log, self._paths, names, lists), spec.joined)
        return shown_rows(slate, rows, self._names, kinds)

    def _check_joined(self, names: list[str]) -> None:
        for one in self._spec.joined:
            for name in one.columns:
                if name not in names:
                    raise DataError(
                        f"{self._paths[0].name} has no column {name!r} to join in {one.name!r}"
                        f"{nearest(name, names)}; it has: {listed(names)}"
                    )

    def survey(self, both_labels: bool = True) -> Survey:
        """Check every value and count; :class:`DataError` names the first bad one.

        ``both_labels``: rows that all have one label are refused as well. With ``negatives`` all
        must be positives.
        """
        time_sql = next(c.sql for c in self._columns if c.name == "time")
        labels = next(c for c in self._columns if c.name == "label")
        query = (
            f"SELECT count(*), count(*) FILTER (WHERE {labels.sql} = 1), "
            f"count(*) FILTER (WHERE {time_sql} < {PREVIOUS}), max({time_sql}), "
            f"count(*) FILTER (WHERE {labels.late}), {self._requests()}, "
            f"{first_bad_sql(self._columns, ROW)} "
            f"FROM (SELECT *, lag({time_sql}) OVER () AS {PREVIOUS} FROM {self._relation})"
        )
        found = self._rows(query)[0]
        rows, positives, out_of_order, newest_us, late, empty, requests, *first_bad = found
        if rows == 0:
            raise DataError(f"{self._where()} has no rows; accepted: at least one event per label")
        bad = [(row, at) for at, row in enumerate(first_bad) if row is not None]
        if bad:
            row, at = min(bad)
            self.fail(self._columns[at], row)
        if self._spec.negatives is not None and positives != rows:
            raise DataError(
                f"{self._where()}: {rows - positives:,} of {rows:,} events have label 0 (label is "
                f"{self._spec.label!r}), and negatives are to be sampled; accepted: a log of "
                "positives only, or one without `negatives`"
            )
        if both_labels and self._spec.negatives is None and positives in (0, rows - empty):
            label = "1" if positives else "0"
            raise DataError(
                f"{self._where()}: all {rows - empty:,} events have label {label} "
                f"(label is {self._spec.label!r}); {ONE_LABEL}"
            )
        return Survey(rows, positives, out_of_order, newest_us, late, empty, requests)

    def _requests(self) -> str:
        if self._spec.slate is None:
            return "0, NULL"
        return f"count(*) FILTER (WHERE {POSITION} IS NULL), max({SLATE})"

    def sorted_batches(self) -> Generator[pa.RecordBatch, None, None]:
        """Yield the typed events by time, ties in the order of the files, with row and hash."""
        selected = ", ".join(f"{c.sql} AS {quoted(c.name)}" for c in self._columns)
        everything = ", ".join(quoted(name) for name in self._names)
        shown = ""
        if self._spec.slate is not None:
            # An item shown twice in a request was seen twice, a request logged twice was not.
            everything, shown = f"{everything}, {POSITION}", f"WHERE {POSITION} IS NOT NULL"
        query = (
            f"SELECT {selected}, hash({everything}) AS {HASH}, {ROW} FROM {self._relation} {shown}"
        )
        if self._held is not None:
            query = f"SELECT * FROM ({query}) UNION ALL BY NAME {self._held}"
        query = f'{query} ORDER BY "time", {ROW}'
        with readable(self._where()):
            reader: Any = self._connection.sql(query).to_arrow_reader(BATCH_ROWS)
            yield from reader

    def fail(self, column: TypedColumn, row: int) -> NoReturn:
        """Raise the error of the raw value of ``column`` in ``row``."""
        query = f"SELECT {raw_value(column.raw)} FROM {self._relation} WHERE {ROW} = {row}"
        value = self._rows(query)[0][0]
        raise DataError(
            f"{self.place(row)}, column {column.raw!r}: "
            f"{'no value' if value is None else shown(value)}; accepted: {column.accepted}"
        )

    def place(self, row: int) -> str:
        """Return the file and row in it of a row of all files together."""
        if row < 0:
            return "a row that was held back by an earlier append"
        # A cursor of its own: the connection may be streaming the sorted rows.
        if self._spec.slate is not None:
            query = f"SELECT {SLATE} FROM {self._relation} WHERE {ROW} = {row}"
            with readable(self._where()):
                row = int(self._connection.cursor().execute(query).fetchall()[0][0])
        with readable(self._where()):
            return locate(self._connection.cursor(), self._spec.log, self._paths, row)

    def _where(self) -> str:
        return ", ".join(path.name for path in self._paths)

    def _rows(self, query: str) -> list[Any]:
        with readable(self._where()):
            return self._connection.execute(query).fetchall()
