"""Lines over powers of ten as an SVG file that stands alone: both axes are logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lis_sim.report.end_labels import EndLabel, end_labels
from lis_sim.report.frame import Box, Scale, padded, text
from lis_sim.report.styles import CYCLE, marks, stroke

WIDTH, HEIGHT = 720, 300
_BOX = Box(66, 30, 440, 220)
# Colours of Okabe and Ito on white: a file that stands alone has no page to take others from.
_STYLE = """
text{font:12px Helvetica,Arial,sans-serif;fill:#222}text.tick{fill:#666;font-size:11px}
.grid{stroke:#ddd;fill:none}.axis{stroke:#999;fill:none}.s{fill:none}.m{stroke-width:1}
.s.blue,.m.blue{stroke:#0072b2}.m.blue{fill:#0072b2}
.s.vermillion,.m.vermillion{stroke:#d55e00}.m.vermillion{fill:#d55e00}
.s.green,.m.green{stroke:#009e73}.m.green{fill:#009e73}
.s.purple,.m.purple{stroke:#cc79a7}.m.purple{fill:#cc79a7}
"""
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line through the points ``(x, y)``, all above 0, ``x`` rising."""

    name: str
    points: Sequence[tuple[float, float]]


def log_chart(title: str, x_name: str, y_name: str, lines: Sequence[LogLine]) -> str:
    """Return the chart as a whole SVG document.

    >>> svg = log_chart("Time", "events", "seconds", [LogLine("clean", [(1e5, 2.0), (1e6, 9.0)])])
    >>> svg.startswith("<svg xmlns"), "100k" in svg, ">clean " in svg
    (True, True, True)
    """
    x, y = _scale(lines, 0, _BOX.left, _BOX.right), _scale(lines, 1, _BOX.bottom, _BOX.top)
    said = "; ".join(f"{line.name} {_short(line.points[-1][1])}" for line in lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(f"{title}: {said}")}"><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f"{_axes(x, y)}{text(_BOX.left, 18, f'{title} ({y_name})')}"
        f"{text((_BOX.left + _BOX.right) / 2, HEIGHT - 12, x_name, '', 'middle')}"
        f"{''.join(_drawn(line, at, x, y) for at, line in enumerate(lines))}"
        f"{_names(lines, y)}</svg>\n"
    )


def _scale(lines: Sequence[LogLine], axis: int, start: float, end: float) -> Scale:
    found = [math.log10(point[axis]) for line in lines for point in line.points]
    return Scale(*padded(min(found), max(found)), start, end)


def _axes(x: Scale, y: Scale) -> str:
    parts = [f'<path class="axis" d="M{_BOX.left:g} {_BOX.bottom:g}h{_BOX.width:g}"/>']
    for value in _ticks(y):
        at = y(math.log10(value))
        parts.append(f'<path class="grid" d="M{_BOX.left:g} {at:.1f}h{_BOX.width:g}"/>')
        parts.append(text(_BOX.left - 6, at + 4, _short(value), "tick", "end"))
    for value in _ticks(x):
        at = x(math.log10(value))
        parts.append(f'<path class="axis" d="M{at:.1f} {_BOX.bottom:g}v4"/>')
        parts.append(text(at, _BOX.bottom + 16, _short(value), "tick", "middle"))
    return "".join(parts)


def _ticks(scale: Scale) -> list[float]:
    """Return powers of ten, and so many round values between them as there is room for."""
    powers = range(math.floor(scale.low), math.ceil(scale.high) + 1)
    span = scale.high - scale.low
    factors = (1, 1.5, 2, 3, 4, 5, 6, 8) if span < 0.8 else (1, 2, 5) if span < 2.5 else (1,)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in values if scale.low <= math.log10(value) <= scale.high]


def _drawn(line: LogLine, at: int, x: Scale, y: Scale) -> str:
    style = CYCLE[at]
    points = [(x(math.log10(one)), y(math.log10(two))) for one, two in line.points]
    path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
    return stroke(style, path) + marks(style, points)


def _names(lines: Sequence[LogLine], y: Scale) -> str:
    labels = [
        EndLabel(
            CYCLE[at], line.name, _short(line.points[-1][1]), y(math.log10(line.points[-1][1]))
        )
        for at, line in enumerate(lines)
    ]
    return end_labels(labels, _BOX.right + 8, _BOX.top, _BOX.bottom)


def _short(value: float) -> str:
    """Return ``value`` in three digits.

    >>> _short(2_000.0), _short(0.25), _short(1.234e6)
    ('2k', '0.25', '1.23M')
    """
    for size, prefix in _PREFIXES:
        if value >= size:
            return f"{value / size:.3g}{prefix}"
    return f"{value:.3g}"
