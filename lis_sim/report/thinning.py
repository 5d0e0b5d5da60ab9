"""A long line reduced to what a screen can show, without losing its peaks."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Bool, Float64, Int64


def thin(x: Float64 | Int64, y: Float64, columns: int) -> Int64:
    """Return the rows of a line to draw: of each of ``columns`` columns of pixels, the ends.

    Of every column the first, the last, the lowest and the highest point stay, so the line covers
    the same pixels; a gap (NaN) stays a gap. A line of at most two points a column is kept whole.

    Parameters:
        x: positions (n,), not decreasing.
        y: values (n,) float64, NaN where undefined.
        columns: how many columns of pixels the line is wide.

    >>> x = np.arange(10_000.0)
    >>> y = np.where(x == 5_000, 7.0, 0.0)
    >>> rows = thin(x, y, 100)
    >>> len(rows) <= 500, float(y[rows].max())
    (True, 7.0)

    Source: Jugel et al. 2014, "M4: A Visualization-Oriented Time Series Data Aggregation".
    """
    count = len(x)
    if count <= 2 * columns:
        return np.arange(count)
    column = _column(x, columns)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], count) - 1
    gap = np.isnan(y)
    kept = [starts, ends, *(_first_of(rows, column) for rows in _extremes(y, column, gap))]
    kept.append(_first_of(np.flatnonzero(gap), column))
    return np.unique(np.concatenate(kept)).astype(np.int64)


def _column(x: Float64 | Int64, columns: int) -> Int64:
    span = float(x[-1] - x[0]) or 1.0
    place = np.minimum((x - x[0]) / span * columns, columns - 1)
    return np.asarray(place, dtype=np.int64)


def _extremes(y: Float64, column: Int64, gap: Bool) -> tuple[Int64, Int64]:
    """Return all rows ordered so that the first of each column is its lowest, or highest."""
    rows = np.flatnonzero(~gap)
    return (
        rows[np.lexsort((y[rows], column[rows]))],
        rows[np.lexsort((-y[rows], column[rows]))],
    )


def _first_of(rows: Int64, column: Int64) -> Int64:
    """Return the first of ``rows`` in each column; ``rows`` are ordered by column."""
    return rows[np.flatnonzero(np.diff(column[rows], prepend=-1))]
