"""Drift events as marks over the charts of what they concern."""

from __future__ import annotations

from collections.abc import Callable

from lis_sim.report.drift_series import Record
from lis_sim.report.frame import Event
from lis_sim.report.series import Series
from lis_sim.types import Int64

MARKED = "Triangles mark drift events."


def drift_marks(series: Series, concerns: Callable[[Record], bool]) -> list[Event]:
    """Return the marks of those events for which ``concerns`` holds."""
    if series.drift is None:
        return []
    found = series.drift.events
    return [event_mark(event, k, series.end_us) for k, event in found if concerns(event)]


def event_mark(event: Record, k: int, end_us: Int64) -> Event:
    """Return the mark of an event that record number ``k`` holds."""
    return Event(int(end_us[k]), str(event.get("direction")), str(event.get("words") or ""))
