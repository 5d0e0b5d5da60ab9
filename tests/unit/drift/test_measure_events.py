"""From measures to events: persistence, cool-down, one event for one thing."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.drift.measure_events import MeasureEvents

HOUR_US = 3_600_000_000
LOW, HIGH = 0.1, 0.5


def entry(value: float | None, measure: str = "psi", of: str = "items") -> dict[str, Any]:
    return {"measure": measure, "of": of, "value": value, "reference": 0.0, "threshold": 0.2}


def measure_events(history: list[tuple[int, int, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """Return all events of a history of (window, start_us, measures)."""
    events = MeasureEvents()
    return [event for one in history for event in events.observe(*one)]


def raised(values: list[float | None], **settings: int) -> list[tuple[int, int]]:
    """Return (window of the event, since window) for a history of one measure."""
    events = MeasureEvents(**settings)
    return [
        (window, event["since_window"])
        for window, value in enumerate(values)
        for event in events.observe(window, window * HOUR_US, [entry(value)])
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([LOW] * 5, []),
        ([LOW, HIGH, LOW, HIGH, LOW], []),
        ([LOW, HIGH, HIGH, LOW], [(2, 1)]),
        ([HIGH, None, HIGH], [(2, 0)]),  # too small to tell: neither for nor against
        ([None, None, HIGH, HIGH], [(3, 2)]),
        ([HIGH] * 6, [(1, 0), (5, 2)]),  # quiet for three windows, then still the same
        ([HIGH, HIGH, LOW, LOW, LOW, HIGH, HIGH], [(1, 0), (6, 5)]),
    ],
)
def test_persistence_and_cooldown(
    values: list[float | None], expected: list[tuple[int, int]]
) -> None:
    assert raised(values, persistence=2, cooldown=3) == expected


def test_one_window_is_enough_where_that_is_asked_for() -> None:
    assert raised([LOW, HIGH, HIGH], persistence=1, cooldown=0) == [(1, 1), (2, 2)]


def test_a_value_at_its_threshold_is_not_above_it() -> None:
    assert raised([0.2] * 4) == []


def test_one_thing_has_one_event_that_of_its_clearest_measure() -> None:
    both = [entry(0.3), entry(0.9, "new_items"), entry(0.4, of="users")]
    history = [(window, window * HOUR_US, both) for window in range(2)]
    events = measure_events(history)
    assert [(one["of"], one["measure"]) for one in events] == [
        ("items", "new_items"),
        ("users", "psi"),
    ]


@pytest.mark.parametrize(
    ("measure", "of", "representation", "cause", "words"),
    [
        ("psi", "items", None, "data", "of other items than in the windows before"),
        ("new_users", "users", None, "data", "More events are of new users"),
        ("ks", "feature:price", None, "data", "The feature price has another distribution"),
        ("mmd", "representation:title", "title", "representation", "representation title"),
    ],
)
def test_an_event_says_what_moved_and_where_to_look(
    measure: str, of: str, representation: str | None, cause: str, words: str
) -> None:
    entries = [entry(0.5, measure, of)]
    (event,) = measure_events([(3, 3 * HOUR_US, entries), (4, 4 * HOUR_US, entries)])
    assert words in event["words"]
    assert "since window 3 (1970-01-01 03:00 UTC)" in event["words"]
    assert {key: value for key, value in event.items() if key != "words"} == {
        "kind": "measure",
        "series": None,
        "arm": None,
        "preference": None,
        "representation": representation,
        "measure": measure,
        "of": of,
        "detector": "threshold",
        "direction": "up",
        "value": 0.5,
        "reference": 0.0,
        "change": 0.5,
        "standard_error": None,
        "since_window": 3,
        "since_us": 3 * HOUR_US,
        "points_to": cause,
    }
