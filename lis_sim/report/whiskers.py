"""A score and its interval drawn as a small bar, on one scale for a whole table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lis_sim.report.markup import Markup

_WIDTH, _HEIGHT, _MARGIN = 112, 16, 4


class Whiskers:
    """Draws the intervals of one table; zero is always on the scale.

    >>> entry = {"value": 0.01, "low": 0.0, "high": 0.02}
    >>> print(Whiskers([entry]).draw({"value": None}))
    <BLANKLINE>
    >>> Whiskers([entry]).draw(entry).count("<line")
    2
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        ends = [0.0]
        for entry in entries:
            ends += [v for v in map(entry.get, ("low", "value", "high")) if v is not None]
        self._low = min(ends)
        self._span = (max(ends) - self._low) or 1.0

    def draw(self, entry: Mapping[str, Any]) -> Markup:
        """Return an inline SVG of one entry's value and interval; empty when undefined."""
        value, low, high = entry.get("value"), entry.get("low"), entry.get("high")
        if value is None:
            return Markup("")
        middle = _HEIGHT / 2
        marks = _line(self._at(0.0), 0, self._at(0.0), _HEIGHT, "axis", 1)
        if low is not None and high is not None:
            marks += _line(self._at(low), middle, self._at(high), middle, "s blue", 2)
        marks += f'<circle cx="{self._at(value):.1f}" cy="{middle:.1f}" r="3" class="bar blue"/>'
        return Markup(f'<svg width="{_WIDTH}" height="{_HEIGHT}" aria-hidden="true">{marks}</svg>')

    def _at(self, value: float) -> float:
        return _MARGIN + (value - self._low) / self._span * (_WIDTH - 2 * _MARGIN)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, width: int) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'class="{kind}" stroke-width="{width}"/>'
    )
