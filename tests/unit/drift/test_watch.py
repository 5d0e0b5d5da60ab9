"""The watch of a run: what it adds to records, and that it is a fold over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from lis_sim.drift import DriftSettings, DriftWatch, WatchPlan
from tests.unit.drift.streams import HOUR_US, noise

Record = dict[str, Any]
SERIES = (
    {"series": "auc", "arm": "clean", "preference": None, "representation": None},
    {"series": "label_rate", "arm": None, "preference": None, "representation": None},
    {"series": "lis_crossfit", "arm": None, "preference": "likes", "representation": None},
    {"series": "lis_crossfit", "arm": None, "preference": "shares", "representation": None},
    {"series": "auc", "arm": "leaked:likes", "preference": None, "representation": None},
)
CLEAN, RATE, LIKES, SHARES, LEAKED = range(5)
PLAN = WatchPlan(5, 0.001, ("likes", "shares"))
WINDOWS = 50
FIELDS = {"kind", "series", "arm", "preference", "representation", "measure", "of", "detector"} | {
    *("direction", "value", "reference", "change", "standard_error"),
    *("since_window", "since_us", "points_to", "words"),
}


class Measured:
    """Stands for the watch over the stream: items are as usual until a window."""

    def __init__(self, until: int = WINDOWS) -> None:
        self._until = until
        self.restarted: list[tuple[str, int]] = []

    def measure(self, window: int) -> Sequence[Record]:
        value = 0.1 if window < self._until or self.restarted else 0.5
        return [
            {"measure": "psi", "of": "items", "value": value, "reference": 0.0, "threshold": 0.2}
        ]

    def restart(self, of: str, window: int) -> None:
        self.restarted.append((of, window))


def windows(*falls: tuple[int, int, float], count: int = WINDOWS) -> list[list[Record]]:
    """Return the series of every window; each of ``falls`` is (series, from window, size)."""
    values = [0.5 + noise(which, count) for which in range(len(SERIES))]
    for which, first, size in falls:
        values[which][first:] -= size
    return [
        [
            {**name, "value": float(own[k]), "standard_error": 0.01}
            for name, own in zip(SERIES, values, strict=True)
        ]
        for k in range(count)
    ]


def observed(watch: DriftWatch, series: list[list[Record]], first: int = 0) -> list[Record]:
    return [
        {"window": k, "start_us": k * HOUR_US, **watch.observe(k, k * HOUR_US, series[k])}
        for k in range(first, len(series))
    ]


def drift(records: list[Record]) -> list[Record]:
    return [{"at": record["window"], **event} for record in records for event in record["drift"]]


def test_nothing_happens_where_nothing_does() -> None:
    records = observed(DriftWatch(DriftSettings(), PLAN, Measured()), windows())
    assert drift(records) == []
    assert records[0]["series"][0].keys() == {
        *("series", "arm", "preference", "representation", "value", "standard_error"),
        *("reference", "reference_standard_error", "z"),
    }


def test_the_warm_up_is_recorded_and_not_watched() -> None:
    falling = windows((LIKES, 3, 0.5))
    records = observed(DriftWatch(DriftSettings(), PLAN), falling)
    assert drift(records) == []
    with_reference = [r["window"] for r in records if r["series"][0]["reference"] is not None]
    assert with_reference[0] == PLAN.warmup + DriftSettings().reference_windows
    assert records[2]["series"][LIKES]["value"] == falling[2][LIKES]["value"]


def test_a_lost_behaviour_is_named() -> None:
    (event,) = drift(observed(DriftWatch(DriftSettings(), PLAN), windows((LIKES, 30, 0.05))))
    assert event.keys() == FIELDS | {"at"}
    assert 31 <= event["at"] < 40
    named = {key: event[key] for key in ("series", "preference", "direction", "points_to")}
    assert named == {
        "series": "lis_crossfit",
        "preference": "likes",
        "direction": "down",
        "points_to": "preference-data",
    }
    assert (event["since_window"], event["since_us"]) == (30, 30 * HOUR_US)
    assert event["words"].startswith("lis_crossfit of likes fell from 0.5")
    assert "since window 30 (1970-01-02 06:00 UTC)" in event["words"]


def test_an_arm_that_moves_with_the_clean_one_points_to_the_data() -> None:
    """The clean arm moved too little for an event, and enough to carry the other one."""
    for moved, cause in ((0.016, "data"), (0.0, "preference-data")):
        series = windows((LEAKED, 30, 0.032), (CLEAN, 30, moved))
        found = drift(observed(DriftWatch(DriftSettings(), PLAN), series))
        assert [(one["arm"], one["points_to"]) for one in found][:1] == [("leaked:likes", cause)]


@pytest.mark.parametrize("other", [CLEAN, RATE])
def test_what_moves_with_the_clean_arm_points_to_the_data(other: int) -> None:
    found = drift(
        observed(DriftWatch(DriftSettings(), PLAN), windows((LIKES, 30, 0.05), (other, 30, 0.05)))
    )
    assert {event["points_to"] for event in found} == {"data"}
    assert {event["series"] for event in found} == {"lis_crossfit", SERIES[other]["series"]}


def test_what_moves_with_the_log_points_to_the_data() -> None:
    measured = Measured(until=30)
    watch = DriftWatch(DriftSettings(), PLAN, measured)
    found = drift(observed(watch, windows((LIKES, 30, 0.05))))
    assert [(event["kind"], event["points_to"]) for event in found] == [
        ("measure", "data"),
        ("series", "data"),
    ]
    assert measured.restarted == [("items", found[0]["at"] + 1)]


@pytest.mark.parametrize("since", [36, 40])
def test_what_just_moved_is_not_taken_to_hold(since: int) -> None:
    """The clean arm took a new reference shortly before: its windows since then are all alike."""
    series = windows((CLEAN, 30, 0.08), (LIKES, since, 0.05), count=60)
    found = drift(observed(DriftWatch(DriftSettings(), PLAN), series))
    assert [one["series"] for one in found] == ["auc", "lis_crossfit"]
    clean, likes = found
    assert clean["at"] <= likes["since_window"]
    assert likes["points_to"] == "data"
    assert "cannot be compared yet" in likes["words"]


def test_a_measure_that_just_had_an_event_is_not_taken_to_hold() -> None:
    """Its reference is taken anew; the fall began after the windows that were above."""
    watch = DriftWatch(DriftSettings(), PLAN, Measured(until=30))
    found = drift(observed(watch, windows((LIKES, 35, 0.05))))
    assert [one["kind"] for one in found] == ["measure", "series"]
    assert found[1]["since_window"] > found[0]["at"]
    assert found[1]["points_to"] == "data"


def test_a_lost_behaviour_is_named_long_after_another_event() -> None:
    series = windows((CLEAN, 20, 0.08), (LIKES, 50, 0.05), count=70)
    found = drift(observed(DriftWatch(DriftSettings(), PLAN), series))
    assert [one["points_to"] for one in found] == ["data", "preference-data"]


def test_the_measures_are_claimed_only_where_there_are_any() -> None:
    for measuring, said in ((None, False), (Measured(), True)):
        watch = DriftWatch(DriftSettings(), PLAN, measuring)
        (event,) = drift(observed(watch, windows((LIKES, 30, 0.05))))
        assert "of the clean arm's AUC" in event["words"]
        assert ("the measures of the log" in event["words"]) == said
        assert "calibration" not in event["words"]  # these records have none


def test_what_lies_far_back_of_measures_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lis_sim.drift.watch.KEPT", 60)

    class Above(Measured):
        def measure(self, window: int) -> Sequence[Record]:
            return [{**one, "value": 0.5} for one in super().measure(window)]

    watch = DriftWatch(DriftSettings(), PLAN, Above())
    for k in range(200):
        watch.observe(k, k, [])
    assert len(watch._above) == 60


@pytest.mark.parametrize("cut", [0, 3, 17, 31, 35, 45])
def test_replaying_committed_records_goes_on_to_the_same_ones(cut: int) -> None:
    series = windows((LIKES, 30, 0.05), (SHARES, 40, 0.06))
    whole = observed(DriftWatch(DriftSettings(), PLAN, Measured(until=33)), series)
    assert len(drift(whole)) == 3
    committed = [json.loads(json.dumps(one)) for one in whole[:cut]]
    measured = Measured(until=33)
    again = DriftWatch(DriftSettings(), PLAN, measured)
    again.replay(committed)
    assert observed(again, series, first=cut) == whole[cut:]


def test_a_small_change_is_not_worth_a_word() -> None:
    plan = WatchPlan(5, 0.2, ("likes", "shares"))
    assert drift(observed(DriftWatch(DriftSettings(), plan), windows((LIKES, 30, 0.05)))) == []
    rate = drift(observed(DriftWatch(DriftSettings(), plan), windows((RATE, 30, 0.05))))
    assert [event["series"] for event in rate] == ["label_rate"]
