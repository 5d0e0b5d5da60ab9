"""What a run measured beside the AUC on its log's own labels, as a section of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.report.html_tables import scores_table, table
from lis_sim.report.markup import Markup, element
from lis_sim.report.metric_words import (
    clean_text,
    counts_words,
    headlines,
    metric_title,
    metric_words,
)
from lis_sim.report.numbers import interval_text, plain_text, score_text, slice_order
from lis_sim.report.place import Place, card, scrolled
from lis_sim.report.words import score_group, score_label

Entry = Mapping[str, Any]

_HEADLINE_HEADS = ("measure", "of", "score", "clean arm", "value", "95% interval")
_WORDS = {"measure", "of", "score"}
_ARM_HEADS = ("arm", "slice", "value", "95% interval", "users")
_NOTE = (
    "The scores as above, of other measures: each is the measure of one arm less that of another, "
    "with the same errors of users and of training. Verdicts read the AUC on the log's own label "
    "alone. Several measures are several chances to be misled by one interval: decide beforehand "
    "which of them counts."
)


def metrics_section(metrics: Sequence[Entry], place: Place) -> Markup | None:
    """Return the section, None for a run that measured nothing more."""
    if not metrics:
        return None
    note = element("p", _NOTE, class_="soft small")
    folded = (card(_metric(metric)) for metric in metrics)
    whole = card(scrolled("Beside AUC", _headlines(metrics)))
    return place.section("metrics", "Beside AUC", note, whole, *folded)


def _headlines(metrics: Sequence[Entry]) -> Markup:
    """Return what decisions rest on, of every metric, over all events."""
    rows = [
        element(
            "tr",
            element("td", metric_title(metric), class_="word"),
            element("td", score_group(entry), class_="word"),
            element("td", score_label(entry), class_="word"),
            element("td", clean_text(metric)),
            element("td", score_text(entry["score"], entry.get("value"))),
            element("td", interval_text(entry["score"], entry.get("low"), entry.get("high"))),
        )
        for metric in metrics
        for entry in headlines(metric)
    ]
    return table("Over all events and requests", _HEADLINE_HEADS, _WORDS, rows)


def _metric(metric: Entry) -> Markup:
    title, scores = metric_title(metric), metric["scores"]
    told = f"{metric_words(metric)} {counts_words(metric)}".strip()
    groups = dict.fromkeys(score_group(entry) for entry in scores)
    return element(
        "details",
        element("summary", title),
        element("p", told, class_="small"),
        *(_scores(title, name, scores) for name in groups),
        scrolled(f"Arms, {title}", _arms(title, metric["arms"])),
    )


def _scores(title: str, group: str, scores: Sequence[Entry]) -> Markup:
    entries = [entry for entry in scores if score_group(entry) == group]
    return scrolled(f"Scores of {group}, {title}", scores_table(group, entries))


def _arms(title: str, arms: Sequence[Entry]) -> Markup:
    rows = [
        element(
            "tr",
            element("td", arm["arm"], class_="word"),
            element("td", arm["slice"], class_="word"),
            element("td", plain_text(arm.get("value"))),
            element("td", _interval(arm)),
            element("td", f"{arm.get('users') or 0:,}"),
        )
        for name in slice_order(arm["slice"] for arm in arms)
        for arm in arms
        if arm["slice"] == name
    ]
    return table(f"{title} of every arm", _ARM_HEADS, {"arm", "slice"}, rows)


def _interval(arm: Entry) -> str:
    low, high = arm.get("low"), arm.get("high")
    return "-" if low is None or high is None else f"[{low:.4f}, {high:.4f}]"
