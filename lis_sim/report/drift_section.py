"""Drift: what moved, by how much, since when, and what it points to."""

from __future__ import annotations

from lis_sim.report.drift_chart import drift_chart, strips
from lis_sim.report.drift_series import DriftSeries, Record, drift_subject
from lis_sim.report.drift_words import drift_words
from lis_sim.report.html_tables import table
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.numbers import time_text
from lis_sim.report.place import Place, card, chart_card, scrolled
from lis_sim.report.series import Series

_IN_VERDICTS = 3
_ON_CARD = 3
_AT_ONCE = 12  # strips in the first timeline; the others are folded away
_LISTED = 30
_HEADS = ("seen at the end of", "what", "direction", "value", "reference", "change", "since")
_TEXTS = {"seen at the end of", "what", "direction", "since"}
_CAPTION = (
    "z: how many standard errors a window lies from the reference period; the shaded range means "
    "nothing by itself. Measures stand beside their thresholds (dashed). Triangles mark events, "
    "the bar below one reaches back to where the change began."
)
_ARROWS = {"down": "▼ down", "up": "▲ up"}


def drift_section(series: Series, place: Place) -> Markup:
    """Return the section on drift, also for a run that was played without."""
    drift = series.drift
    if drift is None:
        none = "No window says anything about drift: the run was played with drift.enabled: false."
        return place.section("drift", "Drift", card(element("p", none, class_="soft")))
    return place.section(
        "drift",
        "Drift",
        card(element("p", drift_sentence(drift), class_="strong"), _events_table(drift, series)),
        _timeline(drift, series),
    )


def drift_sentence(drift: DriftSeries) -> str:
    """Return what a person must know first.

    >>> drift_sentence(DriftSeries({}, {}, [], windows=12))
    'No drift event in 12 windows.'
    """
    events = len(drift.events)
    said = f"{events or 'No'} drift event{'' if events in (0, 1) else 's'} in {drift.windows:,} "
    said += f"window{'' if drift.windows == 1 else 's'}."
    return said + _waiting(drift)


def drift_headlines(series: Series) -> Markup:
    """Return the newest events as cards, to stand beside the verdicts.

    What one cause moved stands on one card: an arm, its score, and the score over its placebo.
    """
    causes: dict[tuple[str, str], list[tuple[int, Record]]] = {}
    for k, event in reversed(series.drift.events if series.drift is not None else ()):
        causes.setdefault((str(event.get("points_to")), carrier(event)), []).append((k, event))
    return join(*(_headline(found, series) for found in list(causes.values())[:_IN_VERDICTS]))


def _waiting(drift: DriftSeries) -> str:
    """Say which series cannot be watched yet."""
    waiting = sum(1 for one in drift.series.values() if not (one.z == one.z).any())
    if not waiting:
        return ""
    return f" {waiting} of {len(drift.series)} series have no complete reference period yet."


def carrier(event: Record) -> str:
    """Return the preference data or representation that an event is about, else what moved."""
    named = event.get("preference") or event.get("representation")
    return str(named or str(event.get("arm") or "").partition(":")[2] or drift_subject(event))


def _headline(found: list[tuple[int, Record]], series: Series) -> Markup:
    newest, event = found[0]
    words = drift_words(event)
    ago = len(series.end_us) - 1 - newest
    when = "in the newest window" if ago == 0 else f"{ago:,} window{'s' * (ago > 1)} ago"
    older = f" and {len(found) - _ON_CARD:,} more below" if len(found) > _ON_CARD else ""
    said = (element("p", one.get("words")) for _, one in found[:_ON_CARD])
    return card(
        element("div", f"drift of {carrier(event)}, last seen {when}{older}", class_="soft small"),
        element("p", f"{_arrow(event)}: {words.headline}", class_="headline-words"),
        *said,
        element("p", words.advice, class_="strong") if words.advice else None,
        element("div", f"points to: {event.get('points_to')}", class_="soft small"),
        kind="verdict drift",
    )


def _events_table(drift: DriftSeries, series: Series) -> Markup | None:
    if not drift.events:
        return None
    rows = [_event_rows(k, event, series) for k, event in reversed(drift.events)]
    shown = table("Drift events, newest first", _HEADS, _TEXTS, rows[:_LISTED], "events")
    older = None
    if len(rows) > _LISTED:
        older = element(
            "details",
            element("summary", f"{len(rows) - _LISTED:,} earlier events"),
            table("Earlier drift events", _HEADS, _TEXTS, rows[_LISTED:], "events"),
        )
    return scrolled("Drift events", shown, older)


def _event_rows(k: int, event: Record, series: Series) -> Markup:
    error = event.get("standard_error")
    change = _number(event.get("change")) + (f" ± {error:.3g}" if error is not None else "")
    since = f"window {event.get('since_window')}, {time_text(event.get('since_us'))}"
    cells = (
        element("td", f"window {series.window[k]}, {time_text(series.end_us[k])}", class_="word"),
        element("td", drift_subject(event), class_="word"),
        element("td", f"{_arrow(event)} ({event.get('detector')})", class_="word"),
        element("td", _number(event.get("value"))),
        element("td", _number(event.get("reference"))),
        element("td", change),
        element("td", since, class_="word"),
    )
    told = element(
        "td", f"{event.get('words')} → {event.get('points_to')}", class_="word", colspan="7"
    )
    return join(element("tr", *cells, class_="first"), element("tr", told, class_="told"))


def _timeline(drift: DriftSeries, series: Series) -> Markup | None:
    found = strips(drift)
    if not found or not len(series.end_us):
        return None
    first, others = found[:_AT_ONCE], found[_AT_ONCE:]
    title = "Drift timeline"
    shown = chart_card(drift_chart(title, first, drift, series.end_us), title, _CAPTION)
    if not others:
        return shown
    title = f"{len(others)} more series and measures"
    chart = drift_chart(title, others, drift, series.end_us)
    folded = element("details", element("summary", title), scrolled(title, chart))
    return join(shown, card(folded))


def _arrow(event: Record) -> str:
    return _ARROWS.get(str(event.get("direction")), str(event.get("direction")))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
