"""Drift events counted from the committed records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lis_sim.monitoring.families import at, named

EVENT_LABELS = (
    "kind",
    "series",
    "measure",
    "of",
    "arm",
    "preference",
    "representation",
    "direction",
    "points_to",
)
Thing: TypeAlias = tuple[str, str, str]  # kind, series, measure: what is watched


@dataclass(frozen=True, slots=True)
class NewestEvent:
    """The newest drift event of its labels."""

    window: int  # in which it was seen
    change: float | None  # value minus reference
    since_s: float | None  # stream clock, seconds since 1970 UTC


@dataclass(slots=True)
class DriftTally:
    """What is watched, how many events it had, and the newest of each kind of event.

    >>> tally = DriftTally()
    >>> tally.add({"window": 8, "series": [{"series": "auc"}], "measures": [], "drift": []})
    >>> event = {"kind": "series", "series": "auc", "points_to": "data", "change": -0.02}
    >>> tally.add({"window": 9, "series": [{"series": "auc"}], "measures": [], "drift": [event]})
    >>> tally.watched, tally.counts
    ({('series', 'auc', '')}, {('series', 'auc', '', 'data'): 1})
    """

    watched: set[Thing] = field(default_factory=set)
    counts: dict[tuple[str, str, str, str], int] = field(default_factory=dict)  # last: points_to
    newest: dict[tuple[str, ...], NewestEvent] = field(default_factory=dict)  # by EVENT_LABELS

    def add(self, record: Mapping[str, Any]) -> None:
        """Count what one committed record holds; of a run without drift it holds nothing."""
        for one in record.get("series", ()):
            self.watched.add(("series", str(one["series"]), ""))
        for one in record.get("measures", ()):
            self.watched.add(("measure", "", str(one["measure"])))
        for event in record.get("drift", ()):
            self._add_event(record["window"], event)

    def copy(self) -> DriftTally:
        """Return a tally that later records leave alone."""
        return DriftTally(set(self.watched), dict(self.counts), dict(self.newest))

    def _add_event(self, window: int, event: Mapping[str, Any]) -> None:
        labels = named(event, *EVENT_LABELS)
        kind, series, measure, points_to = named(event, "kind", "series", "measure", "points_to")
        self.watched.add((kind, series, measure))
        counted = (kind, series, measure, points_to)
        self.counts[counted] = self.counts.get(counted, 0) + 1
        since_us = at(event, ("since_us",))
        since_s = None if since_us is None else since_us / 1e6
        self.newest[labels] = NewestEvent(window, at(event, ("change",)), since_s)
