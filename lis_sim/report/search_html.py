"""The report of a search as one HTML page: what holds after the cut first, then how it came.

The same records give the same bytes: no clock and no random id goes into the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.report.document import document
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.place import Place, card, scrolled
from lis_sim.report.search_facts import search_facts, search_line
from lis_sim.report.search_headline import headline_cards
from lis_sim.report.search_parallel import parallel_charts
from lis_sim.report.search_pareto import pareto_charts
from lis_sim.report.search_records import Curve, SearchRecords
from lis_sim.report.search_slices import slice_charts
from lis_sim.report.search_stopping import stopping_chart
from lis_sim.report.search_tables import gains_table, later_table, trials_table, winners_table
from lis_sim.report.search_words import LIMITS

_LATER = (
    "Scores after the cut are of windows that no trial has seen. Optimism is the search score less "
    "the later one: of the winner it holds the luck of having been chosen, and of both how the "
    "world moved and that they were trained anew. Both scores are values, also where trials are "
    "judged by the lower bound."
)
_TITLES = {
    "later": "After the cut",
    "trials": "Trials",
    "settings": "Settings and scores",
    "front": "Two objectives",
    "stopping": "Stopping",
    "limits": "What these numbers do not tell",
    "search": "The search",
}


def render_search(
    summary: Mapping[str, Any],
    trials: Sequence[Mapping[str, Any]],
    dimensions: Sequence[Mapping[str, Any]],
    config_text: str | None = None,
    curves: Mapping[int, Curve] | None = None,
    refresh_seconds: int | None = None,
) -> str:
    """Return the report of a search as a complete HTML document.

    Parameters:
        summary: the object of ``summary.json``; of a search that goes on, an object with
            ``search``, ``objectives`` and ``unfinished: true``.
        trials: the rows of ``trials.parquet``.
        dimensions: of each its ``path`` and how it is drawn, as the config has it.
        config_text: ``config.yaml`` of the search, shown folded away.
        curves: per trial the first objective after each number of windows.
        refresh_seconds: how often an open tab loads the page again; None: never.

    >>> summary = {"search": "demo <1>", "objectives": [{"objective": "ais", "mode": "max"}]}
    >>> page = render_search(summary | {"baseline": {"trial": 0}, "best": []}, [], [])
    >>> page.startswith("<!DOCTYPE html>"), "demo &lt;1&gt;" in page, "<script" in page
    (True, True, False)
    """
    records = SearchRecords(summary, trials, dimensions, curves)
    title = f"Search: {summary['search']}"
    sections = _sections(records, config_text, Place())
    return document(title, element("h1", title), *sections, refresh_seconds=refresh_seconds)


def _sections(records: SearchRecords, config_text: str | None, place: Place) -> list[Markup]:
    contents = {
        "later": _later(records) if records.finished else None,
        "trials": card(scrolled("Trials", trials_table(records))),
        "settings": _joined(parallel_charts(records), slice_charts(records)),
        "front": pareto_charts(records),
        "stopping": stopping_chart(records),
        "limits": card(element("ul", *(element("li", limit) for limit in LIMITS))),
        "search": _search(records, config_text),
    }
    there = {name: content for name, content in contents.items() if content is not None}
    links = (element("a", _TITLES[name], href=f"#{place.anchor(name)}") for name in there)
    return [
        element("p", search_line(records.summary), class_="soft small"),
        element("nav", *links, aria_label="Sections"),
        headline_cards(records),
        *(place.section(name, _TITLES[name], content) for name, content in there.items()),
    ]


def _later(records: SearchRecords) -> Markup:
    gains, winners = gains_table(records), winners_table(records)
    return card(
        None if gains is None else scrolled("Gains", gains),
        scrolled("After the cut", later_table(records)),
        None if winners is None else scrolled("Winners", winners),
        element("p", _LATER, class_="soft small"),
        kind="tables",
    )


def _search(records: SearchRecords, config_text: str | None) -> Markup:
    pairs = (
        join(element("dt", label), element("dd", text))
        for label, text in search_facts(records.summary)
    )
    folded = None
    if config_text is not None:
        folded = element("details", element("summary", "config.yaml"), element("pre", config_text))
    return card(element("dl", *pairs), folded)


def _joined(*parts: Markup | None) -> Markup | None:
    there = [part for part in parts if part is not None]
    return join(*there) if there else None
