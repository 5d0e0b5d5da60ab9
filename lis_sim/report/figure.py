"""The figures of a report as inline SVG: the same records give the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lis_sim.report.markup import Markup
from lis_sim.report.series import Band, Series
from lis_sim.types import Float64, Int64

# Okabe and Ito's colours, told apart by colour-blind readers too.
_SCORE_COLOURS = {
    "lis_crossfit": "#0072B2",
    "lis": "#D55E00",
    "history": "#009E73",
    "placebo": "#7F7F7F",
    "ais": "#CC79A7",
}
_ARM_COLOURS = ("#222222", "#D55E00", "#0072B2", "#009E73", "#7F7F7F", "#CC79A7", "#56B4E9")
_MOST_MARKED = 100
_MOST_POINTS = 400  # more would make a page of megabytes that no screen can tell apart
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "lis-sim",
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar in somebody's name is a dollar
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
}


def scores_figure(series: Series, group: str, name: str) -> Markup:
    """Return the running scores of one preference data set or representation with their bands.

    ``name`` must differ between the figures of a page: it prefixes every id in the SVG.
    """

    def draw(axes: Axes) -> None:
        axes.axhline(0.0, color="#222222", linewidth=0.8)
        for label, band in series.scores[group].items():
            score = label.partition(" ")[0]
            if score in _SCORE_COLOURS:
                _band(axes, series, label, band, _SCORE_COLOURS[score])
        axes.set_ylabel("difference of AUC since warm-up")

    return _figure(draw, series, name, f"Running scores of {group}")


def auc_figure(series: Series, name: str) -> Markup:
    """Return every arm's AUC per window (mean of the replicates)."""

    def draw(axes: Axes) -> None:
        for k, (arm, values) in enumerate(series.auc.items()):
            colour = _ARM_COLOURS[k % len(_ARM_COLOURS)]
            _line(axes, series, arm, values, colour, width=1.8 if arm == "clean" else 1.2)
        axes.set_ylabel("AUC of the window")

    return _figure(draw, series, name, "AUC of every arm per window")


def _figure(draw: Callable[[Axes], None], series: Series, name: str, title: str) -> Markup:
    with mpl.rc_context():
        mpl.rcdefaults()  # a reader's own matplotlib settings must not change the page
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(9.0, 3.4), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        _time_axis(axes, series)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return _inline(text.getvalue(), name, title)


def _band(axes: Axes, series: Series, label: str, band: Band, colour: str) -> None:
    rows = _kept(series)
    times = _times(series)[rows]
    for low, high, alpha in (
        (band.anytime_low, band.anytime_high, 0.07),
        (band.low, band.high, 0.18),
    ):
        axes.fill_between(times, low[rows], high[rows], color=colour, alpha=alpha, linewidth=0)
    _line(axes, series, label, band.value, colour, width=1.6)


def _line(
    axes: Axes, series: Series, label: str, values: Float64, colour: str, *, width: float
) -> None:
    rows = _kept(series)
    axes.plot(
        _times(series)[rows],
        values[rows],
        color=colour,
        linewidth=width,
        marker="o" if len(rows) <= _MOST_MARKED else "",
        markersize=2.5,
        # A leading underscore would hide a name from the legend.
        label=label if not label.startswith("_") else f" {label}",
    )


def _time_axis(axes: Axes, series: Series) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    )
    axes.set_xlabel("end of the window (UTC, time of the log)")
    if series.warmup_end_us is not None and len(series.end_us):
        ends = np.array([series.end_us[0], series.warmup_end_us], dtype="datetime64[us]")
        start, end = date2num(ends)  # type: ignore[no-untyped-call]
        axes.axvspan(start, end, color="#f3f3f3", zorder=0, label="warm-up")


def _times(series: Series) -> NDArray[np.datetime64]:
    return series.end_us.astype("datetime64[us]")


def _kept(series: Series) -> Int64:
    """Return the windows that are drawn: all of them, or evenly spread ones with both ends."""
    count = len(series.end_us)
    if count <= _MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, _MOST_POINTS).round().astype(np.int64))


def _inline(svg: str, name: str, title: str) -> Markup:
    """Return the SVG without its file header, its ids made unique within a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    label = f'<svg role="img" aria-label="{escape(title)}"'
    return Markup(svg.replace("<svg", label, 1))
