"""A column of a frame: its type, what it means, and where in a record it is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import index
from typing import Any, TypeAlias

import pyarrow as pa

from lis_sim.errors import RunError

Record: TypeAlias = Mapping[str, Any]
_ROWS = 4_096  # of a batch: as Python objects, a row is a hundred times its Arrow bytes


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a frame.

    Attributes:
        name: Its name.
        kind: Its Arrow type. Times are ``timestamp[us, tz=UTC]``.
        words: What it is, with its unit; also kept as ``description`` of the Arrow field.
        at: Keys that lead to its value in a record; a record without them has none.
    """

    name: str
    kind: pa.DataType
    words: str
    at: tuple[str, ...]

    def field(self) -> pa.Field[Any]:
        """Return the Arrow field; any column may hold nulls."""
        return pa.field(self.name, self.kind, metadata={"description": self.words})

    def below(self, *keys: str) -> Column:
        """Return the same column of records that lie deeper, under ``keys``."""
        return replace(self, at=(*keys, *self.at))


def table_of(columns: Sequence[Column], records: Iterable[Record], where: str) -> pa.Table:
    """Return one row a record; what a record lacks, or has as null, is null.

    Records are taken as they come, a few thousand at a time: beside the table itself none stay.

    >>> value = Column("auc", pa.float64(), "AUC", ("auc", "value"))
    >>> table_of([value], [{"auc": {"value": 0.5}}, {"auc": None}], "a run").to_pylist()
    [{'auc': 0.5}, {'auc': None}]

    Raises:
        RunError: a value is of another type than its column; ``where`` it was read.
    """
    schema = pa.schema([column.field() for column in columns])
    batches = [
        pa.RecordBatch.from_arrays([_array(one, rows, where) for one in columns], schema=schema)
        for rows in _in_parts(records)
    ]
    return pa.Table.from_batches(batches, schema=schema)


def _in_parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while part := list(islice(rest, _ROWS)):
        yield part


def _array(column: Column, rows: Sequence[Record], where: str) -> pa.Array[Any]:
    values = [_found(row, column.at) for row in rows]
    try:
        if pa.types.is_integer(column.kind):  # Arrow would cut a fraction off
            values = [None if value is None else index(value) for value in values]
        return pa.array(values, column.kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError) as error:
        raise RunError(
            f"{where} is not what a run writes: {'.'.join(column.at)} does not fit {column.kind} "
            f"({error}); copy it back, or begin again with --restart"
        ) from error


def _found(row: Record, at: Sequence[str]) -> Any:
    found: Any = row
    for key in at:
        if found is None:
            return None
        found = found.get(key)
    return found
