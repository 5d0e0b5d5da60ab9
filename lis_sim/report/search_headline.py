"""What came of a search, a card for each winner: the number after the cut, and its optimism."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.report.markup import Markup, element, join
from lis_sim.report.place import card
from lis_sim.report.search_records import SearchRecords
from lis_sim.report.search_tables import search_value
from lis_sim.report.search_words import (
    objective_interval,
    objective_text,
    outcome_words,
    settings_text,
)

_UNFINISHED = (
    "Unfinished. Scores of trials are of the search, and too good as soon as one of them is chosen "
    "by them: what the winner is worth is known when it has run on the windows after the cut."
)


def headline_cards(records: SearchRecords) -> Markup:
    """Return one card for each winner; the later number, its interval and its optimism in it."""
    if not records.finished:
        return element("p", _UNFINISHED, class_="status", role="status")
    best = records.summary["best"]
    if not best:
        return card(element("p", "No trial played to the cut: there is no winner."), kind="verdict")
    told = records.summary.get("headline") if len(best) > 1 else None
    notes = (element("p", note, class_="status") for note in winners_notes(records))
    first = None if told is None else element("p", str(told), class_="strong")
    return join(first, *(_card(records, entry) for entry in best), *notes)


def headline_lines(records: SearchRecords, entry: Mapping[str, Any]) -> list[str]:
    """Return the sentences on one winner: each objective after the cut, then what it means."""
    lines = []
    for objective in records.objectives:
        later = (entry.get("later") or {}).get(objective.name) or {}
        line = (
            f"{objective.name} after the cut: {objective_text(objective.name, later.get('value'))} "
            f"{objective_interval(objective.name, later)}"
        )
        searched = search_value(entry, objective.name)
        if searched is not None:
            line += f"; in the search {objective_text(objective.name, searched)}"
        optimism = (entry.get("optimism") or {}).get(objective.name)
        if optimism is not None:
            line += f", optimism {optimism:+.5f}"
        lines.append(line)
    return lines


def winner_name(records: SearchRecords, entry: Mapping[str, Any]) -> str:
    """Return how the later run of a winner is called, which trial it was, and its settings."""
    settings = entry.get("settings") or {}
    if not settings:
        return f"trial {entry['trial']}: {settings_text(settings)}"
    called = str(entry.get("folder") or "best").rpartition("/")[2]
    return f"{called}, trial {entry['trial']}: {settings_text(settings, records.names)}"


def winners_notes(records: SearchRecords) -> list[str]:
    """Return what the winners' numbers must be read with, each sentence once."""
    notes = (str(note) for entry in records.summary["best"] for note in entry.get("notes", ()))
    return list(dict.fromkeys(notes))


def _card(records: SearchRecords, entry: Mapping[str, Any]) -> Markup:
    words = outcome_words(entry.get("verdict"))
    lines = headline_lines(records, entry)
    return card(
        element("div", winner_name(records, entry), class_="soft small"),
        element("p", words.headline, class_="headline-words"),
        None if not entry.get("because") else element("p", str(entry["because"])),
        *(element("p", line) for line in lines),
        kind=f"verdict {words.kind}".rstrip(),
    )
