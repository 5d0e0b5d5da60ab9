"""How lines are told apart: by colour, by dashes and by the shape of their marks, never by one.

Colours are those of Okabe and Ito, named here and given in ``report.css`` for light and dark.
"""

from __future__ import annotations

from typing import NamedTuple

from lis_sim.report.markup import Markup


class Style(NamedTuple):
    """``colour`` is a class of the style sheet, ``dash`` an SVG dash pattern, ``mark`` a shape."""

    colour: str
    dash: str
    mark: str


SCORES = {
    "lis_crossfit": Style("blue", "", "circle"),
    "lis_crossfit_over_placebo": Style("blue", "", "circle"),
    "lis": Style("vermillion", "7 3", "triangle"),
    "history": Style("green", "2 3", "square"),
    "placebo": Style("grey", "1 3", "cross"),
    "ais": Style("purple", "9 3 2 3", "diamond"),
    "ais_over_placebo": Style("purple", "9 3 2 3", "diamond"),
}
ARMS = {
    "clean": Style("ink", "", "square"),
    "leaked": SCORES["lis"],
    "leaked_crossfit": SCORES["lis_crossfit"],
    "causal": SCORES["history"],
    "placebo": SCORES["placebo"],
    "aligned": SCORES["ais"],
}
# Lines of one kind: several runs, or several representations.
CYCLE = (
    Style("blue", "", "circle"),
    Style("vermillion", "7 3", "triangle"),
    Style("green", "2 3", "square"),
    Style("purple", "9 3 2 3", "diamond"),
    Style("orange", "5 2 1 2", "down"),
    Style("sky", "12 4", "cross"),
    Style("ink", "4 4", "plus"),
    Style("grey", "1 2", "circle"),
)
_DASHES = ("9 3 2 3", "4 2", "14 3 3 3", "2 2", "6 2 1 2 1 2")
_MARKS = ("diamond", "down", "plus", "square", "triangle")

_SHAPES = {
    "circle": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
    "square": "m-2.7-2.7h5.4v5.4h-5.4z",
    "triangle": "m0-3.6l3.4 6h-6.8z",
    "down": "m0 3.6l3.4-6h-6.8z",
    "diamond": "m0-3.8l3.3 3.8l-3.3 3.8l-3.3-3.8z",
    "cross": "m-2.6-2.6l5.2 5.2m0-5.2l-5.2 5.2",
    "plus": "m-3.2 0h6.4m-3.2-3.2v6.4",
}


def another(style: Style, number: int) -> Style:
    """Return ``style`` for the ``number``-th line of its kind: the colour stays, the rest moves.

    >>> another(SCORES["ais"], 0) == SCORES["ais"], another(SCORES["ais"], 1).mark
    (True, 'down')
    """
    if number == 0:
        return style
    return style._replace(dash=_DASHES[number % len(_DASHES)], mark=_MARKS[number % len(_MARKS)])


def stroke(style: Style, path: str, width: float = 1.7) -> Markup:
    """Return a line along ``path`` (SVG path data)."""
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return Markup(f'<path class="s {style.colour}" stroke-width="{width}"{dash} d="{path}"/>')


def marks(style: Style, points: list[tuple[float, float]]) -> Markup:
    """Return the marks of a line at ``points`` as one path; nothing without points."""
    if not points:
        return Markup("")
    shape = _SHAPES[style.mark]
    path = "".join(f"M{x:.1f} {y:.1f}{shape}" for x, y in points)
    return Markup(f'<path class="m {style.colour}" d="{path}"/>')


def sample(style: Style, x: float, y: float) -> Markup:
    """Return a short piece of the line with one mark, as a legend has it; 24 units wide."""
    return Markup(stroke(style, f"M{x:.1f} {y:.1f}h24") + marks(style, [(x + 12, y)]))
