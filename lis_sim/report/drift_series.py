"""What the records say about drift: standardised series, measures, and the events themselves.

Axis legend: ``k`` windows. A run with ``drift.enabled: false`` writes none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lis_sim.report.columns import Columns, Name
from lis_sim.types import Float64

Record = Mapping[str, Any]

_OF_SERIES = ("series", "arm", "preference", "representation")
_OF_MEASURE = ("measure", "of")
_VALUES = ("value", "standard_error", "reference", "z")
_FIELDS = ("series", "measures", "drift")


@dataclass(frozen=True)
class WindowSeries:
    """One series: its value in each window alone, and how far that is from its reference, (k,).

    ``z`` counts standard errors and is NaN until the reference period is complete.
    """

    value: Float64
    standard_error: Float64
    reference: Float64
    z: Float64


@dataclass(frozen=True)
class Measure:
    """An effect size that compares a window with the reference, and its threshold, (k,) each."""

    value: Float64
    threshold: Float64


@dataclass(frozen=True)
class DriftSeries:
    """Everything by the words a reader sees; ``events`` are (number of the record, event)."""

    series: dict[str, WindowSeries]
    measures: dict[str, Measure]
    events: list[tuple[int, Record]]
    windows: int

    def of(self, name: str) -> WindowSeries | None:
        """Return the series called ``name``, None where the run has none."""
        return self.series.get(name)


@dataclass
class DriftLog:
    """Takes the drift fields of committed records in."""

    _series: Columns = field(default_factory=Columns)
    _measures: Columns = field(default_factory=Columns)
    _events: list[tuple[int, Record]] = field(default_factory=list)
    _windows: int = 0

    def add(self, k: int, record: Record) -> None:
        """Take the fields of record number ``k`` in, where it has them."""
        self._windows += any(name in record for name in _FIELDS)
        for entry in record.get("series") or ():
            self._series.put(_name(entry, _OF_SERIES), k, *map(entry.get, _VALUES))
        for entry in record.get("measures") or ():
            values = (entry.get("value"), entry.get("threshold"))
            self._measures.put(_name(entry, _OF_MEASURE), k, *values)
        self._events += [(k, event) for event in record.get("drift") or ()]

    def series(self, count: int) -> DriftSeries | None:
        """Return everything taken in, over ``count`` records; None for a run without drift."""
        if not self._windows:
            return None
        return DriftSeries(
            {_words(n): WindowSeries(*self._series.array(n, count)) for n in self._series},
            {_words(n): Measure(*self._measures.array(n, count)) for n in self._measures},
            self._events,
            self._windows,
        )


def drift_subject(event: Record) -> str:
    """Return what a drift event is about, in the words its series or measure is listed under.

    >>> drift_subject({"series": "auc", "arm": "clean", "measure": None})
    'auc clean'
    >>> drift_subject({"series": None, "measure": "psi", "of": "items"})
    'psi items'
    """
    kind = _OF_MEASURE if event.get("measure") else _OF_SERIES
    return _words(_name(event, kind))


def last_defined(values: Float64) -> float | None:
    """Return the last value of (k,) that is defined, None where there is none.

    >>> last_defined(np.array([1.0, 2.0, np.nan])), last_defined(np.array([np.nan]))
    (2.0, None)
    """
    defined = values[np.isfinite(values)]
    return float(defined[-1]) if len(defined) else None


def _name(entry: Record, fields: tuple[str, ...]) -> Name:
    return tuple(entry.get(name) for name in fields)


def _words(name: Name) -> str:
    return " ".join(str(part) for part in name if part)
