"""Columns of ``trials.parquet`` from values of any kind a setting may have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa


class _Absent:
    """Stands for a setting that is not there, unlike one that is null."""


ABSENT = _Absent()


def column(values: Sequence[object]) -> pa.Array[Any]:
    """Return an Arrow array of settings' values; :data:`ABSENT` becomes null.

    Whole numbers stay int64, numbers become float64, true and false bool; everything else is text
    in every row, in which a text stands as it is and any other value as JSON, null as ``null``.

    >>> column([3, ABSENT, 8]).to_pylist(), column([3, 0.5]).to_pylist()
    ([3, None, 8], [3.0, 0.5])
    >>> column([None, "dwell >= 30", ABSENT, [8, 4]]).to_pylist()
    ['null', 'dwell >= 30', None, '[8, 4]']
    """
    known = [value for value in values if value is not ABSENT]
    kinds = {type(value) for value in known}
    if kinds and kinds <= {bool}:
        return _array(values, pa.bool_())
    if kinds and kinds <= {int} and all(-(2**63) <= int(str(one)) < 2**63 for one in known):
        return _array(values, pa.int64())
    if kinds <= {int, float}:  # of no value at all as well: a range that nobody drew from
        return _array([one if one is ABSENT else float(str(one)) for one in values], pa.float64())
    return _array([one if one is ABSENT else _text(one) for one in values], pa.string())


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array[Any]:
    return pa.array([None if one is ABSENT else one for one in values], kind)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
