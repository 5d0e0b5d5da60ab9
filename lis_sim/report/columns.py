"""Named values that come one window at a time, turned into arrays over all windows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import nan

import numpy as np

from lis_sim.types import Float64

Name = tuple[str | None, ...]


@dataclass(slots=True)
class _Rows:
    """The rows of one name: eight bytes a number, for a run that goes on for years."""

    windows: array[int]
    values: array[float]  # row after row


@dataclass
class Columns:
    """Rows of a fixed width per name; a window without a row is NaN, as is a null value.

    >>> columns = Columns()
    >>> columns.put(("clean",), 1, 0.7)
    >>> columns.array(("clean",), windows=3)
    array([[nan, 0.7, nan]])
    """

    _rows: dict[Name, _Rows] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Name]:
        return iter(self._rows)

    def put(self, name: Name, window: int, *values: float | None) -> None:
        """Take the values of one window in; every call of a name gives as many values."""
        rows = self._rows.get(name)
        if rows is None:
            rows = self._rows[name] = _Rows(array("q"), array("d"))
        rows.windows.append(window)
        rows.values.extend(nan if value is None else value for value in values)

    def array(self, name: Name, windows: int) -> Float64:
        """Return the values of ``name``, float64 of shape (width, windows)."""
        rows = self._rows[name]
        values = np.array(rows.values).reshape(len(rows.windows), -1)
        found = np.full((values.shape[1], windows), np.nan)
        found[:, np.array(rows.windows)] = values.T
        return found
