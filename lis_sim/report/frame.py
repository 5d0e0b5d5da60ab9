"""The frame of a chart: its scales, its grid, its axes, its warm-up and where drift was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from lis_sim.report.markup import Markup
from lis_sim.report.ticks import tick_digits, time_ticks, value_ticks

_MARK = 4.0


class Box(NamedTuple):
    """The plot within its drawing, in units of the drawing."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Scale:
    """Maps ``[low, high]`` to ``[start, end]``; one value only is put in the middle.

    >>> Scale(0.0, 2.0, 10.0, 30.0)(1.0), Scale(5.0, 5.0, 10.0, 30.0)(5.0)
    (20.0, 20.0)
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


class Event(NamedTuple):
    """Something that happened at a time, drawn over a chart."""

    time_us: int
    direction: str
    words: str


def drawing(width: float, height: float, title: str, *content: str) -> Markup:
    """Return an SVG that scales with the page and is read aloud as ``title``."""
    return Markup(
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(content)}</svg>'
    )


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> Markup:
    """Return escaped text; ``kind`` are classes of the style sheet."""
    shown = f' class="{kind}"' if kind else ""
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return Markup(f'<text x="{x:.1f}" y="{y:.1f}"{shown}{placed}>{escape(words)}</text>')


def clipped(box: Box, *content: str) -> Markup:
    """Return ``content``, in units of the drawing, cut off at the edges of ``box``.

    To the left and right there is room for half a mark.
    """
    left, width = box.left - _MARK, box.width + 2 * _MARK
    return Markup(
        f'<svg x="{left:g}" y="{box.top:g}" width="{width:g}" height="{box.height:g}" '
        f'viewBox="{left:g} {box.top:g} {width:g} {box.height:g}">{"".join(content)}</svg>'
    )


def value_axis(box: Box, y: Scale, signed: bool) -> Markup:
    """Return the grid and the labels of the values."""
    ticks = value_ticks(y.low, y.high)
    form = f"{'+' if signed else ''}.{tick_digits(ticks)}f"
    parts = []
    for tick in ticks:
        at = y(tick)
        parts.append(f'<path class="grid" d="M{box.left:g} {at:.1f}h{box.width:g}"/>')
        label = "0" if tick == 0 else format(tick, form)
        parts.append(text(box.left - 6, at + 4, label, "tick", "end"))
    return Markup("".join(parts))


def difference_axis(x: Scale, top: float, bottom: float) -> Markup:
    """Return grid and labels of differences that lie along ``x``; zero is a stronger line."""
    ticks = value_ticks(x.low, x.high, 4)
    parts = []
    for tick in ticks:
        kind = "level" if tick == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M{x(tick):.1f} {top:g}V{bottom:g}"/>')
        label = "0" if tick == 0 else f"{tick:+.{tick_digits(ticks)}f}"
        parts.append(text(x(tick), bottom + 15, label, "tick", "middle"))
    return Markup("".join(parts))


def time_axis(box: Box, x: Scale) -> Markup:
    """Return the labels of stream time (UTC) below ``box``."""
    parts = [f'<path class="axis" d="M{box.left:g} {box.bottom:g}h{box.width:g}"/>']
    for tick in time_ticks(int(x.low), int(x.high)):
        at = x(tick.time_us)
        parts.append(f'<path class="axis" d="M{at:.1f} {box.bottom:g}v4"/>')
        parts.append(text(at, box.bottom + 16, tick.text, "tick", "middle"))
        parts.append(text(at, box.bottom + 29, tick.date, "tick", "middle"))
    return Markup("".join(parts))


def warmup(box: Box, x: Scale, end_us: int | None) -> Markup:
    """Return the shade of the warm-up with its name; nothing without one."""
    if end_us is None:
        return Markup("")
    width = x(end_us) - box.left
    shade = (
        f'<rect class="warmup" x="{box.left:g}" y="{box.top:g}" width="{max(width, 0):.1f}" '
        f'height="{box.height:g}"/>'
    )
    name = text(box.left + 4, box.top + 12, "warm-up", "tick") if width > 55 else ""
    return Markup(shade + name)


def event_marks(box: Box, x: Scale, events: Sequence[Event]) -> Markup:
    """Return a line and a triangle, with its words for the pointer, for each event."""
    parts = []
    for event in events:
        at = x(event.time_us)
        shape = "m-5 0h10l-5 8z" if event.direction == "down" else "m-5 8h10l-5-8z"
        parts.append(
            f'<g class="event"><title>{escape(event.words)}</title>'
            f'<path class="rule" d="M{at:.1f} {box.top:g}v{box.height:g}"/>'
            f'<path class="flag" d="M{at:.1f} {box.top:g}{shape}"/></g>'
        )
    return Markup("".join(parts))


def padded(low: float, high: float) -> tuple[float, float]:
    """Return a range a little wider than ``[low, high]``, never empty.

    >>> padded(0.0, 1.0), padded(2.0, 2.0)
    ((-0.06, 1.06), (1.8, 2.2))
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    room = 0.06 * (high - low) or 0.1 * abs(high) or 0.01
    return low - room, high + room
