"""The names of lines at their right ends, moved apart so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lis_sim.report.frame import text
from lis_sim.report.markup import Markup
from lis_sim.report.styles import Style, sample

_LINE = 15.0
_LONGEST = 25


class EndLabel(NamedTuple):
    """A line's name, how it is drawn, and the height at which it ends."""

    style: Style
    name: str
    value: str
    y: float


def end_labels(labels: Sequence[EndLabel], x: float, top: float, bottom: float) -> Markup:
    """Return sample, name and last value of every line, beside its end where there is room."""
    order = sorted(labels, key=lambda label: label.y)
    heights = spread([label.y for label in order], top, bottom)
    return Markup("".join(_one(label, x, y) for label, y in zip(order, heights, strict=True)))


def spread(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return heights at least one line apart and near the ``wanted`` (sorted) ones.

    >>> spread([10.0, 12.0, 90.0], top=0.0, bottom=100.0)
    [10.0, 25.0, 90.0]
    >>> spread([95.0, 99.0], top=0.0, bottom=100.0)
    [85.0, 100.0]
    """
    line = min(_LINE, (bottom - top) / max(1, len(wanted) - 1))
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, top if not placed else placed[-1] + line))
    limit = bottom
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - line
    return placed


def shortened(name: str, longest: int = _LONGEST) -> str:
    """Return ``name``, its middle left out where it is long.

    >>> shortened("leaked_crossfit:my_long_preference", 20)
    'leaked_cro…reference'
    """
    if len(name) <= longest:
        return name
    end = (longest - 1) // 2
    return f"{name[: longest - 1 - end]}…{name[-end:]}"


def _one(label: EndLabel, x: float, y: float) -> str:
    room = _LONGEST - len(label.value)
    return sample(label.style, x, y) + text(
        x + 30, y + 4, f"{shortened(label.name, room)} {label.value}".rstrip(), "label"
    )
