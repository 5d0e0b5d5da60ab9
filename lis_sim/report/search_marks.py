"""How a trial is drawn and told of in the charts of a search, and which values they show."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lis_sim.report.frame import padded, text
from lis_sim.report.markup import Markup
from lis_sim.report.search_records import LEGEND, SearchRecords, SearchTrial
from lis_sim.report.search_words import objective_text, settings_text
from lis_sim.report.styles import Style, marks, sample

_ROOM = 1.0  # spans of the main values by which others may widen a scale

AT_THE_EDGE = "What lies far outside the scale is drawn at its edge."


def focus(main: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Return a scale for ``main`` that ``others`` widen, but only so far that it still shows main.

    A trial that was stopped after a window or two may have any score.

    >>> low, high = focus([0.0, 1.0], [1.5, -40.0])
    >>> round(low, 2), round(high, 2)
    (-1.15, 1.65)
    """
    if not main:
        return padded(min(others), max(others)) if others else padded(0.0, 1.0)
    low, high = min(main), max(main)
    room = _ROOM * ((high - low) or abs(high) or 0.01)
    wide = [min(max(value, low - room), high + room) for value in [*main, *others]]
    return padded(min(wide), max(wide))


def within(value: float, ends: tuple[float, float]) -> float:
    """Return ``value``, or the end of the scale that it lies beyond."""
    return min(max(value, ends[0]), ends[1])


def told(records: SearchRecords, trial: SearchTrial, *content: str) -> str:
    """Return ``content`` with what a pointer is told of the trial."""
    return f"<g><title>{escape(trial_words(records, trial))}</title>{''.join(content)}</g>"


def trial_words(records: SearchRecords, trial: SearchTrial) -> str:
    """Return a trial in words: what it is, its score, its settings."""
    scores = ", ".join(
        f"{one.name} {objective_text(one.name, trial.objective.get(one.name))}"
        for one in records.objectives
    )
    kind = "config as written, " if trial.baseline else ""
    settings = settings_text(trial.settings, records.names)
    return (
        f"trial {trial.trial}: {kind}{trial.status} after {trial.windows:,} windows; "
        f"{scores}; {settings}"
    )


def mark(style: Style, x: float, y: float) -> Markup:
    """Return the mark of one trial."""
    return marks(style, [(x, y)])


def legend(records: SearchRecords, trials: Sequence[SearchTrial], x: float, y: float) -> Markup:
    """Return a sample and the name of every kind of trial among ``trials``, in one row."""
    there = {records.style(trial) for trial in trials}
    parts: list[str] = []
    for style, name in LEGEND:
        if style in there:
            parts.append(sample(style, x, y) + text(x + 30, y + 4, name, "tick"))
            x += 46 + 6.4 * len(name)
    return Markup("".join(parts))
