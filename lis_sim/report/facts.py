"""What a number must be read with: the settings, sizes and data of a run, as label and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Summary = Mapping[str, Any]

# (key of summary.json, label); a dotted key looks inside an object
_FACTS = (
    ("dataset.name", "log"),
    ("dataset.fingerprint", "data fingerprint"),
    ("dataset.negatives", "negatives"),
    ("labels.known", "labels known"),
    ("labels.expired", "labels expired"),
    ("events", "events"),
    ("windows", "windows"),
    ("warmup_windows", "warm-up windows"),
    ("windows_undefined", "undefined windows"),
    ("horizon", "horizon"),
    ("folds", "folds"),
    ("form", "form"),
    ("content", "over content"),
    ("replicates", "replicates"),
    ("clustered_by", "errors clustered by"),
    ("minimum_effect", "minimum effect"),
    ("step_events", "events per step"),
    ("seed", "seed"),
    ("engine", "engine"),
    ("device", "device"),
    ("seconds", "seconds"),
)
_SHORT = (
    "negatives",
    "labels known",
    "labels expired",
    "events",
    "windows",
    "undefined windows",
    "replicates",
    "horizon",
    "folds",
    "form",
    "over content",
)


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Return label and text of every setting the summary carries.

    >>> facts({"events": 200000, "horizon": "all", "folds": 5, "dataset": {"name": "world"}})
    [('log', 'world'), ('events', '200,000'), ('horizon', 'all'), ('folds', '5')]
    """
    found = ((label, _look_up(summary, key)) for key, label in _FACTS)
    listed = [(label, _text(value)) for label, value in found if value is not None]
    versions = summary.get("versions") or {}
    return listed + [(f"version of {name}", str(version)) for name, version in versions.items()]


def facts_line(summary: Summary) -> str:
    """Return the settings every score is read with, in one line.

    A number stays with its label where the line is broken.

    >>> line = facts_line({"events": 200000, "replicates": 3, "horizon": "all", "folds": 5})
    >>> line.replace("\N{NO-BREAK SPACE}", " ")
    'events 200,000 · horizon all · folds 5 · replicates 3'
    """
    return " · ".join(
        f"{label} {text}".replace(" ", "\N{NO-BREAK SPACE}")
        for label, text in facts(summary)
        if label in _SHORT
    )


def trained_until_notes(summary: Summary) -> list[str]:
    """Return one sentence per representation on what it may have seen.

    >>> trained_until_notes({"scores": [{"representation": "title", "trained_until": "unknown"}]})
    ['title: trained until an unknown time; its scores may hold events it was trained on.']
    """
    cuts = {
        score["representation"]: score["trained_until"]
        for score in summary.get("scores", ())
        if score.get("representation") and score.get("trained_until") is not None
    }
    return [
        f"{name}: trained until an unknown time; its scores may hold events it was trained on."
        if cut == "unknown"
        else f"{name}: trained until {cut}; windows before that are left out of its scores."
        for name, cut in cuts.items()
    ]


def _look_up(summary: Summary, key: str) -> Any:
    found: Any = summary
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if value >= 1 else f"{value:g}"
