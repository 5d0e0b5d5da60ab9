"""Drift events in the terminal: the newest of each cause, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from lis_sim.report.drift_section import carrier

_MOST = 3  # causes


def print_drift(records: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Print what drifted in the windows of ``records``; nothing where nothing did.

    >>> event = {"preference": "likes", "points_to": "preference-data", "words": "It fell."}
    >>> records = [{"window": 8, "drift": []}, {"window": 9, "drift": [event, event]}]
    >>> print_drift(records, Console(no_color=True))
    drift, seen in window 9: It fell. (2 events of likes)
    """
    found: dict[tuple[str, str], list[tuple[int, Mapping[str, Any]]]] = {}
    for record in records:
        for event in record.get("drift", ()):
            cause = str(event.get("points_to")), carrier(event)
            found.setdefault(cause, []).append((record["window"], event))
    newest_first = sorted(found.items(), key=lambda one: -one[1][-1][0])
    for (_, of), events in newest_first[:_MOST]:
        window, event = events[-1]
        more = f" ({len(events)} events of {of})" if len(events) > 1 else ""
        text = f"drift, seen in window {window}: {event.get('words')}{more}"
        console.print(Text(text, style="yellow"), soft_wrap=True)
    if len(newest_first) > _MOST:
        rest = len(newest_first) - _MOST
        console.print(Text(f"drift of {rest} more: see the report", style="yellow"))
