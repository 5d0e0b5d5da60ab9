"""LIS and AIS over stream time: so far, and as they are now."""

from __future__ import annotations

from lis_sim.report.drift_marks import MARKED, drift_marks
from lis_sim.report.drift_series import DriftSeries
from lis_sim.report.frame import Event
from lis_sim.report.line_chart import Line, LineChart
from lis_sim.report.markup import Markup, join
from lis_sim.report.place import chart_card
from lis_sim.report.run_records import RunRecords
from lis_sim.report.series import Band, Series
from lis_sim.report.styles import SCORES, another

_SO_FAR = (
    "Scores so far, at the end of each window, all slices together. The light bands hold at every "
    "window at once (95%): a run may be stopped when one leaves 0. The darker bands are 95% "
    "intervals of a single look, at a time fixed in advance."
)
_NOW = (
    "The same scores as they are now: older windows count less. The bands are 95% intervals of a "
    "single look."
)
_ALONE = " The dots are single windows."
_HEADLINE = ("lis_crossfit", "ais")


def score_charts(run: RunRecords, group: str) -> Markup:
    """Return the charts of one preference data set, or of a representation without one."""
    series = run.series
    names = [(group, label) for label in series.scores.get(group, ()) if label in SCORES]
    names = [(g, label) for g, label in names if not label.endswith("_over_placebo")]
    tables = run.representations if group in run.preferences else []
    names += [(table, "ais") for table in tables if "ais" in series.scores.get(table, ())]
    if not names:
        return Markup("")
    shown = {group, *tables}
    events = drift_marks(
        series, lambda event: bool({event.get("preference"), event.get("representation")} & shown)
    )
    return join(_so_far(series, group, names), _now(series, group, names, events))


def band_line(name: str, band: Band, number: int = 0, score: str = "lis_crossfit") -> Line:
    """Return a score's line with its bands."""
    wide = None
    if band.anytime_low is not None and band.anytime_high is not None:
        wide = (band.anytime_low, band.anytime_high)
    return Line(name, another(SCORES[score], number), band.value, (band.low, band.high), wide)


def _so_far(series: Series, group: str, names: list[tuple[str, str]]) -> Markup:
    lines = _lines(series.scores, group, names)
    title = f"Scores so far of {group}"
    chart = LineChart(title, series.end_us, series.warmup_end_us, level=0.0, signed=True)
    return chart_card(chart.draw(lines), title, _SO_FAR)


def _now(
    series: Series, group: str, names: list[tuple[str, str]], events: list[Event]
) -> Markup | None:
    shown = [(g, label) for g, label in names if label in _HEADLINE]
    shown = [(g, label) for g, label in shown if label in series.recent.get(g, ())]
    if not shown:
        return None
    lines = _lines(series.recent, group, shown)
    alone = _windows_alone(series.drift, lines, shown)
    title = f"Recent scores of {group}"
    chart = LineChart(
        title, series.end_us, series.warmup_end_us, level=0.0, signed=True, events=events
    )
    caption = _NOW + _ALONE * bool(alone) + f" {MARKED}" * bool(events)
    return chart_card(chart.draw(lines, alone), title, caption)


def _lines(
    bands: dict[str, dict[str, Band]], group: str, names: list[tuple[str, str]]
) -> list[Line]:
    lines = []
    tables = 0
    for of, label in names:
        own = of == group
        number = 0 if own else tables
        tables += not own
        lines.append(band_line(label if own else f"{label} {of}", bands[of][label], number, label))
    return lines


def _windows_alone(
    drift: DriftSeries | None, lines: list[Line], names: list[tuple[str, str]]
) -> list[Line]:
    """Return the dots of single windows in the style of their line."""
    found = []
    for line, (of, label) in zip(lines, names, strict=True):
        series = None if drift is None else drift.of(f"{label} {of}")
        if series is not None:
            found.append(Line(line.name, line.style, series.value, dots=True))
    return found
