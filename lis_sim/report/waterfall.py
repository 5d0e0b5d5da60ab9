"""From clean to naive in steps: what the past gives, what others do next, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from lis_sim.report.end_labels import shortened
from lis_sim.report.frame import Scale, difference_axis, drawing, padded, text
from lis_sim.report.markup import Markup
from lis_sim.report.numbers import interval_text, score_text
from lis_sim.report.run_records import RunRecords

WIDTH = 470
_LEFT, _RIGHT, _ROW, _TOP = 150, 64, 40, 8
CAPTION = (
    "AUC over the clean arm's, step by step; whiskers are 95% intervals of where a step ends. "
    "history: what the past alone gives. crossfit: with what other users do next, the bound. "
    "naive: users' own labels come back (self_leak), which no aligned model can have."
)


class Step(NamedTuple):
    """One bar ``[start, end]``, with the interval of its end and the score that tells it."""

    name: str
    arm: str
    start: float
    end: float
    entry: Mapping[str, Any]
    kind: str


def waterfall(run: RunRecords, preference: str) -> Markup | None:
    """Return the steps of one preference data set; None where fewer than two are defined."""
    steps = _steps(run, preference)
    if len(steps) < 2:
        return None
    ends = [0.0]
    for step in steps:
        ends += [step.start, step.end, *_interval(step.entry)]
    x = Scale(*padded(min(ends), max(ends)), _LEFT, WIDTH - _RIGHT)
    bottom = _TOP + _ROW * (len(steps) + 1)
    rows = [_row(step, k + 1, x) for k, step in enumerate(steps)]
    said = "; ".join(f"{step.name} ends at {step.end:+.4f}" for step in steps)
    return drawing(
        WIDTH,
        bottom + 24,
        f"From clean to naive, {preference}: {said}",
        difference_axis(x, _TOP, bottom),
        _clean(run, x),
        *rows,
    )


def _steps(run: RunRecords, preference: str) -> list[Step]:
    found: list[Step] = []
    at = 0.0
    for score, name, arm, kind in (
        ("history", "history", "causal", "green"),
        ("lis_crossfit", "crossfit", "leaked_crossfit", "blue"),
        ("lis", "naive", "leaked", "vermillion hatched"),
    ):
        entry = run.entry(score, preference)
        if entry is not None and entry.get("value") is not None:
            found.append(Step(name, arm, at, entry["value"], entry, kind))
            at = entry["value"]
    for table in run.representations:
        entry = run.entry("ais", table)
        if entry is not None and entry.get("value") is not None:
            found.append(Step("ais", f"aligned: {table}", 0.0, entry["value"], entry, "purple"))
    return found


def _interval(entry: Mapping[str, Any]) -> list[float]:
    return [entry[end] for end in ("low", "high") if entry.get(end) is not None]


def _clean(run: RunRecords, x: Scale) -> str:
    arm = next((a for a in run.summary["arms"] if (a["arm"], a["slice"]) == ("clean", "all")), None)
    auc = None if arm is None else arm["auc"].get("value")
    at = f"AUC {auc:.4f}" if auc is not None else ""
    middle = _TOP + _ROW / 2
    mark = f'<path class="s ink" stroke-width="4" d="M{x(0.0):.1f} {middle - 11:.1f}v22"/>'
    return (
        text(_LEFT - 10, middle + 4, "clean", "label strong", "end")
        + mark
        + text(x(0.0) + 8, middle + 4, at, "label")
    )


def _row(step: Step, row: int, x: Scale) -> str:
    top = _TOP + _ROW * row
    middle = top + _ROW / 2
    left, right = sorted((x(step.start), x(step.end)))
    interval = _interval(step.entry)
    whisker = ""
    if len(interval) == 2:
        low, high = (x(one) for one in interval)
        whisker = (
            f'<path class="s ink" stroke-width="1.4" d="M{low:.1f} {middle - 4:.1f}v8m0-4'
            f'H{high:.1f}m0-4v8"/>'
        )
    words = f"{step.entry['score']} {score_text('lis', step.entry['value'])} " + interval_text(
        "lis", step.entry.get("low"), step.entry.get("high")
    )
    connector = (
        f'<path class="rule" d="M{x(step.start):.1f} {top - _ROW / 2 + 9:.1f}V{middle:.1f}"/>'
    )
    return (
        f"<g><title>{escape(words)}</title>"
        + text(_LEFT - 10, middle - 2, step.name, "label strong", "end")
        + text(_LEFT - 10, middle + 12, shortened(step.arm, 21), "tick", "end")
        + connector
        + f'<rect class="bar {step.kind}" x="{left:.1f}" y="{middle - 9:.1f}" '
        f'width="{max(right - left, 0.8):.1f}" height="18"/>'
        + whisker
        + text(WIDTH - _RIGHT + 6, middle + 4, f"{step.end - step.start:+.4f}", "label")
        + "</g>"
    )
