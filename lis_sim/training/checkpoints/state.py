"""How a part of a checkpoint is laid out in its files, and put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.types import ChangedRows

# Before the slash of an array's name in a file; what follows is its name in the state.
_WHOLE, _ROWS, _ALONE, _VALUES, _LENGTH = "whole", "rows", "alone", "values", "length"
_SHORT = np.iinfo(np.int32).max

Arrays = dict[str, NDArray[np.generic]]
State = Mapping[str, NDArray[np.generic] | ChangedRows]


def packed(state: State) -> Arrays:
    """Return the arrays of the file that holds ``state``.

    >>> rows = ChangedRows(9, np.array([2]), np.array([0.5]))
    >>> sorted(packed({"a": np.zeros(2), "b": rows}))
    ['length/b', 'rows/b', 'values/b', 'whole/a']
    """
    found: Arrays = {}
    for key, value in state.items():
        if isinstance(value, ChangedRows):
            narrow = np.int32 if value.length <= _SHORT else np.int64
            found[f"{_ALONE if value.alone else _ROWS}/{key}"] = value.rows.astype(narrow)
            found[f"{_VALUES}/{key}"] = value.values
            found[f"{_LENGTH}/{key}"] = np.array([value.length, value.axis], np.int64)
        else:
            found[f"{_WHOLE}/{key}"] = np.asarray(value)
    return found


def unpacked(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> State:
    """Return the state in the arrays of the file ``path``; :class:`RunError` if it is none."""
    found: dict[str, NDArray[np.generic] | ChangedRows] = {}
    for name, array in arrays.items():
        kind, _, key = name.partition("/")
        if kind == _WHOLE:
            found[key] = array
        elif kind in (_ROWS, _ALONE):
            found[key] = _changed(path, key, kind, arrays)
        elif kind not in (_VALUES, _LENGTH):
            raise _broken(path, f"has an array '{name[:80]}'")
    return found


def _changed(
    path: Path, key: str, kind: str, arrays: Mapping[str, NDArray[np.generic]]
) -> ChangedRows:
    parts = [arrays.get(f"{one}/{key}") for one in (kind, _VALUES, _LENGTH)]
    rows, values, place = (np.asarray(part) for part in parts)
    known = all(part is not None for part in parts) and values.ndim > 0
    if (
        not known
        or rows.dtype not in (np.int32, np.int64)
        or place.dtype != np.int64
        or place.shape != (2,)
    ):
        raise _broken(path, f"has no rows, values and length of '{key}'")
    length, axis = place.tolist()
    ordered = rows.ndim == 1 and len(rows) == len(values) and bool((np.diff(rows) > 0).all())
    if not ordered or (len(rows) and not 0 <= int(rows[0]) <= int(rows[-1]) < length):
        raise _broken(path, f"has rows of '{key}' that are none of its {length}")
    if not 0 <= axis < values.ndim:
        raise _broken(path, f"has rows of '{key}' along axis {axis}, which it has not")
    return ChangedRows(length, rows.astype(np.int64), values, axis, kind == _ALONE)


def merged(chain: Sequence[State]) -> Arrays:
    """Return the whole state at the end of a ``chain``, newest first, its last one whole.

    >>> new = {"b": ChangedRows(3, np.array([0, 2]), np.array([5.0, 6.0])), "c": np.ones(1)}
    >>> merged([new, {"b": np.array([1.0, 2.0]), "a": np.zeros(4)}])
    {'b': array([5., 2., 6.]), 'c': array([1.])}
    """
    return {key: _merged(key, chain) for key in chain[0]}


def _merged(key: str, chain: Sequence[State]) -> NDArray[np.generic]:
    changes: list[ChangedRows] = []
    for state in chain:
        value = state.get(key)
        if value is None:
            break
        if not isinstance(value, ChangedRows):
            return _applied(key, value, changes[::-1]) if changes else value
        changes.append(value)
        if value.alone:
            return _applied(key, _nothing(key, value), changes[::-1])
    raise RunError(
        f"the checkpoint has changes of '{key}' but not what they are changes of; the folder was "
        "changed by hand: delete the newest checkpoint to go back, or use --restart"
    )


def _nothing(key: str, alone: ChangedRows) -> NDArray[np.generic]:
    """Return the zeros that some rows ``alone`` are a change of."""
    try:
        zeros = np.zeros((alone.length, *alone.values.shape[1:]), alone.values.dtype)
    except (MemoryError, ValueError) as error:
        raise _misfit(key) from error
    return np.moveaxis(zeros, 0, alone.axis)


def _applied(
    key: str, base: NDArray[np.generic], changes: Sequence[ChangedRows]
) -> NDArray[np.generic]:
    axis = changes[0].axis
    if base.ndim <= axis or any(change.axis != axis for change in changes):
        raise _misfit(key)
    whole = np.moveaxis(base, axis, 0)
    own = zeros = changes[0].alone  # nobody else has what _nothing made
    for change in changes:
        if change.values.dtype != base.dtype or change.values.shape[1:] != whole.shape[1:]:
            raise _misfit(key)
        # Every row that is new is among the changed ones; else nobody knows what it holds.
        new = int(np.count_nonzero(change.rows >= len(whole)))
        if not zeros and new != max(0, change.length - len(whole)):
            raise _misfit(key)
        if not own or change.length != len(whole):
            whole, own = _resized(key, whole, change.length), True
        whole[change.rows] = change.values
    return np.ascontiguousarray(np.moveaxis(whole, 0, axis))


def _resized(key: str, array: NDArray[np.generic], length: int) -> NDArray[np.generic]:
    try:
        resized = np.zeros((length, *array.shape[1:]), array.dtype)
    except (MemoryError, ValueError) as error:
        raise _misfit(key) from error
    common = min(len(array), length)
    resized[:common] = array[:common]
    return resized


def _misfit(key: str) -> RunError:
    return RunError(
        f"the changes of '{key}' in the checkpoint do not fit what they are changes of; "
        "delete the newest checkpoint to go back, or use --restart"
    )


def _broken(path: Path, what: str) -> RunError:
    return RunError(
        f"{path} {what}; accepted: a part of a checkpoint as lis-sim writes it; delete "
        f"{path.parent} to go back to the checkpoint before"
    )
