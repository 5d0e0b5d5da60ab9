"""Item representation tables on disk: ``item`` (dense index), ``vector`` (fixed-size list).

``trained_until_us``, the time of the last event the vectors may have seen, is kept in the
Parquet schema's metadata; without it the cut is unknown.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lis_sim.data.checks import Place
from lis_sim.data.parquet_file import SAVED, listed, read_columns, read_schema
from lis_sim.data.whole_file import whole_file
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.types import Float32, RepresentationTable

CUT_KEY = b"trained_until_us"


def read_table(path: Path, name: str, items: int) -> RepresentationTable:
    """Read one representation; rows come out sorted by item.

    Raises :class:`DataError` for other lengths, missing or non-finite numbers, items given
    twice and items outside ``[0, items)``.
    """
    names = read_schema(path).names
    for column in ("item", "vector"):
        if column not in names:
            raise DataError(
                f"{path} lacks the column {column!r}; it has {listed(names)}; "
                "accepted: item (dense index) and vector (list of numbers)"
            )
    table = read_columns(path, ("item", "vector"))
    place = Place(path, 0)
    item = _items(place, table.column("item"), items)
    vectors = vectors_of(place, table.column("vector"), "vector")
    cut = read_cut(path, table.schema)
    order = np.argsort(item, kind="stable")
    return RepresentationTable(name, item[order], vectors[order], cut)


def read_cut(path: Path, schema: pa.Schema) -> int | None:
    """Return ``trained_until_us`` of a file's schema; None: unknown."""
    text = (schema.metadata or {}).get(CUT_KEY)
    if text is None:
        return None
    # Eighteen digits are 64 bits; more would be no time.
    if not re.fullmatch(rb"-?[0-9]{1,18}", text):
        raise DataError(
            f"{path}: trained_until_us is {shown(text)}; accepted: microseconds since 1970; import "
            "the file again"
        )
    return int(text)


def write_table(path: Path, table: RepresentationTable) -> None:
    """Write ``table`` so that :func:`read_table` gives it back; whole or not at all."""
    flat = pa.array(table.vectors.reshape(-1))
    vector = pa.FixedSizeListArray.from_arrays(flat, table.vectors.shape[1])
    metadata = (
        {} if table.trained_until_us is None else {CUT_KEY: str(table.trained_until_us).encode()}
    )
    columns = pa.table({"item": pa.array(table.item), "vector": vector})
    with whole_file(path) as beside:
        pq.write_table(columns.replace_schema_metadata(metadata), beside, **SAVED)


def vectors_of(place: Place, column: pa.ChunkedArray[Any], name: str) -> Float32:
    """Return a list column as a float32 ``(rows, d)`` matrix; all lengths must be equal."""
    array: Any = column.combine_chunks()
    if array.null_count:
        place.fail(int(np.argmax(array.is_null().to_numpy(False))), name, None, "a list of numbers")
    length = _common_length(place, array, name)
    values = array.flatten()
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        place.fail(0, name, str(array.type), "a list of numbers")
    if values.null_count:
        at = int(np.argmax(values.is_null().to_numpy(False)))
        place.fail(at // length, name, None, "finite numbers")
    flat: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):  # 1e39 is infinite as float32, and said to be below
        vectors = flat.reshape(len(array), length).astype(np.float32)
    bad = ~np.isfinite(vectors).all(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        odd = flat.reshape(vectors.shape)[at][~np.isfinite(vectors[at])][0]
        place.fail(at, name, float(odd), "finite numbers (of float32: below 3.4e38)")
    return vectors


def _common_length(place: Place, array: Any, name: str) -> int:
    if pa.types.is_fixed_size_list(array.type):
        if not len(array) or not array.type.list_size:
            place.fail(0, name, [], "a list of at least one number")
        return int(array.type.list_size)
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        place.fail(0, name, str(array.type), "a list of numbers")
    ends = array.offsets.to_numpy()
    lengths = np.diff(ends)
    if len(lengths) == 0 or lengths[0] == 0:
        place.fail(0, name, [], "a list of at least one number")
    other = lengths != lengths[0]
    if other.any():
        at = int(np.argmax(other))
        accepted = f"{int(lengths[0])} numbers, as in row {place.row_in_file}"
        place.fail(at, name, f"{int(lengths[at])} numbers", accepted)
    return int(lengths[0])


def _items(place: Place, column: pa.ChunkedArray[Any], items: int) -> NDArray[np.int32]:
    if column.null_count or not pa.types.is_integer(column.type):
        at = int(np.argmax(column.is_null().to_numpy())) if column.null_count else 0
        place.fail(at, "item", column[at].as_py(), "a dense item index in every row")
    item: NDArray[Any] = column.to_numpy()
    unknown = (item < 0) | (item >= items)
    if unknown.any():
        at = int(np.argmax(unknown))
        place.fail(at, "item", int(item[at]), f"an item of this dataset, in [0, {items:,})")
    order = np.argsort(item, kind="stable")
    twice = item[order][1:] == item[order][:-1]
    if twice.any():
        at = int(order[1:][twice].min())
        place.fail(at, "item", int(item[at]), "every item at most once")
    return item.astype(np.int32)
