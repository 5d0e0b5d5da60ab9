"""What the numbers of a search must be read with: what it saw, what it cost, how it searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.report.numbers import time_text

Summary = Mapping[str, Any]


def search_facts(summary: Summary) -> list[tuple[str, str]]:
    """Return label and text of everything the summary says of how the search went.

    >>> facts = search_facts({"trials": {"finished": 9, "stopped": 22, "failed": 1}})
    >>> facts
    [('trials', '32: 9 finished, 22 stopped, 1 failed')]
    """
    cut = summary.get("cut") or {}
    found = [
        ("objectives", _objectives(summary)),
        ("trials", _trials(summary.get("trials"))),
        ("algorithm", _text(summary.get("algorithm"))),
        ("stopping", _text(summary.get("stopping"))),
        ("seed", _text(summary.get("seed"))),
        ("the search saw", _seen(cut)),
        ("the cut", None if cut.get("end_us") is None else f"{time_text(cut['end_us'])} UTC"),
        ("reported", _reported(cut)),
        ("events played", _events(summary)),
        ("seconds", _seconds(summary.get("seconds"))),
    ]
    return [(label, text) for label, text in found if text is not None]


def search_line(summary: Summary) -> str:
    """Return what a search is read with, in one line.

    >>> line = search_line(
    ...     {"trials": {"finished": 9, "stopped": 22, "failed": 1}}
    ...     | {"cut": {"windows": 8, "warmup": 4, "total": 16}}
    ...     | {"events_played": 30, "events_of_full_trials": 100}
    ... )
    >>> line.replace("\N{NO-BREAK SPACE}", " ")
    '32 trials: 9 finished, 22 stopped, 1 failed · the search saw 8 of 16 windows · 30% of the \
events of a full search'
    """
    cut, share = summary.get("cut") or {}, events_share(summary)
    parts = [
        (_trials(summary.get("trials")) or "").replace(":", " trials:", 1),
        f"the search saw {cut['windows']:,} of {cut['total']:,} windows" if cut else "",
        "" if share is None else f"{share:.0%} of the events of a full search",
    ]
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts if part)


def events_share(summary: Summary) -> float | None:
    """Return the events played as a share of those of a search in which no trial is stopped."""
    played, full = summary.get("events_played"), summary.get("events_of_full_trials")
    return played / full if played is not None and full else None


def _objectives(summary: Summary) -> str | None:
    found = [
        f"{one['objective']} ({'most' if one['mode'] == 'max' else 'least'})"
        for one in summary.get("objectives", ())
    ]
    return ", ".join(found) or None


def _trials(counts: Mapping[str, int] | None) -> str | None:
    if not counts:
        return None
    parts = ", ".join(f"{number:,} {status}" for status, number in counts.items() if number)
    return f"{sum(counts.values()):,}: {parts}" if parts else "0"


def _seen(cut: Mapping[str, Any]) -> str | None:
    if not cut:
        return None
    return (
        f"windows 1 to {cut['windows']:,} of {cut['total']:,}, {cut['warmup']:,} of them warm-up"
        + (f"; {cut['events']:,} events" if cut.get("events") is not None else "")
    )


def _reported(cut: Mapping[str, Any]) -> str | None:
    return f"windows {cut['windows'] + 1:,} to {cut['total']:,}" if cut else None


def _events(summary: Summary) -> str | None:
    share = events_share(summary)
    if share is None:
        return None
    return (
        f"{summary['events_played']:,}, {share:.0%} of the {summary['events_of_full_trials']:,} "
        "of a search that stops no trial"
    )


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:,.1f}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return str(value)
