"""Conversion windows: how long after its event a positive label is still counted as one.

::

    event         |<------- conversion window ------->|
    converts             x                                  label 1, known at x
    converts                                              x label 0, known at the window's end
    never converts                                          label 0, known at the window's end

Whoever trains on conversions settles on such a window: before its end nobody knows that an event
is a negative. A negative that says itself when that was known (a reply, a refund) is known then.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConvertedSql:
    """SQL of labels as a conversion window leaves them."""

    label: str
    label_time: str
    late: str  # condition: the event converted, but too late


def converted(label: str, label_time: str, time: str, window_us: int) -> ConvertedSql:
    """Return the columns of a log whose positives count for ``window_us`` after their event.

    ``label`` (0 or 1), ``label_time`` (NULL where the log says none) and ``time`` are SQL.

    >>> converted("y", "k", "t", 60_000_000).late
    '(y) = 1 AND (k) > (t) + 60000000'
    """
    end = f"({time}) + {window_us}"
    late = f"({label}) = 1 AND ({label_time}) > {end}"
    return ConvertedSql(
        label=f"CASE WHEN {late} THEN CAST(0 AS FLOAT) ELSE {label} END",
        label_time=f"LEAST(COALESCE({label_time}, {end}), {end})",
        late=late,
    )
