"""Two objectives at once: every trial, and the front that no other trial is better than."""

from __future__ import annotations

from itertools import combinations

from lis_sim.report.frame import Box, Scale, drawing, padded, text, value_axis
from lis_sim.report.markup import Markup, join
from lis_sim.report.place import chart_card
from lis_sim.report.search_marks import legend, mark, told
from lis_sim.report.search_records import WINNER, Objective, SearchRecords, SearchTrial
from lis_sim.report.search_words import objective_text, plain
from lis_sim.report.styles import stroke
from lis_sim.report.ticks import value_ticks

WIDTH = 880
_BOX = Box(72, 50, WIDTH - 72 - 30, 260)
CAPTION = (
    "The trials that played to the cut; better is up and to the right. No trial is better than a "
    "member of the front in every objective."
)


def pareto_charts(records: SearchRecords) -> Markup | None:
    """Return one drawing for each two objectives; None where there is only one, or no trial."""
    cards = []
    for across, up in combinations(records.objectives, 2):
        trials = [
            one
            for one in records.scored(across)
            if (one.finished or one.baseline) and up.name in one.objective
        ]
        if trials:
            title = f"{up.name} against {across.name}"
            svg = _chart(records, trials, across, up, title)
            cards.append(chart_card(svg, title, CAPTION))
    return join(*cards) if cards else None


def _chart(
    records: SearchRecords,
    trials: list[SearchTrial],
    across: Objective,
    up: Objective,
    title: str,
) -> Markup:
    x = _scale(across, trials, _BOX.left + 6, _BOX.right - 6)
    y = _scale(up, trials, _BOX.bottom, _BOX.top)
    points = {
        one.trial: (x(one.objective[across.name]), y(one.objective[up.name])) for one in trials
    }
    front = sorted(points[one.trial] for one in trials if one.winner)
    return drawing(
        WIDTH,
        _BOX.bottom + 38,
        f"{title}: {len(trials)} trials, {len(front)} of the front",
        value_axis(_BOX, y, not plain(up.name)),
        _across_axis(across, x),
        _stairs(front),
        *(told(records, one, mark(records.style(one), *points[one.trial])) for one in trials),
        *(
            text(points[one.trial][0] + 8, points[one.trial][1] - 6, str(one.trial), "tick halo")
            for one in trials
            if one.winner
        ),
        legend(records, trials, 6, 12),
        text(_BOX.left, _BOX.top - 12, up.words, "tick"),
        text(_BOX.right, _BOX.bottom + 32, across.words, "tick", "end"),
    )


def _scale(objective: Objective, trials: list[SearchTrial], worst: float, best: float) -> Scale:
    values = [one.objective[objective.name] for one in trials]
    start, end = (worst, best) if objective.mode == "max" else (best, worst)
    return Scale(*padded(min(values), max(values)), start, end)


def _stairs(front: list[tuple[float, float]]) -> Markup:
    """Return the edge of what the front is better than, in units of the drawing."""
    if not front:
        return Markup("")
    path = f"M{_BOX.left:g} {front[0][1]:.1f}H{front[0][0]:.1f}"
    for x, y in front[1:]:
        path += f"V{y:.1f}H{x:.1f}"
    return stroke(WINNER, f"{path}V{_BOX.bottom:g}", 1.2)


def _across_axis(objective: Objective, x: Scale) -> Markup:
    parts = [f'<path class="axis" d="M{_BOX.left:g} {_BOX.bottom:g}h{_BOX.width:g}"/>']
    for value in value_ticks(x.low, x.high):
        parts.append(f'<path class="axis" d="M{x(value):.1f} {_BOX.bottom:g}v4"/>')
        words = "0" if value == 0 else objective_text(objective.name, value).rstrip("0")
        parts.append(text(x(value), _BOX.bottom + 16, words.rstrip("."), "tick", "middle"))
    return Markup("".join(parts))
