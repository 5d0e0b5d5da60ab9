"""Slice plots: the score of every trial against each setting."""

from __future__ import annotations

from lis_sim.report.end_labels import shortened
from lis_sim.report.frame import Box, Scale, drawing, text, value_axis
from lis_sim.report.markup import Markup, element, join
from lis_sim.report.place import chart_card
from lis_sim.report.search_axis import Axis
from lis_sim.report.search_marks import AT_THE_EDGE, focus, legend, mark, told, within
from lis_sim.report.search_records import Objective, SearchRecords, SearchTrial
from lis_sim.report.search_words import plain

WIDTH = 470
_BOX = Box(62, 30, WIDTH - 62 - 14, 170)
CAPTION = (
    "The score of every trial in the search against one setting, whatever its other settings were: "
    f"a slope may be theirs. {AT_THE_EDGE}"
)


def slice_charts(records: SearchRecords) -> Markup | None:
    """Return one small drawing for every setting and objective; None where there is nothing."""
    cards = [
        chart_card(_chart(records, axis, one), _title(records, axis, one), None)
        for one in records.objectives
        for axis in records.axes
        if _points(records, axis, one)
    ]
    if not cards:
        return None
    return join(element("div", *cards, class_="pair"), element("p", CAPTION, class_="soft small"))


def _title(records: SearchRecords, axis: Axis, objective: Objective) -> str:
    return f"{objective.words} against {axis.label}"


def _points(
    records: SearchRecords, axis: Axis, objective: Objective
) -> list[tuple[SearchTrial, float]]:
    placed = ((trial, axis.place_in(trial.settings)) for trial in records.scored(objective))
    return [(trial, at) for trial, at in placed if at is not None]


def _chart(records: SearchRecords, axis: Axis, objective: Objective) -> Markup:
    trials = records.scored(objective)
    main = [one.objective[objective.name] for one in trials if one.finished or one.baseline]
    ends = focus(main, [one.objective[objective.name] for one in trials])
    y = Scale(*ends, _BOX.bottom, _BOX.top)
    points = _points(records, axis, objective)
    drawn = []
    for trial, at in points:
        x = _across(axis, trial, at)
        height = y(within(trial.objective[objective.name], ends))
        drawn.append(told(records, trial, mark(records.style(trial), x, height)))
    return drawing(
        WIDTH,
        _BOX.bottom + 36,
        f"{_title(records, axis, objective)}: {len(points)} trials",
        value_axis(_BOX, y, not plain(objective.name)),
        _axis(axis),
        *drawn,
        legend(records, [trial for trial, _ in points], 6, 12),
    )


def _across(axis: Axis, trial: SearchTrial, at: float) -> float:
    if axis.kind == "choice":
        # Trials of one choice would cover each other: they lie beside each other.
        at += (trial.trial * 0.618 % 1 - 0.5) * 0.5 / len(axis.choices)
    return _BOX.left + 8 + at * (_BOX.width - 16)


def _axis(axis: Axis) -> Markup:
    ticks = axis.ticks()
    room = max(5, int(2 * _BOX.width / max(1, len(ticks)) / 6.5))
    parts = [f'<path class="axis" d="M{_BOX.left:g} {_BOX.bottom:g}h{_BOX.width:g}"/>']
    # Long names at two heights: neighbours may be wider than there is room for.
    staggered = sum(len(words) for _, words in ticks) * 6.5 > _BOX.width
    for k, (at, words) in enumerate(ticks):
        x = _BOX.left + 8 + at * (_BOX.width - 16)
        lower = 13 * (k % 2) if staggered else 0
        parts.append(f'<path class="axis" d="M{x:.1f} {_BOX.bottom:g}v{4 + lower}"/>')
        parts.append(_label(x, _BOX.bottom + 16 + lower, shortened(words, room)))
    return Markup("".join(parts))


def _label(x: float, y: float, words: str) -> str:
    half = 3.2 * len(words)
    if x + half > WIDTH - 2:
        return text(WIDTH - 2, y, words, "tick", "end")
    if x - half < 2:
        return text(2, y, words, "tick")
    return text(x, y, words, "tick", "middle")
