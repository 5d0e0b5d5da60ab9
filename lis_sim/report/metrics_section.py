"""What a run measured beside the AUC on its log's own labels, as a section of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.report.html_tables import scores_table, table
from lis_sim.report.markup import Markup, element
from lis_sim.report.metric_words import counts_words, metric_title, metric_words
from lis_sim.report.numbers import plain_text, slice_order
from lis_sim.report.place import Place, card, scrolled
from lis_sim.report.words import score_group

Entry = Mapping[str, Any]

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
    parts = [part for metric in metrics for part in _metric(metric, place)]
    note = element("p", _NOTE, class_="soft small")
    return place.section("metrics", "Beside AUC", note, *parts)


def _metric(metric: Entry, place: Place) -> list[Markup]:
    title, scores = metric_title(metric), metric["scores"]
    told = (metric_words(metric), counts_words(metric))
    groups = dict.fromkeys(score_group(entry) for entry in scores)
    tables = [_scores(title, name, scores) for name in groups]
    return [
        place.heading(title),
        element("p", " ".join(told), class_="small"),
        card(scrolled(f"Arms, {title}", _arms(title, metric["arms"])), *tables),
    ]


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
