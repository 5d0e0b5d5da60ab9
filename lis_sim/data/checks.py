"""Checks of decoded events against the data contract; every failure names file, row, column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.types import Bool, Float32, Int32, Int64


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array of values starts: file, row within it, row within the log (if of one)."""

    path: Path
    row_in_file: int
    row: int | None = None

    def fail(self, offset: int, column: str, value: object, accepted: str) -> NoReturn:
        """Raise the :class:`DataError` of the value ``offset`` rows after this place."""
        in_log = "" if self.row is None else f" (row {self.row + offset:,} of the log)"
        raise DataError(
            f"{self.path.name}, row {self.row_in_file + offset:,}{in_log}, "
            f"column {column!r}: {shown(value)}; accepted: {accepted}"
        )


def _first(bad: Bool) -> int | None:
    return int(np.argmax(bad)) if bad.any() else None


def _plain(value: Any) -> object:
    return value.item() if isinstance(value, np.generic) else value


def check_range(place: Place, column: str, values: Int32, size: int) -> None:
    """Dense indices must lie in ``[0, size)``."""
    if len(values) and (values.min() < 0 or values.max() >= size):
        at = _first((values < 0) | (values >= size))
        assert at is not None
        place.fail(at, column, _plain(values[at]), f"an index in [0, {size:,})")


def check_label(place: Place, label: Float32) -> None:
    """Labels are exactly 0 or 1."""
    at = _first((label != 0) & (label != 1))
    if at is not None:
        place.fail(at, "label", _plain(label[at]), "0 or 1")


def check_finite(place: Place, column: str, values: NDArray[np.floating[Any]]) -> None:
    """Numeric features are finite."""
    at = _first(~np.isfinite(values))
    if at is not None:
        place.fail(at, column, _plain(values[at]), "a finite number")


def check_order(place: Place, time_us: Int64, previous_us: int | None) -> None:
    """Times never decrease, neither inside a block nor after ``previous_us``."""
    if not len(time_us):
        return
    if previous_us is not None and time_us[0] < previous_us:
        place.fail(0, "time", int(time_us[0]), f"a time >= {previous_us}, that of the row before")
    at = _first(time_us[1:] < time_us[:-1])
    if at is not None:
        place.fail(
            at + 1,
            "time",
            int(time_us[at + 1]),
            f"a time >= {int(time_us[at])}, that of the row before",
        )
