"""Parallel coordinates: every trial a line through its settings to what came of them."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.report.end_labels import shortened
from lis_sim.report.frame import drawing, text
from lis_sim.report.markup import Markup, join
from lis_sim.report.place import chart_card
from lis_sim.report.search_axis import Axis
from lis_sim.report.search_marks import AT_THE_EDGE, focus, legend, mark, told, within
from lis_sim.report.search_records import Objective, SearchRecords, SearchTrial
from lis_sim.report.search_words import objective_text
from lis_sim.report.styles import stroke
from lis_sim.report.ticks import value_ticks

WIDTH = 880
_MOST = 7  # settings in one drawing; more get further drawings
_LEFT, _RIGHT, _TOP, _HEIGHT, _ABSENT = 110, 74, 62, 250, 22
CAPTION = (
    "Every line is a trial, from its settings to its score in the search; up is better. "
    f"{AT_THE_EDGE} A line passes below an axis where the trial has no value of that setting."
)

Ends = tuple[float, float]


def parallel_charts(records: SearchRecords) -> Markup | None:
    """Return the drawings; None where there is no setting or no trial with a score."""
    if not records.axes or not records.scored(records.first):
        return None
    count = len(records.axes)
    size = -(-count // -(-count // _MOST))  # as many in each drawing, or nearly so
    groups = [records.axes[k : k + size] for k in range(0, count, size)]
    cards = []
    for k, axes in enumerate(groups, 1):
        title = "Parallel coordinates" + (f", {k} of {len(groups)}" if len(groups) > 1 else "")
        cards.append(chart_card(_Parallel(records, axes).draw(title), title, CAPTION))
    return join(*cards)


class _Parallel:
    """One drawing: some of the settings, then all objectives."""

    def __init__(self, records: SearchRecords, axes: Sequence[Axis]) -> None:
        self._records = records
        self._axes = axes
        self._ends = {one.name: _ends(records, one) for one in records.objectives}
        places = len(axes) + len(records.objectives)
        step = (WIDTH - _LEFT - _RIGHT) / max(1, places - 1)
        self._x = [_LEFT + k * step for k in range(places)]
        self._step = step
        trials = records.scored(records.first)
        self._absent = [
            any(axis.place_in(trial.settings) is None for trial in trials) for axis in axes
        ]

    def draw(self, title: str) -> Markup:
        height = _TOP + _HEIGHT + (_ABSENT + 20 if any(self._absent) else 10)
        drawn = self._records.scored(self._records.first)
        # Lines first and writing over them: the numbers of an axis stay readable.
        return drawing(
            WIDTH,
            height,
            f"{title}: {len(drawn)} trials, {', '.join(axis.label for axis in self._axes)}",
            *(self._line(trial) for trial in drawn),
            *(self._axis(k, axis) for k, axis in enumerate(self._axes)),
            *(
                self._objective_axis(len(self._axes) + k, one)
                for k, one in enumerate(self._records.objectives)
            ),
            *(
                text(x, _TOP + _HEIGHT + _ABSENT + 14, "not set", "tick", "middle")
                for x, absent in zip(self._x, self._absent, strict=False)
                if absent
            ),
            legend(self._records, drawn, 6, 12),
        )

    def _line(self, trial: SearchTrial) -> str:
        style = self._records.style(trial)
        points = [
            (x, _y(_spread(axis, trial))) for x, axis in zip(self._x, self._axes, strict=False)
        ]
        for x, one in zip(self._x[len(self._axes) :], self._records.objectives, strict=True):
            value = trial.objective.get(one.name)
            points.append((x, _y(None if value is None else self._place(one, value))))
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        strong = trial.winner or trial.baseline
        line = stroke(style, path, 2.4 if strong else 1.2)
        kind = "strong-line" if strong else "trial-line"
        return told(self._records, trial, f'<g class="{kind}">{line}</g>', mark(style, *points[-1]))

    def _place(self, objective: Objective, value: float) -> float:
        low, high = self._ends[objective.name]
        at = (within(value, (low, high)) - low) / (high - low)
        return at if objective.mode == "max" else 1 - at

    def _axis(self, k: int, axis: Axis) -> Markup:
        ticks = [(at, shortened(words, self._room)) for at, words in axis.ticks()]
        return _drawn_axis(self._x[k], shortened(axis.label, self._room + 5), ticks, k % 2)

    def _objective_axis(self, k: int, objective: Objective) -> Markup:
        low, high = self._ends[objective.name]
        ticks = [
            (self._place(objective, value), _tick(objective, value))
            for value in value_ticks(low, high)
        ]
        last = k == len(self._x) - 1
        return _drawn_axis(
            self._x[k], shortened(objective.name, self._room + 8), ticks, k % 2, last
        )

    @property
    def _room(self) -> int:
        return max(6, min(13, int(self._step / 7)))


def _ends(records: SearchRecords, objective: Objective) -> Ends:
    trials = records.scored(objective)
    main = [one.objective[objective.name] for one in trials if one.finished or one.baseline]
    return focus(main, [one.objective[objective.name] for one in trials])


def _y(place: float | None) -> float:
    return _TOP + _HEIGHT + _ABSENT if place is None else _TOP + _HEIGHT * (1 - place)


def _spread(axis: Axis, trial: SearchTrial) -> float | None:
    """Return the place of a trial; those of one choice lie beside each other."""
    at = axis.place_in(trial.settings)
    if at is None or axis.kind != "choice" or trial.winner or trial.baseline:
        return at
    return at + (trial.trial * 0.618 % 1 - 0.5) * 0.5 / len(axis.choices)


def _drawn_axis(
    x: float, name: str, ticks: Sequence[tuple[float, str]], lower: int, last: bool = False
) -> Markup:
    # Names of neighbours stand at two heights: together they may be wider than there is room.
    parts = [
        f'<path class="axis" d="M{x:.1f} {_TOP:g}v{_HEIGHT:g}"/>',
        text(x, _TOP - 24 + 14 * lower, name, "strong", "middle"),
    ]
    for at, words in ticks:
        y = _TOP + _HEIGHT * (1 - at)
        parts.append(f'<path class="axis" d="M{x - 4:.1f} {y:.1f}h8"/>')
        side = (x + 9, "start") if last else (x - 7, "end")
        parts.append(text(side[0], y + 4, words, "tick halo", side[1]))
    return Markup("".join(parts))


def _tick(objective: Objective, value: float) -> str:
    words = objective_text(objective.name, value)
    return "0" if value == 0 else words.rstrip("0").rstrip(".")
