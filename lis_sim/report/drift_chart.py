"""The drift timeline: one strip for each series and measure, events marked where they happened."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from lis_sim.report.drift_marks import event_mark
from lis_sim.report.drift_series import (
    DriftSeries,
    Measure,
    Record,
    WindowSeries,
    drift_subject,
    last_defined,
)
from lis_sim.report.end_labels import shortened
from lis_sim.report.frame import Box, Scale, clipped, drawing, event_marks, text, time_axis
from lis_sim.report.line_chart import WIDTH, path
from lis_sim.report.markup import Markup
from lis_sim.report.styles import CYCLE, stroke
from lis_sim.report.thinning import thin
from lis_sim.types import Float64, Int64

_LEFT, _RIGHT, _ROW, _TOP = 206, 152, 38, 6
_LEAST_Z = 4.0  # half the height of a strip of z, at least
_QUIET = 2.0  # standard errors that mean nothing by themselves


class Strip(NamedTuple):
    """A row of the timeline: values (k,) in ``[low, high]`` and what is said at its end.

    ``level`` is where nothing moved, ``threshold`` where a measure counts as moved; ``shade`` is
    a range that means nothing.
    """

    name: str
    values: Float64
    low: float
    high: float
    said: str
    level: float | None = None
    threshold: float | None = None
    shade: tuple[float, float] | None = None


def strips(drift: DriftSeries) -> list[Strip]:
    """Return every series and measure as a strip, in the order in which they matter.

    Those with events come first, then what no arm has of its own, then the clean arm.
    """
    found = [_of_series(name, one) for name, one in drift.series.items()]
    found += [_of_measure(name, one) for name, one in drift.measures.items()]
    moved = {drift_subject(event) for _, event in drift.events}
    return sorted(found, key=lambda strip: (strip.name not in moved, _is_of_arm(strip.name)))


def drift_chart(title: str, shown: Sequence[Strip], drift: DriftSeries, end_us: Int64) -> Markup:
    """Return the timeline of ``shown`` over stream time."""
    box = Box(_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, _ROW * len(shown))
    x = Scale(float(end_us[0]), float(end_us[-1]), box.left + 2, box.right - 2)
    events: dict[str, list[tuple[int, Record]]] = {}
    for k, event in drift.events:
        events.setdefault(drift_subject(event), []).append((k, event))
    rows = []
    for number, strip in enumerate(shown):
        row = Box(box.left, box.top + number * _ROW + 4, box.width, _ROW - 8)
        rows.append(_row(strip, row, x, end_us, events.get(strip.name, [])))
    said = "; ".join(f"{strip.name} {strip.said}" for strip in shown)
    return drawing(WIDTH, box.bottom + 36, f"{title}: {said}", *rows, time_axis(box, x))


def _is_of_arm(name: str) -> int:
    series, _, arm = name.partition(" ")
    return 0 if series not in ("auc", "calibration") else 1 if arm == "clean" else 2


def _of_series(name: str, one: WindowSeries) -> Strip:
    z = last_defined(one.z)
    if z is None:
        return Strip(name, one.z, -_LEAST_Z, _LEAST_Z, "no reference yet")
    now = bool(np.isfinite(one.z[-1]))
    half = max(_LEAST_Z, float(np.nanmax(np.abs(one.z))) * 1.1)
    said = f"z {z:+.1f}" + ("" if now else ", new reference")
    return Strip(name, one.z, -half, half, said, 0.0, shade=(-_QUIET, _QUIET))


def _of_measure(name: str, one: Measure) -> Strip:
    value, threshold = last_defined(one.value), last_defined(one.threshold)
    if value is None or threshold is None:
        return Strip(name, one.value, 0.0, 1.0, "undefined")
    high = max(1.25 * threshold, 1.05 * float(np.nanmax(one.value)))
    low = min(0.0, float(np.nanmin(one.value)))
    return Strip(name, one.value, low, high, f"{value:.3g} of {threshold:.3g}", None, threshold)


def _row(
    strip: Strip, row: Box, x: Scale, end_us: Int64, events: Sequence[tuple[int, Record]]
) -> str:
    y = Scale(strip.low, strip.high, row.bottom, row.top)
    rows = thin(end_us, strip.values, int(row.width))
    points = [(x(float(end_us[k])), y(float(strip.values[k]))) for k in rows]
    content = [
        _shade(strip, row, y),
        _across("grid", strip.level, row, y),
        _across("threshold", strip.threshold, row, y),
        clipped(row, stroke(CYCLE[0], path(points), 1.4)),
        *(_since(event, k, row, x, end_us) for k, event in events),
        event_marks(row, x, [event_mark(event, k, end_us) for k, event in events]),
    ]
    middle = (row.top + row.bottom) / 2
    return (
        f'<rect class="strip" x="{row.left:g}" y="{row.top:g}" width="{row.width:g}" '
        f'height="{row.height:g}"/>'
        f"<g><title>{escape(strip.name)}</title>"
        + text(row.left - 8, middle + 4, shortened(strip.name, 28), "label", "end")
        + "</g>"
        + "".join(content)
        + text(row.right + 8, middle + 4, strip.said, "label")
    )


def _across(kind: str, value: float | None, row: Box, y: Scale) -> str:
    if value is None:
        return ""
    return f'<path class="{kind}" d="M{row.left:g} {y(value):.1f}h{row.width:g}"/>'


def _shade(strip: Strip, row: Box, y: Scale) -> str:
    if strip.shade is None:
        return ""
    low, high = (y(one) for one in strip.shade)
    return (
        f'<rect class="warmup" x="{row.left:g}" y="{high:.1f}" width="{row.width:g}" '
        f'height="{low - high:.1f}"/>'
    )


def _since(event: Record, k: int, row: Box, x: Scale, end_us: Int64) -> str:
    """Return a bar from where the change is thought to have begun to where it was seen."""
    since = event.get("since_us")
    if since is None:
        return ""
    start = max(row.left, x(float(since)))
    width = max(x(float(end_us[k])) - start, 2.0)
    return (
        f'<rect class="since" x="{start:.1f}" y="{row.bottom - 4:.1f}" width="{width:.1f}" '
        'height="4"/>'
    )
