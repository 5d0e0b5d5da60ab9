"""Stopping: the score of every trial as its windows came, and where it was stopped."""

from __future__ import annotations

from lis_sim.report.end_labels import EndLabel, end_labels
from lis_sim.report.frame import Box, Scale, clipped, drawing, text, value_axis
from lis_sim.report.markup import Markup
from lis_sim.report.place import chart_card
from lis_sim.report.search_marks import focus, legend, mark, told, within
from lis_sim.report.search_records import SearchRecords, SearchTrial
from lis_sim.report.search_words import objective_text, plain
from lis_sim.report.styles import stroke
from lis_sim.report.ticks import value_ticks

WIDTH = 880
_BOX = Box(62, 30, WIDTH - 62 - 190, 250)
CAPTION = (
    "The score so far of every trial after each window of the search. The first windows are few "
    "events: their scores may lie outside the scale."
)


def stopping_chart(records: SearchRecords) -> Markup | None:
    """Return the drawing; None where no trial has more than one report."""
    drawn = [trial for trial in records.scored(records.first) if trial.curve]
    if all(len(trial.curve) < 2 for trial in drawn):
        return None
    title = f"{records.first.words} as the windows came"
    return chart_card(_chart(records, drawn, title), title, CAPTION)


def _chart(records: SearchRecords, trials: list[SearchTrial], title: str) -> Markup:
    ends = focus(*_values(trials))
    windows = [count for trial in trials for count, _ in trial.curve]
    x = Scale(min(windows), max(windows), _BOX.left + 6, _BOX.right - 6)
    y = Scale(*ends, _BOX.bottom, _BOX.top)
    stopped = sum(trial.status == "stopped" for trial in trials)
    return drawing(
        WIDTH,
        _BOX.bottom + 36,
        f"{title}: {len(trials)} trials, {stopped} stopped early",
        value_axis(_BOX, y, not plain(records.first.name)),
        clipped(_BOX, *(_line(records, trial, x, y) for trial in trials)),
        *(_end(records, trial, x, y, ends) for trial in trials),
        _windows_axis(x),
        _names(records, trials, y, ends),
        legend(records, trials, 6, 12),
    )


def _values(trials: list[SearchTrial]) -> tuple[list[float], list[float]]:
    """Return the later half of the whole curves, and everything that was reported last."""
    whole = [trial.curve for trial in trials if trial.finished or trial.baseline]
    main = [value for curve in whole for _, value in curve[len(curve) // 2 :]]
    return main, [trial.curve[-1][1] for trial in trials]


def _line(records: SearchRecords, trial: SearchTrial, x: Scale, y: Scale) -> str:
    path = "M" + "L".join(f"{x(count):.1f} {y(value):.1f}" for count, value in trial.curve)
    strong = trial.winner or trial.baseline
    line = stroke(records.style(trial), path, 2.4 if strong else 1.2)
    return told(
        records, trial, f'<g class="{"strong-line" if strong else "trial-line"}">{line}</g>'
    )


def _end(
    records: SearchRecords, trial: SearchTrial, x: Scale, y: Scale, ends: tuple[float, float]
) -> str:
    count, value = trial.curve[-1]
    return told(records, trial, mark(records.style(trial), x(count), y(within(value, ends))))


def _windows_axis(x: Scale) -> Markup:
    parts = [f'<path class="axis" d="M{_BOX.left:g} {_BOX.bottom:g}h{_BOX.width:g}"/>']
    for value in value_ticks(x.low, x.high, 8):
        if value == int(value):
            parts.append(f'<path class="axis" d="M{x(value):.1f} {_BOX.bottom:g}v4"/>')
            parts.append(text(x(value), _BOX.bottom + 16, f"{value:.0f}", "tick", "middle"))
    parts.append(text(_BOX.right, _BOX.bottom + 30, "windows played", "tick", "end"))
    return Markup("".join(parts))


def _names(
    records: SearchRecords, trials: list[SearchTrial], y: Scale, ends: tuple[float, float]
) -> Markup:
    labels = []
    for trial in trials:
        if trial.winner or trial.baseline:
            value = trial.curve[-1][1]
            name = "as written" if trial.baseline else f"trial {trial.trial}"
            shown = objective_text(records.first.name, value)
            labels.append(EndLabel(records.style(trial), name, shown, y(within(value, ends))))
    return end_labels(labels, _BOX.right + 6, _BOX.top + 6, _BOX.bottom)
