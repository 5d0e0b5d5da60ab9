"""Bring a file of item vectors into a dataset: original ids to dense items, every row checked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from lis_sim.data import representations
from lis_sim.data.checks import Place
from lis_sim.data.import_spec import ImportSpec, RepresentationSource
from lis_sim.data.parquet_file import read_columns
from lis_sim.data.raw_types import is_bytes, is_text, is_uuid, value_type
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.errors import ConfigError, DataError
from lis_sim.plain import shown
from lis_sim.types import Int32, Int64, RepresentationTable


def import_representation(
    source: RepresentationSource, spec: ImportSpec, items: Vocabulary, folder: Path
) -> list[str]:
    """Copy one representation into the dataset with dense items; returns the blemishes.

    Raises :class:`DataError` for a missing file or column, other lengths, NaN, an item twice,
    and items that neither the log nor the items file knows (unless told to drop them).
    """
    path = spec.path(source.file)
    if not path.is_file():
        if source.optional:
            return [f"representation {source.name}: {source.file} not found, left out"]
        raise DataError(
            f"{path} not found; it holds the representation {source.name!r}: "
            "put it there, or take the representation out of the preset"
        )
    table = read_columns(
        path, (source.item, source.vector), "give a whole Parquet file of item vectors"
    )
    place = Place(path, 1)
    ids = table.column(source.item)
    dense = items.find(_cast(place, ids, source.item, spec.id_type))
    vectors = representations.vectors_of(place, table.column(source.vector), source.vector)
    order = _known_once(place, source, dense, ids)
    kept = RepresentationTable(
        source.name,
        dense[order],
        vectors[order],
        cut_us(f"representation {source.name}", source.trained_until),
    )
    representations.write_table(folder / "representations" / f"{source.name}.parquet", kept)
    return _blemishes(source.name, unknown=len(dense) - len(order), kept=len(order), of=len(items))


def _known_once(
    place: Place, source: RepresentationSource, dense: Int32, ids: pa.ChunkedArray[Any]
) -> Int64:
    """Return the rows of known items, sorted by item."""
    unknown = dense < 0
    if unknown.any() and source.unknown_items == "error":
        at = int(np.argmax(unknown))
        accepted = (
            "an item of the log or the items file "
            f"({int(unknown.sum()):,} are not; `unknown_items: drop` leaves them out)"
        )
        place.fail(at, source.item, ids[at].as_py(), accepted)
    order: Int64 = np.argsort(dense, kind="stable")[int(unknown.sum()) :]
    twice = dense[order][1:] == dense[order][:-1]
    if twice.any():
        at = int(order[1:][twice].min())
        place.fail(at, source.item, ids[at].as_py(), "every item at most once")
    return order


def _blemishes(name: str, unknown: int, kept: int, of: int) -> list[str]:
    blemishes = []
    if unknown:
        blemishes.append(f"representation {name}: {unknown:,} unknown items dropped")
    if kept < of:
        blemishes.append(f"representation {name}: {of - kept:,} of {of:,} items have no vector")
    return blemishes


def _cast(place: Place, column: pa.ChunkedArray[Any], name: str, id_type: str) -> pa.Array[Any]:
    array: Any = column.combine_chunks()
    if array.null_count:
        place.fail(int(np.argmax(array.is_null().to_numpy(False))), name, None, "an item id")
    kind = value_type(array.type)
    if is_bytes(kind) or is_uuid(kind):
        array = _spelled(array)
    elif not (is_text(kind) or pa.types.is_integer(kind)):
        place.fail(0, name, str(array.type), "ids that are text, whole numbers, bytes or UUIDs")
    try:
        ids: pa.Array[Any] = array.cast(pa.int64() if id_type == "int" else pa.string())
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{place.path.name}, column {name!r}: {shown(str(error))}; accepted: ids that are "
            "whole numbers"
        ) from error
    return ids


def _spelled(ids: pa.Array[Any]) -> pa.Array[Any]:
    """Return ``ids``, bytes or UUIDs, as the text that they are in the log: DuckDB's."""
    table = pa.table({"id": ids})
    with duckdb.connect(":memory:") as connection:
        text: Any = connection.from_arrow(table).project("CAST(id AS VARCHAR)").to_arrow_table()
    found: pa.Array[Any] = text.column(0).combine_chunks()
    return found


def cut_us(of: str, trained_until: str | None) -> int | None:
    """Return the ISO time ``trained_until`` of the table ``of`` in microseconds; None: unknown."""
    if trained_until is None:
        return None
    try:
        cut = datetime.fromisoformat(trained_until)
        aware = cut if cut.tzinfo is not None else cut.replace(tzinfo=UTC)
        since = aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{of}: trained_until is {shown(trained_until)}; "
            "accepted: an ISO 8601 time such as 2024-01-31T00:00:00Z, or nothing (unknown)"
        ) from error
    return since // timedelta(microseconds=1)
