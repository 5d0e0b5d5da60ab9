"""Lines over stream time, with bands, their names at their ends, and what happened marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.report.drift_series import last_defined
from lis_sim.report.end_labels import EndLabel, end_labels
from lis_sim.report.frame import (
    Box,
    Event,
    Scale,
    clipped,
    drawing,
    event_marks,
    padded,
    time_axis,
    value_axis,
    warmup,
)
from lis_sim.report.markup import Markup
from lis_sim.report.styles import Style, marks, stroke
from lis_sim.report.thinning import thin
from lis_sim.types import Float64, Int64

WIDTH = 880
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 270, 58, 218, 12, 36
_MARKS = 7
_DOTS = 250  # more are drawn smaller
_SETTLED = 0.15  # of the defined windows: before that, intervals are too wide to draw a scale by


@dataclass(frozen=True)
class Line:
    """One line: ``values`` (k,) and its bands, each a pair of (k,) or absent.

    ``dots`` draws the values as points that nothing connects.
    """

    name: str
    style: Style
    values: Float64
    band: tuple[Float64, Float64] | None = None
    wide_band: tuple[Float64, Float64] | None = None
    dots: bool = False
    end_us: Int64 | None = None  # where the line has other windows than its chart


@dataclass(frozen=True)
class LineChart:
    """What a chart of lines shows besides them; ``level`` is a value that means "nothing"."""

    title: str
    end_us: Int64
    warmup_end_us: int | None = None
    level: float | None = None
    signed: bool = False
    events: Sequence[Event] = ()

    def draw(self, lines: Sequence[Line], dots: Sequence[Line] = ()) -> Markup:
        """Return the chart of ``lines``, with ``dots`` behind them; all (k,) over ``end_us``."""
        height = max(_HEIGHT, 15 * len(lines) + _TOP + _BOTTOM)
        box = Box(_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM)
        x = Scale(*_ends(self.end_us), box.left + 2, box.right - 2)
        y = Scale(*_range([*dots, *lines], self.level), box.bottom, box.top)
        return drawing(
            WIDTH,
            height,
            f"{self.title}: {_said(lines, self._number)}",
            warmup(box, x, self.warmup_end_us),
            value_axis(box, y, self.signed),
            self._level(box, y),
            clipped(box, *(_drawn(line, self.end_us, x, y) for line in [*dots, *lines])),
            event_marks(box, x, self.events),
            time_axis(box, x),
            self._names(lines, box, y),
        )

    def _level(self, box: Box, y: Scale) -> str:
        if self.level is None:
            return ""
        return f'<path class="level" d="M{box.left:g} {y(self.level):.1f}h{box.width:g}"/>'

    def _names(self, lines: Sequence[Line], box: Box, y: Scale) -> Markup:
        labels = []
        for line in lines:
            last = last_defined(line.values)
            end = box.bottom if last is None else min(max(y(last), box.top), box.bottom)
            labels.append(EndLabel(line.style, line.name, self._number(last), end))
        return end_labels(labels, box.right + 6, box.top + 6, box.bottom)

    def _number(self, value: float | None) -> str:
        if value is None:
            return "undefined"
        return f"{value:+.4f}" if self.signed else f"{value:.4f}"


def _drawn(line: Line, chart_us: Int64, x: Scale, y: Scale) -> str:
    end_us = chart_us if line.end_us is None else line.end_us
    parts = [
        _area(line.style, kind, band, end_us, x, y)
        for kind, band in (("wide", line.wide_band), ("band", line.band))
        if band is not None
    ]
    rows = thin(end_us, line.values, WIDTH - _LEFT - _RIGHT)
    points = [(x(float(end_us[k])), y(float(line.values[k]))) for k in rows]
    defined = [point for point in points if point[1] == point[1]]
    if line.dots:
        return "".join(parts) + _dots(line.style, defined)
    return "".join(parts) + stroke(line.style, path(points)) + marks(line.style, _some(defined))


def path(points: Sequence[tuple[float, float]]) -> str:
    """Return SVG path data through ``points``; one whose y is NaN makes a gap.

    >>> path([(0.0, 1.0), (1.0, 2.0), (2.0, float("nan")), (3.0, 4.0)])
    'M0.0 1.0L1.0 2.0M3.0 4.0h.1'
    """
    parts: list[str] = []
    alone = False
    for before, (px, py) in zip([(0.0, float("nan")), *points], points, strict=False):
        if py != py:
            parts += ["h.1"] if alone else []  # a single window between gaps is still a dot
            alone = False
            continue
        begins = before[1] != before[1]
        parts.append(f"{'M' if begins else 'L'}{px:.1f} {py:.1f}")
        alone = begins
    return "".join(parts) + ("h.1" if alone else "")


def _area(
    style: Style, kind: str, band: tuple[Float64, Float64], end_us: Int64, x: Scale, y: Scale
) -> str:
    low, high = band
    columns = WIDTH - _LEFT - _RIGHT
    rows = np.union1d(thin(end_us, low, columns), thin(end_us, high, columns))
    rows = rows[np.isfinite(low[rows]) & np.isfinite(high[rows])]
    if len(rows) < 2:
        return ""
    times = [x(float(end_us[k])) for k in rows]
    forth = [f"{t:.1f} {y(float(high[k])):.1f}" for t, k in zip(times, rows, strict=True)]
    back = [f"{t:.1f} {y(float(low[k])):.1f}" for t, k in zip(times, rows, strict=True)]
    return f'<path class="{kind} {style.colour}" d="M{"L".join(forth + back[::-1])}z"/>'


def _dots(style: Style, points: Sequence[tuple[float, float]]) -> str:
    path = "".join(f"M{px:.1f} {py:.1f}h.1" for px, py in points)
    kind = "s dots" if len(points) <= _DOTS else "s dots many"
    return f'<path class="{kind} {style.colour}" d="{path}"/>' if path else ""


def _some(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a few points to mark: enough to tell lines apart, too few to hide them."""
    if len(points) <= _MARKS:
        return list(points)
    rows = np.linspace(0, len(points) - 1, _MARKS).round().astype(int)
    return [points[k] for k in rows]


def _ends(end_us: Int64) -> tuple[float, float]:
    return (float(end_us[0]), float(end_us[-1])) if len(end_us) else (0.0, 1.0)


def _range(lines: Sequence[Line], level: float | None) -> tuple[float, float]:
    """Return the range of the values, with intervals once they have settled.

    The intervals of the first windows after warm-up would flatten every line.
    """
    found = [] if level is None else [np.array([level])]
    for line in lines:
        found.append(line.values)
        defined = np.flatnonzero(np.isfinite(line.values))
        settled = defined[int(_SETTLED * len(defined)) :]
        found += [] if line.band is None else [one[settled] for one in line.band]
        if line.wide_band is not None and len(settled):
            found += [one[settled[-1:]] for one in line.wide_band]
    values = np.concatenate(found) if found else np.zeros(0)
    values = values[np.isfinite(values)]
    return padded(float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def _said(lines: Sequence[Line], number: Callable[[float | None], str]) -> str:
    return "; ".join(f"{line.name} {number(last_defined(line.values))}" for line in lines)
