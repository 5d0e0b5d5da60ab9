"""A preference data set's profile for people: in the terminal and as a section of a report.

Profiles arrive as the plain records that ``preferences.json`` holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lis_sim.report.markup import Markup, element, join
from lis_sim.report.numbers import interval_text, score_text, slice_order
from lis_sim.report.place import Place, card
from lis_sim.report.preference_facts import preference_facts

Profile = Mapping[str, Any]
Summary = Mapping[str, Any]

_SCORE = "lis_crossfit"


def lis_by_slice(summary: Summary, name: str) -> list[dict[str, Any]]:
    """Return ``lis_crossfit`` of preference data ``name``, slice ``all`` first.

    >>> score = {"score": "lis_crossfit", "preference": "a", "slice": "all", "value": 0.1}
    >>> lis_by_slice({"scores": [score | {"low": 0.0, "high": 0.2}]}, "a")
    [{'slice': 'all', 'value': 0.1, 'low': 0.0, 'high': 0.2}]
    """
    entries = {
        score["slice"]: {key: score.get(key) for key in ("slice", "value", "low", "high")}
        for score in summary.get("scores", ())
        if score["score"] == _SCORE and score.get("preference") == name
    }
    return [entries[one] for one in slice_order(entries)]


def preference_table(profile: Profile, scores: Sequence[Mapping[str, Any]] = ()) -> Group:
    """Return a profile, ready to print; ``scores`` are those of :func:`lis_by_slice`."""
    table = Table(
        title=Text(f"{profile['name']} ({profile['kind']}, {profile['behaviour']})"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=False,
        pad_edge=False,
        show_edge=False,
    )
    for label, text in [*preference_facts(profile), *_score_facts(scores)]:
        table.add_row(Text(label, style="dim"), Text(text))
    good = profile["causes"][0]["name"] == "none"
    style = "green" if good else "yellow"
    lines = [f"{cause['name']}: {cause['because']}" for cause in profile["causes"]]
    told = Text("\n".join([profile["sentence"], *([] if good else lines)]))
    return Group(table, Panel(told, title_align="left", border_style=style), Text())


def preference_section(
    profiles: Sequence[Profile], summary: Summary, place: Place | None = None
) -> Markup | None:
    """Return the section of a report page; None without profiles."""
    if not profiles:
        return None
    place = place or Place()
    cards = (_card(one, lis_by_slice(summary, one["name"]), place) for one in profiles)
    note = (
        "Described from the whole log; no arm sees any of this. Agreement is that of two halves of "
        "the users. A cause is named where more than a fifth of what the log could give is "
        "missing."
    )
    about = element("p", note, class_="soft small")
    return place.section("preference", "Preference data", about, *cards)


def _card(profile: Profile, scores: Sequence[Mapping[str, Any]], place: Place) -> Markup:
    facts = [*preference_facts(profile), *_score_facts(scores)]
    pairs = (join(element("dt", label), element("dd", text)) for label, text in facts)
    causes = (
        element("li", element("b", cause["name"]), f": {cause['because']}")
        for cause in profile["causes"]
        if cause["name"] != "none"
    )
    return card(
        place.heading(f"{profile['name']} ({profile['kind']}, {profile['behaviour']})"),
        element("p", element("b", profile["sentence"])),
        element("ul", *causes),
        element("dl", *pairs),
    )


def _score_facts(scores: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [
        (
            f"{_SCORE}, {score['slice']}",
            f"{score_text(_SCORE, score['value'])} "
            f"{interval_text(_SCORE, score['low'], score['high'])}",
        )
        for score in scores
    ]
