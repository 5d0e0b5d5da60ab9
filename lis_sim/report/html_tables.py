"""The tables of a report page: scores by what they are of, and arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.report.markup import Markup, element, join
from lis_sim.report.numbers import (
    auc_interval_text,
    error_text,
    interval_text,
    plain_text,
    score_text,
    slice_order,
    windows_text,
)
from lis_sim.report.whiskers import Whiskers
from lis_sim.report.words import score_label, score_words

Entry = Mapping[str, Any]

_SCORE_HEADS = (
    *("score", "slice", "value", "95% interval", "", "se users", "se items", "se training"),
    *("users", "windows"),
)
_RUNNING_HEADS = ("score", "value", "anytime 95% interval", "recent value", "its 95% interval")
_ARM_HEADS = (
    *("arm", "slice", "AUC", "95% interval", "GAUC", "log loss", "calibration"),
    *("positives", "negatives"),
)


def scores_table(group: str, entries: Sequence[Entry]) -> Markup:
    """Return the table of one preference data set or representation, slice ``all`` first."""
    rows: list[Markup] = []
    for name in slice_order(entry["slice"] for entry in entries):
        listed = [entry for entry in entries if entry["slice"] == name]
        # A scale for each slice: cold items often score ten times what all of them do. A ratio
        # would squeeze the differences of AUC beside it.
        whiskers = Whiskers(entry for entry in listed if entry["score"] != "realised")
        rows += [_score_row(entry, whiskers) for entry in listed]
    return table(f"Scores of {group}", _SCORE_HEADS, {"score", "slice"}, rows, "scores")


def running_table(group: str, entries: Sequence[Entry]) -> Markup | None:
    """Return what holds while a run goes, of slice ``all``; None where no score has it."""
    listed = [entry for entry in entries if entry["slice"] == "all" and entry.get("recent")]
    rows = [_running_row(entry) for entry in listed]
    caption = f"Scores of {group} for readers who look while a run goes"
    return table(caption, _RUNNING_HEADS, {"score"}, rows) if rows else None


def scores_legend(entries: Sequence[Entry]) -> Markup:
    """Return formula and meaning of every score that appears in ``entries``."""
    rows = []
    for score in dict.fromkeys(entry["score"] for entry in entries):
        words = score_words(score)
        text = f"{words.formula}: {words.meaning}" if words.formula else None
        rows.append(join(element("dt", score), element("dd", text)))
    return element("dl", *rows)


def arms_table(arms: Sequence[Entry]) -> Markup:
    """Return the table of every arm's AUC and calibration, slice ``all`` first."""
    rows = [
        _arm_row(arm)
        for name in slice_order(arm["slice"] for arm in arms)
        for arm in arms
        if arm["slice"] == name
    ]
    return table("Arms", _ARM_HEADS, {"arm", "slice"}, rows)


def _score_row(entry: Entry, whiskers: Whiskers) -> Markup:
    score = entry["score"]
    users = entry.get("users")
    headline = (score, entry["slice"]) == ("lis_crossfit", "all")
    return element(
        "tr",
        element("td", score_label(entry), class_="word"),
        element("td", entry["slice"], class_="word"),
        element("td", score_text(score, entry.get("value"))),
        element("td", interval_text(score, entry.get("low"), entry.get("high"))),
        element("td", None if score == "realised" else whiskers.draw(entry)),
        element("td", error_text(entry.get("standard_error_users"))),
        element("td", error_text(entry.get("standard_error_items"))),
        element("td", error_text(entry.get("standard_error_training"))),
        element("td", "-" if users is None else f"{users:,}"),
        element("td", windows_text(entry)),
        class_="headline" if headline else None,
    )


def _running_row(entry: Entry) -> Markup:
    score, recent = entry["score"], entry["recent"]
    return element(
        "tr",
        element("td", score_label(entry), class_="word"),
        element("td", score_text(score, entry.get("value"))),
        element("td", interval_text(score, entry.get("anytime_low"), entry.get("anytime_high"))),
        element("td", score_text(score, recent.get("value"))),
        element("td", interval_text(score, recent.get("low"), recent.get("high"))),
        class_="headline" if score == "lis_crossfit" else None,
    )


def _arm_row(arm: Entry) -> Markup:
    auc = arm["auc"]
    numbers = (
        plain_text(auc.get("value")),
        auc_interval_text(auc),
        *(_of_arm(arm, field) for field in ("gauc", "log_loss", "calibration")),
        f"{auc.get('positives', 0):,}",
        f"{auc.get('negatives', 0):,}",
    )
    return element(
        "tr",
        element("td", arm["arm"], class_="word"),
        element("td", arm["slice"], class_="word"),
        *(element("td", number) for number in numbers),
    )


def _of_arm(arm: Entry, field: str) -> str:
    """Return a number that an unfinished run does not have yet, or a dash."""
    digits = 3 if field == "calibration" else 4
    return plain_text(arm[field], digits) if field in arm else "-"


def table(
    caption: str,
    heads: Sequence[str],
    words: set[str],
    rows: Sequence[Markup],
    kind: str | None = None,
) -> Markup:
    """Return a table; columns named in ``words`` are set to the left, as text is."""
    cells = (
        element("th", head, class_="word" if head in words else None, scope="col") for head in heads
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *cells)),
        element("tbody", join(*rows)),
        class_=kind,
    )
