"""AUC and calibration of the arms in each window, one pair of charts for each group of arms."""

from __future__ import annotations

from collections.abc import Sequence

from lis_sim.report.drift_marks import MARKED, drift_marks
from lis_sim.report.frame import Event
from lis_sim.report.line_chart import Line, LineChart
from lis_sim.report.markup import Markup, join
from lis_sim.report.place import chart_card
from lis_sim.report.series import Series
from lis_sim.report.styles import ARMS, CYCLE
from lis_sim.types import Float64

_CLEAN = "clean"
_AUC = (
    "AUC of each window by itself, mean of the replicates. A gap is a window with one class only, "
    "which has no AUC."
)
_CALIBRATION = (
    "Mean predicted probability over mean label, in each window; 1 is calibrated. A score compares "
    "rankings, so a miscalibrated arm keeps its AUC, but a ranker behind it would misjudge values."
)


def auc_charts(series: Series) -> Markup:
    """Return the AUC of the arms per window, together with ``clean`` in every chart."""
    return _charts(series, "auc", series.auc, "AUC per window", None, _AUC)


def calibration_charts(series: Series) -> Markup:
    """Return the calibration of the arms per window; nothing where it was never defined."""
    defined = {
        arm: values for arm, values in series.calibration.items() if (values == values).any()
    }
    return _charts(series, "calibration", defined, "Calibration per window", 1.0, _CALIBRATION)


def arm_groups(arms: list[str]) -> dict[str, list[str]]:
    """Return the arms by what they carry, in the order in which they appear.

    >>> arm_groups(["clean", "leaked:a", "causal:a", "aligned:t"])
    {'a': ['leaked:a', 'causal:a'], 't': ['aligned:t']}
    """
    groups: dict[str, list[str]] = {}
    for arm in arms:
        if arm != _CLEAN:
            groups.setdefault(arm.partition(":")[2] or arm, []).append(arm)
    return groups


def _charts(
    series: Series,
    watched: str,
    values: dict[str, Float64],
    words: str,
    level: float | None,
    caption: str,
) -> Markup:
    groups = arm_groups(list(values)) or ({_CLEAN: []} if _CLEAN in values else {})
    parts = []
    for number, (name, arms) in enumerate(groups.items()):
        shown = [_CLEAN, *arms] if _CLEAN in values else arms
        title = f"{words}, {name}"
        events = _events(series, watched, shown)
        chart = LineChart(title, series.end_us, series.warmup_end_us, level, events=events)
        lines = [_line(arm, values[arm], k) for k, arm in enumerate(shown)]
        told = [caption] * (number == 0) + [MARKED] * bool(events)
        parts.append(chart_card(chart.draw(lines), title, " ".join(told) or None))
    return join(*parts)


def _events(series: Series, watched: str, arms: Sequence[str]) -> list[Event]:
    return drift_marks(
        series, lambda event: event.get("series") == watched and event.get("arm") in arms
    )


def _line(arm: str, values: Float64, number: int) -> Line:
    kind = arm.partition(":")[0]
    return Line(kind, ARMS.get(kind, CYCLE[number % len(CYCLE)]), values)
