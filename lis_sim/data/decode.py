"""One row group of Parquet to one checked :class:`EventBlock`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lis_sim.data import checks
from lis_sim.data.groups import RowGroup
from lis_sim.data.parquet_file import leaf_of, listed, read_metadata
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.types import EventBlock, Int32, Int64, Schema

BASE_COLUMNS = ("user", "item", "time", "label")
REQUEST = "request"


def event_columns(schema: Schema, label_time: bool, outcomes: Sequence[str] = ()) -> list[str]:
    """Return the names of the columns a block is made of; a recommender's has no outcomes."""
    names = [*BASE_COLUMNS, *(c.name for c in schema.categorical), *schema.numeric, *outcomes]
    return [*names, "label_time"] if label_time else names


def decode_times(group: RowGroup) -> Int64:
    """Return the times of one row group, int64 ``(rows,)`` microseconds."""
    place = checks.Place(group.path, group.first_row_in_file, group.first_row)
    return _column(place, _read(group, ["time"]), "time", np.dtype(np.int64))


def check_no_missing(groups: Sequence[RowGroup], outcome: str) -> None:
    """Raise :class:`DataError` if the footers tell of missing values of ``outcome``.

    Footers without statistics tell nothing: then it is noticed when the column is decoded.
    """
    for path in dict.fromkeys(group.path for group in groups):
        footer = read_metadata(path)
        at = leaf_of(footer, outcome)
        if at is None:
            continue  # told when it is decoded
        for group in (group for group in groups if group.path == path):
            statistics = footer.row_group(group.index).column(at).statistics
            if statistics is not None and statistics.null_count:
                raise DataError(
                    f"{path}, rows {group.first_row_in_file} to "
                    f"{group.first_row_in_file + group.rows - 1}, column {outcome!r}: "
                    f"{statistics.null_count:,} values are missing; accepted: a value in every row"
                )


def decode_block(
    group: RowGroup, schema: Schema, label_time: bool, outcomes: Sequence[str] = ()
) -> EventBlock:
    """Decode and check one row group (all but the order against the group before)."""
    place = checks.Place(group.path, group.first_row_in_file, group.first_row)
    table = _read(group, event_columns(schema, label_time, outcomes))
    int32, float32 = np.dtype(np.int32), np.dtype(np.float32)
    block = EventBlock(
        first_row=group.first_row,
        user=_column(place, table, "user", int32),
        item=_column(place, table, "item", int32),
        time_us=_column(place, table, "time", np.dtype(np.int64)),
        label=_column(place, table, "label", float32),
        categorical=_matrix(place, table, [c.name for c in schema.categorical], int32),
        numeric=_matrix(place, table, list(schema.numeric), float32),
        label_time_us=(
            _column(place, table, "label_time", np.dtype(np.int64)) if label_time else None
        ),
        outcomes={name: _outcome(place, table, name) for name in outcomes},
    )
    _check(place, block, schema)
    return block


def whole_numbers(place: checks.Place, table: pa.Table, name: str) -> Int32:
    """Return a column of indices, int32 ``(rows,)``, losing nothing."""
    return _column(place, table, name, np.dtype(np.int32))


def decode_outcome(group: RowGroup, name: str) -> NDArray[Any]:
    """Decode and check one outcome of one row group, ``(rows,)`` floats as they are stored."""
    place = checks.Place(group.path, group.first_row_in_file, group.first_row)
    values = _outcome(place, _read(group, [name]), name)
    checks.check_finite(place, name, values)
    return values


