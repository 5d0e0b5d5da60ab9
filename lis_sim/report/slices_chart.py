"""Where a score comes from: its value and interval in every slice, on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from lis_sim.report.end_labels import shortened
from lis_sim.report.frame import Scale, difference_axis, drawing, padded, text
from lis_sim.report.markup import Markup
from lis_sim.report.numbers import interval_text, score_text, slice_order
from lis_sim.report.run_records import RunRecords
from lis_sim.report.styles import SCORES, Style, another, marks

WIDTH = 470
_LEFT, _RIGHT, _ROW, _TOP = 156, 64, 26, 8
CAPTION = (
    "What the preference data could bring, and what a representation brought, slice by slice, over "
    "their placebos where the run has them; 95% intervals. The dashed line is the minimum effect."
)

Row = tuple[str, str, Mapping[str, Any], Style]


def slices_chart(run: RunRecords, preference: str) -> Markup | None:
    """Return the slices of one preference data set; None where nothing is defined."""
    rows = _rows(run, preference)
    effect = run.summary.get("minimum_effect")
    ends = [0.0]
    for _, _, entry, _ in rows:
        ends += [entry[end] for end in ("low", "value", "high") if entry.get(end) is not None]
    if not rows:
        return None
    x = Scale(*padded(min(ends), max(ends)), _LEFT, WIDTH - _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    said = "; ".join(f"{part} {name} {entry['value']:+.4f}" for part, name, entry, _ in rows)
    return drawing(
        WIDTH,
        bottom + 24,
        f"Slices of {preference}: {said}",
        difference_axis(x, _TOP, bottom),
        _minimum(x, bottom, effect),
        *(_row(row, k, x, k > 0 and row[0] == rows[k - 1][0]) for k, row in enumerate(rows)),
    )


def _rows(run: RunRecords, preference: str) -> list[Row]:
    parts = slice_order(entry["slice"] for entry in run.summary["scores"])
    names = [("lis_crossfit", preference, 0)]
    names += [("ais", table, k) for k, table in enumerate(run.representations)]
    rows: list[Row] = []
    for part in parts:
        for score, group, number in names:
            entry = run.entry(f"{score}_over_placebo", group, part) or run.entry(score, group, part)
            if entry is not None and entry.get("value") is not None:
                name = score if score == "lis_crossfit" else f"ais {group}"
                rows.append((part, name, entry, another(SCORES[score], number)))
    return rows


def _minimum(x: Scale, bottom: float, effect: float | None) -> str:
    if effect is None or not x.low < effect < x.high:
        return ""
    return f'<path class="threshold" d="M{x(effect):.1f} {_TOP}V{bottom:g}"/>'


def _row(row: Row, k: int, x: Scale, same_slice: bool) -> str:
    part, name, entry, style = row
    y = _TOP + _ROW * (k + 0.5)
    parts: list[str] = []
    if not same_slice:
        parts.append(text(6, y + 4, shortened(part, 8), "label strong"))
    parts.append(text(_LEFT - 8, y + 4, shortened(name, 15), "tick", "end"))
    if entry.get("low") is not None and entry.get("high") is not None:
        parts.append(
            f'<path class="s {style.colour}" stroke-width="2.4" d="M{x(entry["low"]):.1f} {y:.1f}'
            f'H{x(entry["high"]):.1f}"/>'
        )
    parts.append(marks(style, [(x(entry["value"]), y)]))
    value = score_text("lis", entry["value"])
    words = f"{part}, {entry['score']}: {value} " + interval_text(
        "lis", entry.get("low"), entry.get("high")
    )
    parts.append(text(WIDTH - _RIGHT + 6, y + 4, f"{entry['value']:+.4f}", "label"))
    return f"<g><title>{escape(words)}</title>{''.join(parts)}</g>"
