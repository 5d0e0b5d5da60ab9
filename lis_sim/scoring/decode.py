"""Columns of a file of scores become arrays, checked value by value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lis_sim.data.checks import Place
from lis_sim.data.raw_types import value_type
from lis_sim.data.typed import EARLIEST_US, LATEST_US
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.scoring.columns import is_outcome
from lis_sim.types import Bool, Int32, Int64

Columns: TypeAlias = dict[str, NDArray[Any]]  # (n,) each, by role or arm
_Values: TypeAlias = "pa.Array[Any]"
_TO_US = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}  # times, over
_LABEL = "0 or 1; leave out events whose label has not arrived"
_NO_SLICE = -1


class Decoder:
    """Turns columns into arrays, batch after batch; new users, items and slices get new numbers.

    ``user`` and ``item`` become dense indices by first appearance, int32; ``time`` microseconds
    UTC, int64; ``label`` truth values; ``slice`` indices into :attr:`slices`, int32, -1 where it
    is null; ``replicate`` and ``fold`` whole numbers, int64; ``request`` whole numbers, int64, or
    objects; an outcome float32 or float64, NaN where it is null; every other role, an arm, float32
    or float64 as the file has it (float64 for whole numbers), finite.
    """

    def __init__(self, time_unit: str) -> None:
        self._time_unit = time_unit
        self._seen = {role: Vocabulary() for role in ("user", "item", "slice")}
        self._of_role: dict[str, Callable[[_Values, str, Place], NDArray[Any]]] = {
            "user": self._numbered_as("user"),
            "item": self._numbered_as("item"),
            "time": self._times_us,
            "label": _labels,
            "slice": self._slices,
            "replicate": _whole,
            "fold": _whole,
            "request": _requests,
        }

    def __call__(self, role: str, column: str, values: _Values, place: Place) -> NDArray[Any]:
        """Return the ``values`` of ``column`` (n,); ``place`` is where they begin."""
        try:
            if pa.types.is_dictionary(values.type):
                values = values.cast(value_type(values.type))
            other = _outcomes if is_outcome(role) else _scores
            return self._of_role.get(role, other)(values, column, place)
        except (pa.ArrowException, UnicodeError) as error:
            raise DataError(
                f"{place.path.name}, rows from {place.row_in_file:,} on, column {column!r}: "
                f"{shown(str(error))}; write the file again"
            ) from error

    @property
    def slices(self) -> tuple[str, ...]:
        """The names of the slices met so far, by index."""
        return tuple(str(one) for one in self._seen["slice"].ids().to_pylist())

    def _numbered_as(self, role: str) -> Callable[[_Values, str, Place], Int32]:
        def numbered(values: _Values, column: str, place: Place) -> Int32:
            _refuse_nulls(values, column, place, f"the id of one {role}")
            return self._seen[role].encode(values)

        return numbered

    def _slices(self, values: _Values, column: str, place: Place) -> Int32:
        text: Any = pc.cast(values, pa.string())
        found = np.full(len(text), _NO_SLICE, np.int32)
        known = text.is_valid().to_numpy(zero_copy_only=False)
        found[known] = self._seen["slice"].encode(text.drop_null())
        return found

    def _times_us(self, values: _Values, column: str, place: Place) -> Int64:
        _refuse_nulls(values, column, place, "a time")
        kind: Any = values.type
        unit = kind.unit if pa.types.is_timestamp(kind) else self._time_unit
        number: Int64 = values.cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
        times, over = _TO_US[unit]
        # Before it is multiplied, which could overflow.
        wrong = (number < EARLIEST_US * over // times) | (number >= LATEST_US * over // times)
        if wrong.any():
            at = int(np.argmax(wrong))
            place.fail(
                at,
                column,
                int(number[at]),
                f"times between 1990 and 2100, in {unit!r}; whole numbers of another unit need "
                "--time-unit (s, ms, us, ns)",
            )
        return number * times // over


def _labels(values: _Values, column: str, place: Place) -> Bool:
    _refuse_nulls(values, column, place, _LABEL)
    label: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    positive: Bool = label == 1
    wrong = ~positive & (label != 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        place.fail(at, column, label[at].item(), f"{_LABEL}; turn ratings into labels with a rule")
    return positive


def _whole(values: _Values, column: str, place: Place) -> Int64:
    _refuse_nulls(values, column, place, "a whole number")
    found: Int64 = values.cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _scores(values: _Values, column: str, place: Place) -> NDArray[Any]:
    _refuse_nulls(values, column, place, "a score of every event")
    score: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    if score.dtype not in (np.float32, np.float64):
        score = score.astype(np.float64)
    finite = np.isfinite(score)
    if not finite.all():
        at = int(np.argmin(finite))
        place.fail(at, column, float(score[at]), "a finite number; look for an overflow upstream")
    return score


def _requests(values: _Values, column: str, place: Place) -> NDArray[Any]:
    _refuse_nulls(values, column, place, "the id of a request")
    if pa.types.is_integer(values.type):
        return _whole(values, column, place)
    ids: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return ids


def _outcomes(values: _Values, column: str, place: Place) -> NDArray[Any]:
    kind = pa.float32() if pa.types.is_float32(values.type) else pa.float64()
    found: NDArray[Any] = values.cast(kind, safe=False).to_numpy(zero_copy_only=False)
    known = values.is_valid().to_numpy(zero_copy_only=False)
    wrong = known & ~np.isfinite(found)
    if wrong.any():
        at = int(np.argmax(wrong))
        place.fail(at, column, float(found[at]), "a finite number, or null where there is none")
    return found


def _refuse_nulls(values: _Values, column: str, place: Place, accepted: str) -> None:
    if values.null_count:
        at = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
        place.fail(at, column, None, accepted)
