"""Named values that come one window at a time, turned into arrays over all windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lis_sim.types import Float64

Name = tuple[str | None, ...]


@dataclass
class Columns:
    """Rows of a fixed width per name; a window without a row is NaN, as is a null value.

    >>> columns = Columns()
    >>> columns.put(("clean",), 1, 0.7)
    >>> columns.array(("clean",), windows=3)
    array([[nan, 0.7, nan]])
    """

    _windows: dict[Name, list[int]] = field(default_factory=dict)
    _rows: dict[Name, list[tuple[Any, ...]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Name]:
        return iter(self._rows)

    def put(self, name: Name, window: int, *values: float | None) -> None:
        """Take the values of one window in; every call of a name gives as many values."""
        self._windows.setdefault(name, []).append(window)
        self._rows.setdefault(name, []).append(values)

    def array(self, name: Name, windows: int) -> Float64:
        """Return the values of ``name``, float64 of shape (width, windows)."""
        rows = np.array(self._rows[name], dtype=np.float64)  # None becomes NaN
        found = np.full((rows.shape[1], windows), np.nan)
        found[:, self._windows[name]] = rows.T
        return found