def decode_beside(group: RowGroup, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Decode and check columns of one row group that stand beside its events, ``(rows,)`` each.

    Outcomes are floats as they are stored, NaN where a value is missing; ``request`` is whole
    numbers (int64) or text (object).
    """
    place = checks.Place(group.path, group.first_row_in_file, group.first_row)
    table = _read(group, list(names))
    return {
        name: _request(place, table) if name == REQUEST else _outcome_if_there(place, table, name)
        for name in names
    }


def _request(place: checks.Place, table: pa.Table) -> NDArray[Any]:
    column: Any = table.column(REQUEST)
    if column.null_count:
        at = int(np.argmax(column.is_null().to_numpy()))
        place.fail(at, REQUEST, None, "the id of a request in every row")
    whole = pa.types.is_integer(column.type)
    found: NDArray[Any] = column.cast(pa.int64() if whole else pa.string(), safe=False).to_numpy()
    return found


def _outcome_if_there(place: checks.Place, table: pa.Table, name: str) -> NDArray[Any]:
    column: Any = table.column(name)
    if not _is_number(column.type):
        place.fail(0, name, str(column.type), "a column of numbers")
    kind = pa.float32() if pa.types.is_float32(column.type) else pa.float64()
    values: NDArray[Any] = np.array(column.cast(kind, safe=False).to_numpy())
    known = column.is_valid().to_numpy()
    checks.check_finite(place, name, np.where(known, values, values.dtype.type(0)))
    return values


def _check(place: checks.Place, block: EventBlock, schema: Schema) -> None:
    checks.check_range(place, "user", block.user, schema.users)
    checks.check_range(place, "item", block.item, schema.items)
    checks.check_label(place, block.label)
    for at, column in enumerate(schema.categorical):
        checks.check_range(place, column.name, block.categorical[:, at], column.size)
    for at, name in enumerate(schema.numeric):
        checks.check_finite(place, name, block.numeric[:, at])
    for name, values in block.outcomes.items():
        checks.check_finite(place, name, values)
    if block.label_time_us is not None:
        early = block.label_time_us < block.time_us
        if early.any():
            at = int(np.argmax(early))
            accepted = f"a time >= the event's, {int(block.time_us[at])}"
            place.fail(at, "label_time", int(block.label_time_us[at]), accepted)


def _read(group: RowGroup, columns: list[str]) -> pa.Table:
    try:
        with pq.ParquetFile(group.path, page_checksum_verification=True) as file:
            table = file.read_row_group(group.index, columns=columns, use_threads=False)
    except (OSError, pa.ArrowException, MemoryError, KeyError, UnicodeError) as error:
        raise DataError(
            f"{group.path}, row group {group.index}: cannot be decoded ({shown(str(error))}); "
            "import the log again"
        ) from error
    if table.num_rows != group.rows or table.column_names != columns:
        raise DataError(
            f"{group.path}, row group {group.index}: has {table.num_rows:,} rows of "
            f"{listed(table.column_names)}; its footer says {group.rows:,} of {listed(columns)}; "
            "import the log again"
        )
    return table


def _column(place: checks.Place, table: pa.Table, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    column = table.column(name)
    if column.null_count:
        at = int(np.argmax(column.is_null().to_numpy()))
        place.fail(at, name, None, "a value in every row")
    if not _is_number(column.type):
        place.fail(0, name, str(column.type), f"a column of type {dtype}")
    values: NDArray[Any] = column.to_numpy()
    # A copy: Arrow's own memory is read-only, which torch.from_numpy warns about.
    with np.errstate(invalid="ignore", over="ignore"):  # told below, or by the check for finite
        found: NDArray[Any] = np.array(values, dtype=dtype)
    if dtype.kind == "i" and values.dtype != dtype and (found != values).any():
        at = int(np.argmax(found != values))
        place.fail(at, name, values[at].item(), f"a whole number of type {dtype}")
    return found


def _is_number(kind: pa.DataType) -> bool:
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return number or pa.types.is_boolean(kind)


def _outcome(place: checks.Place, table: pa.Table, name: str) -> NDArray[Any]:
    """Return floats as they are stored: a rule compares 0.7 with what 0.7 was stored as."""
    stored = table.schema.field(name).type
    single = pa.types.is_float32(stored)
    return _column(place, table, name, np.dtype(np.float32 if single else np.float64))


def _matrix(
    place: checks.Place, table: pa.Table, names: list[str], dtype: np.dtype[Any]
) -> NDArray[Any]:
    matrix = np.empty((table.num_rows, len(names)), dtype=dtype)
    for at, name in enumerate(names):
        matrix[:, at] = _column(place, table, name, dtype)
    return matrix
