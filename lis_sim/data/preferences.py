"""Item pairs on disk: ``preferences/<name>.parquet`` of a dataset (DESIGN section 3).

Columns ``item_a``, ``item_b`` (dense indices), ``weight`` (float64), and optionally ``time``
(microseconds UTC, never decreasing) and ``user`` (dense index; -1: nobody of the log). Pairs
without times may carry ``trained_until_us``, the time of the last event they may have seen, in
the Parquet schema's metadata, as representations do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lis_sim.data.checks import Place, check_finite, check_order, check_range
from lis_sim.data.dataset import Dataset
from lis_sim.data.parquet_file import SAVED, listed, read_columns, read_schema
from lis_sim.data.representations import CUT_KEY, read_cut
from lis_sim.data.whole_file import whole_file
from lis_sim.errors import DataError, nearest
from lis_sim.types import Float64, Int32, Int64, Schema

_Types: TypeAlias = dict[str, type[np.generic]]

FOLDER = "preferences"
NOBODY = -1  # the user of a pair who is not in the log
_AGAIN = "import the pairs again"
_NEEDED: _Types = {"item_a": np.int32, "item_b": np.int32, "weight": np.float64}
_OPTIONAL: _Types = {"time": np.int64, "user": np.int32}
_TYPES: _Types = {**_NEEDED, **_OPTIONAL}
_WHOLE = ("item_a", "item_b", "time", "user")


@dataclass(frozen=True, slots=True)
class PairTable:
    """Weighted pairs of items, in time order where they have times; which is first is nothing.

    At most one of ``time_us`` and ``trained_until_us`` is given.
    """

    name: str
    item_a: Int32  # (m,)
    item_b: Int32  # (m,)
    weight: Float64  # (m,)
    time_us: Int64 | None = None  # (m,) non-decreasing
    user: Int32 | None = None  # (m,) whose behaviour a pair is made of; -1: nobody of the log
    trained_until_us: int | None = None

    def __len__(self) -> int:
        return len(self.weight)


def pair_names(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the pairs of this dataset, sorted."""
    return tuple(sorted(path.stem for path in (dataset.path / FOLDER).glob("*.parquet")))


def pairs_path(folder: Path, name: str) -> Path:
    """Return where the pairs called ``name`` lie in the dataset ``folder``."""
    return folder / FOLDER / f"{name}.parquet"


def read_pairs(dataset: Dataset, name: str) -> PairTable:
    """Read the pairs called ``name``; :class:`DataError` names the first value that is off."""
    known = pair_names(dataset)
    if name not in known:
        raise DataError(
            f"{dataset.path} has no pairs {name!r}{nearest(name, known)}; it has: "
            f"{', '.join(known) or 'none'}; add some with `lis-sim data import-preference`"
        )
    path = pairs_path(dataset.path, name)
    table = _table(path)
    place = Place(path, 0)
    columns = {
        column: _values(place, table.column(column), column, kind)
        for column, kind in _TYPES.items()
        if column in table.column_names
    }
    cut = read_cut(path, table.schema)
    pairs = PairTable(
        name,
        columns["item_a"],
        columns["item_b"],
        columns["weight"],
        columns.get("time"),
        columns.get("user"),
        cut,
    )
    _check(place, pairs, dataset.schema if dataset.whole is None else dataset.whole.schema)
    return pairs if dataset.whole is None else _known_then(pairs, dataset)


def write_pairs(path: Path, pairs: PairTable) -> None:
    """Write ``pairs`` so that :func:`read_pairs` gives them back; whole or not at all."""
    columns: dict[str, NDArray[Any] | None] = {
        "item_a": pairs.item_a,
        "item_b": pairs.item_b,
        "weight": pairs.weight,
        "time": pairs.time_us,
        "user": pairs.user,
    }
    table = pa.table({name: pa.array(one) for name, one in columns.items() if one is not None})
    cut = pairs.trained_until_us
    metadata = {} if cut is None else {CUT_KEY: str(cut).encode()}
    with whole_file(path) as beside:
        pq.write_table(table.replace_schema_metadata(metadata), beside, **SAVED)


def _table(path: Path) -> pa.Table:
    names = read_schema(path, _AGAIN).names
    wrong = [name for name in _NEEDED if name not in names]
    wrong += [name for name in names if name not in _TYPES]
    if wrong:
        raise DataError(
            f"{path} has the columns {listed(names)}; accepted: {', '.join(_NEEDED)} and, if "
            f"you like, {', '.join(_OPTIONAL)}; `lis-sim data import-preference` writes them"
        )
    return read_columns(path, names, _AGAIN)


def _values(
    place: Place, column: pa.ChunkedArray[Any], name: str, kind: type[np.generic]
) -> NDArray[Any]:
    if column.null_count:
        place.fail(int(np.argmax(column.is_null().to_numpy())), name, None, "a value in every row")
    whole = pa.types.is_integer(column.type)
    if not whole and (name in _WHOLE or not pa.types.is_floating(column.type)):
        place.fail(0, name, str(column.type), f"a column of type {np.dtype(kind)}")
    given: NDArray[Any] = column.to_numpy()
    values = given.astype(kind)
    if name in _WHOLE and (values != given).any():
        at = int(np.argmax(values != given))
        place.fail(at, name, int(given[at]), f"a number of type {np.dtype(kind)}")
    return values


def _known_then(pairs: PairTable, dataset: Dataset) -> PairTable:
    """Return the pairs there would be if the log had ended where ``dataset`` does."""
    items = dataset.schema.items
    known = (pairs.item_a < items) & (pairs.item_b < items)
    user, time_us = pairs.user, pairs.time_us
    if time_us is not None:
        known &= time_us <= dataset.end_us
        time_us = time_us[known]
    if user is not None:
        user = np.where(user < dataset.schema.users, user, np.int32(NOBODY))[known]
    return replace(
        pairs,
        item_a=pairs.item_a[known],
        item_b=pairs.item_b[known],
        weight=pairs.weight[known],
        time_us=time_us,
        user=user,
    )


def _check(place: Place, pairs: PairTable, schema: Schema) -> None:
    if not len(pairs):
        raise DataError(f"{place.path} has no rows; accepted: one pair or more")
    items = schema.items
    check_range(place, "item_a", pairs.item_a, items)
    check_range(place, "item_b", pairs.item_b, items)
    check_finite(place, "weight", pairs.weight)
    if pairs.time_us is not None:
        check_order(place, pairs.time_us, None)
    if pairs.user is not None:
        known = np.where(pairs.user == NOBODY, 0, pairs.user)
        check_range(place, "user", known, schema.users)
