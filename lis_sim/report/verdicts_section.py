"""What comes first: the verdicts in words, or what can be said before a run has come to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.report.drift_section import drift_headlines
from lis_sim.report.facts import trained_until_notes
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.numbers import interval_text, score_text
from lis_sim.report.place import Place, card
from lis_sim.report.run_records import RunRecords
from lis_sim.report.words import users_needed_words, verdict_subject, verdict_words

_HEADLINES = ("lis_crossfit_over_placebo", "lis_crossfit", "ais_over_placebo", "ais")


def verdicts_section(run: RunRecords, place: Place) -> Markup:
    """Return verdicts, newest drift events and the notes both are read with."""
    if run.finished:
        said = join(*(_verdict(verdict) for verdict in run.summary.get("verdicts", ())))
    else:
        said = _so_far(run)
    notes = trained_until_notes(run.summary)
    if run.summary.get("replicates") == 1:
        notes.append("One replicate: this training run only.")
    shown = (element("p", note, class_="soft small") for note in notes)
    title = "Verdicts" if run.finished else "So far"
    return place.section("verdicts", title, said, drift_headlines(run.series), *shown)


def _verdict(verdict: Mapping[str, Any]) -> Markup:
    words = verdict_words(verdict)
    needed = users_needed_words(verdict)
    return card(
        element("div", verdict_subject(verdict), class_="soft small"),
        element("p", words.headline, class_="headline-words"),
        element("p", verdict.get("because")),
        element("p", needed) if needed else None,
        element("p", words.advice, class_="strong") if words.advice else None,
        element("div", f"verdict: {verdict['verdict']}", class_="soft small"),
        kind=f"verdict {verdict['verdict']}",
    )


def _so_far(run: RunRecords) -> Markup:
    if run.series.last is None:
        return card(element("p", "No window has been committed yet."), kind="verdict")
    if run.series.warmup.all():
        words = f"{len(run.series.end_us):,} windows, all of the warm-up: scores begin after it."
        return card(element("p", words), kind="verdict")
    cards = [_headline(run, group) for group in [*run.preferences, *run.representations]]
    return join(*cards)


def _headline(run: RunRecords, group: str) -> Markup:
    found = (run.entry(score, group) for score in _HEADLINES)
    entry = next((one for one in found if one is not None), None)
    if entry is None or entry.get("value") is None:
        return card(element("p", f"{group}: no score is defined yet."), kind="verdict")
    low, high = entry.get("anytime_low"), entry.get("anytime_high")
    rest = (
        "A log that is followed has no end, and so no verdict: act on this interval, at any window."
        if run.live
        else "Verdicts are given at the end of a run."
    )
    return card(
        element("div", group, class_="soft small"),
        element(
            "p",
            f"{entry['score']} {score_text('lis', entry['value'])} so far",
            class_="headline-words",
        ),
        element("p", f"{_anytime(low, high)} {rest}"),
        kind="verdict inconclusive",
    )


def _anytime(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "No interval that holds at every window is defined yet."
    interval = interval_text("lis", low, high)
    where = "above 0" if low > 0 else "below 0" if high < 0 else "on both sides of 0"
    return f"Its interval that holds at every window at once is {interval}, {where}."
