"""Drift in a report: what moved, since when, what it points to; and runs without any."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lis_sim.drift import DriftSettings, DriftWatch, WatchPlan
from lis_sim.report import render_report
from lis_sim.report.drift_chart import strips
from lis_sim.report.drift_section import drift_headlines, drift_section, drift_sentence
from lis_sim.report.place import Place
from lis_sim.report.series import collect
from tests.unit.report.example import records, summary
from tests.unit.report.example_drift import SEEN, event, fields, watched_records

WORDS = "lis_crossfit of co_click fell from +0.0023 to +0.0012 since window 12"


def test_an_event_is_among_the_verdicts_in_words_and_in_the_section() -> None:
    page = render_report(summary(), watched_records())
    headline = page.index("The preference data no longer carries what it did")
    assert headline < page.index("<table")
    assert page.index(WORDS) < page.index("<table")
    assert "last seen 5 windows ago" in page
    assert "1 drift event in 20 windows." in page
    assert "▼ down (page_hinkley)" in page
    assert "-0.0011 ± 0.0002" in page


def test_a_run_without_drift_says_so() -> None:
    page = render_report(summary(), records())
    assert "the run was played with drift.enabled: false" in page


def test_a_quiet_run_says_so_and_what_is_not_watched_yet() -> None:
    series = collect(watched_records(4, 1))
    assert series.drift is not None
    sentence = drift_sentence(series.drift)
    assert sentence == (
        "No drift event in 4 windows. 4 of 4 series have no complete reference period yet."
    )


def test_strips_hold_z_and_measures_beside_their_thresholds() -> None:
    drift = collect(watched_records()).drift
    assert drift is not None
    found = {strip.name: strip for strip in strips(drift)}
    assert next(iter(found)) == "lis_crossfit co_click"  # what moved comes first
    assert list(found)[-2:] == ["auc clean", "calibration clean"]
    psi = found["psi items"]
    assert psi.threshold == 0.2
    assert psi.low <= 0.0 < psi.threshold < psi.high
    assert psi.said.endswith("of 0.2")
    assert found["mmd representation:title"].said == "undefined"
    assert found["lis_crossfit co_click"].said.startswith("z -")


def test_after_an_event_a_series_waits_for_its_new_reference() -> None:
    given = watched_records()
    for record in given[SEEN + 1 :]:
        record["series"][3] |= {"reference": None, "z": None}
    drift = collect(given).drift
    assert drift is not None
    assert strips(drift)[0].said.endswith(", new reference")


def test_names_and_words_of_events_are_escaped() -> None:
    odd = '<i>"&'
    given = watched_records()
    given[SEEN]["drift"] = [
        event(words=odd, preference=odd, points_to=odd, direction=odd, detector=odd),
        event(kind="measure", series=None, measure=odd, of=odd),
    ]
    given[3]["series"][3]["preference"] = odd
    given[3]["measures"][0]["of"] = odd
    section = drift_section(collect(given), Place())
    assert "<i>" not in section
    assert section.count("&lt;i&gt;") >= 5


@pytest.mark.parametrize(
    "changes",
    [
        {"standard_error": None},
        {"since_us": None, "since_window": None},
        {"kind": "measure", "series": None, "measure": "psi", "of": "items"},
    ],
)
def test_events_with_less_in_them_are_shown_too(changes: dict[str, Any]) -> None:
    given = watched_records()
    given[SEEN]["drift"] = [event(**changes)]
    section = drift_section(collect(given), Place())
    assert not re.search(r"[>\s](nan|None)[<\s]", section.replace("window None", ""))


def test_what_one_cause_moved_stands_on_one_card() -> None:
    given = watched_records()
    given[SEEN - 1]["drift"] = [event(series="auc", arm="leaked:co_click", preference=None)]
    given[SEEN]["drift"] = [event(), event(series="label_rate", preference=None, points_to="data")]
    cards = drift_headlines(collect(given))
    assert cards.count("verdict drift") == 2
    assert cards.count("The preference data no longer carries what it did") == 1
    assert cards.index("drift of label_rate") < cards.index("drift of co_click")


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({}, "▼ down: The preference data no longer carries what it did"),
        ({"direction": "up"}, "▲ up: The preference data carries more than it did"),
        (
            {"series": "lis_crossfit_over_placebo", "direction": "up"},
            "▲ up: The preference data carries more than it did",
        ),
        (
            {"series": "calibration", "arm": "leaked:co_click", "direction": "up"},
            "▲ up: The arm leaked:co_click predicts more engagements for those observed than it "
            "did",
        ),
        (
            {"series": "auc", "arm": "leaked:co_click"},
            "▼ down: The arm leaked:co_click ranks worse than it did",
        ),
        ({"series": "later"}, "▼ down: What the preference data carries changed"),
        (
            {"series": "ais", "points_to": "representation"},
            "▼ down: The representation no longer brings what it did",
        ),
        (
            {"series": "ais", "points_to": "representation", "direction": "up"},
            "▲ up: The representation brings more than it did",
        ),
        (
            {"series": None, "measure": "mmd", "points_to": "representation", "direction": "up"},
            "▲ up: What is shown looks different through the representation",
        ),
        ({"points_to": "data"}, "▼ down: A score moved, and perhaps the log with it"),
        ({"series": "label_rate", "points_to": "data"}, "▼ down: The log itself moved"),
        ({"points_to": "later"}, "▼ down: Drift: later"),
    ],
)
def test_the_headline_fits_what_moved_and_which_way(changes: dict[str, Any], headline: str) -> None:
    given = watched_records()
    given[SEEN]["drift"] = [event(**changes)]
    assert f">{headline}<" in drift_headlines(collect(given))


def test_nothing_is_said_of_lis_crossfit_in_a_run_without_preferences() -> None:
    watch = DriftWatch(DriftSettings(), WatchPlan(0, 0.001, (), ("title",)))
    names = {"series": "ais", "arm": None, "preference": None, "representation": "title"}
    given = watched_records(30, 0)
    for k, record in enumerate(given):
        point = {**names, "value": 0.06 if k < 15 else 0.02, "standard_error": 0.005}
        record |= watch.observe(k, k, [point])
    cards = drift_headlines(collect(given))
    assert "The representation no longer brings what it did" in cards
    assert "lis_crossfit" not in cards
    assert "preference data" not in cards


def test_many_events_are_folded_away() -> None:
    given = watched_records(60)
    for record in given:
        record |= fields(SEEN)
    section = drift_section(collect(given), Place())
    assert "30 earlier events" in section
