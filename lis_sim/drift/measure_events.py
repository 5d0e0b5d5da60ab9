"""From measures above their threshold to drift events that a person on call can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lis_sim.drift.event import since_words
from lis_sim.drift.measures_reference import Entry

_REPRESENTATION = "representation:"
_FEATURE = "feature:"
_CALLED = {
    "psi": "population stability index",
    "ks": "Kolmogorov-Smirnov distance",
    "new_items": "share of events of items never seen before",
    "new_users": "share of events of users never seen before",
    "mean_shift": "mean shift, in units of the reference's spread,",
    "mmd": "maximum mean discrepancy, squared,",
}


@dataclass(slots=True)
class _Streak:
    """Windows in a row above the threshold; ``since`` the first of them."""

    windows: int
    since_window: int
    since_us: int


class MeasureEvents:
    """Follows the measures window by window; a fold over them, so it needs no checkpoint.

    An event is raised when a measure has been above its threshold in ``persistence`` windows in a
    row. All measures of one thing (``of``) have one event together, that of the measure furthest
    above its threshold, and no other for ``cooldown`` windows. A window without a value, too small
    or before there is a reference, neither adds to the row nor ends it.

    >>> events = MeasureEvents(persistence=2, cooldown=8)
    >>> entry = {"measure": "psi", "of": "items", "value": 0.5, "reference": 0.0, "threshold": 0.2}
    >>> events.observe(10, 0, [entry])
    []
    >>> [event["since_window"] for event in events.observe(11, 3_600_000_000, [entry])]
    [10]
    """

    def __init__(self, persistence: int = 2, cooldown: int = 8) -> None:
        self._persistence, self._cooldown = persistence, cooldown
        self._streaks: dict[tuple[str, str], _Streak] = {}
        self._quiet_until: dict[str, int] = {}  # by of: the first window that may have an event

    def observe(
        self, window: int, start_us: int, measures: Sequence[Entry]
    ) -> list[dict[str, Any]]:
        """Take in the ``measures`` of ``window``, which starts at ``start_us``; return its events.

        In the order of ``measures``; windows come in order.
        """
        risen: dict[str, list[tuple[float, Entry]]] = {}
        for entry in measures:
            if self._persists(window, start_us, entry):
                share = float(entry["value"]) / float(entry["threshold"])
                risen.setdefault(entry["of"], []).append((share, entry))
        return [
            self._raised(of, window, max(entries, key=lambda one: one[0])[1])
            for of, entries in risen.items()
            if window >= self._quiet_until.get(of, window)
        ]

    def _persists(self, window: int, start_us: int, entry: Entry) -> bool:
        key = (entry["measure"], entry["of"])
        if entry["value"] is None:
            return False
        if entry["value"] <= entry["threshold"]:
            self._streaks.pop(key, None)
            return False
        streak = self._streaks.setdefault(key, _Streak(0, window, start_us))
        streak.windows += 1
        return streak.windows >= self._persistence

    def _raised(self, of: str, window: int, entry: Entry) -> dict[str, Any]:
        streak = self._streaks[entry["measure"], of]
        # What is new is about to become the reference: nothing of the row counts against that.
        self._streaks = {key: one for key, one in self._streaks.items() if key[1] != of}
        self._quiet_until[of] = window + 1 + self._cooldown
        return _event(entry, streak)


def _event(entry: Entry, streak: _Streak) -> dict[str, Any]:
    of, value, reference = entry["of"], entry["value"], entry["reference"]
    in_vectors = of.startswith(_REPRESENTATION)
    return {
        "kind": "measure",
        "series": None,
        "arm": None,
        "preference": None,
        "representation": of.removeprefix(_REPRESENTATION) if in_vectors else None,
        "measure": entry["measure"],
        "of": of,
        "detector": "threshold",
        "direction": "up",
        "value": value,
        "reference": reference,
        "change": value - reference,
        "standard_error": None,
        "since_window": streak.since_window,
        "since_us": streak.since_us,
        "points_to": "representation" if in_vectors else "data",
        "words": _words(entry, streak),
    }


def _words(entry: Mapping[str, Any], streak: _Streak) -> str:
    return (
        f"{_what(entry)} {since_words(streak.since_window, streak.since_us)}: "
        f"{_CALLED[entry['measure']]} {entry['value']:.3g}, usually {entry['reference']:.2g}, "
        f"threshold {entry['threshold']:.3g}."
    )


def _what(entry: Mapping[str, Any]) -> str:
    of, measure = entry["of"], entry["measure"]
    if measure in ("new_items", "new_users"):
        return f"More events are of new {of}"
    if of.startswith(_REPRESENTATION):
        name = of.removeprefix(_REPRESENTATION)
        return f"The items shown look different through representation {name}"
    if of.startswith(_FEATURE):
        return f"The feature {of.removeprefix(_FEATURE)} has another distribution"
    return f"The events are of other {of} than in the windows before,"
