"""Draws ``docs/scale-*.svg`` and the tables of ``docs/scale.md`` from ``docs/scale.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.alone import PEAK
from benchmarks.log_chart import LogLine, log_chart
from benchmarks.processes import ROOT
from benchmarks.scale_day import Day

Row = Mapping[str, Any]

DOCS = ROOT / "docs"
FIGURES, PAGE = "scale.json", "scale.md"
X_NAMES = {
    "length": "events of the log",
    "arms": "arms times replicates, over a million events",
    "items": "items of the catalogue, over a million events",
}
_Y = {
    "seconds": ("cpu_seconds", "Time", "core-seconds"),
    "memory": (PEAK, "Peak memory", "MiB"),
}
_BLOCK = "<!-- {0}: python -m benchmarks.scale --draw -->\n{1}\n<!-- end -->"


def write_pages(docs: Path = DOCS) -> list[Path]:
    """Write the drawings, and the tables between the marks of the page; return what was written."""
    rows: list[Row] = json.loads((docs / FIGURES).read_text())["rows"]
    written = []
    for sweep, x_name in X_NAMES.items():
        for name, (key, title, unit) in _Y.items():
            drawn = log_chart(title, x_name, unit, lines_of(rows, sweep, key))
            written.append(docs / f"scale-{sweep}-{name}.svg")
            written[-1].write_text(drawn, encoding="utf-8")
    page = docs / PAGE
    text = page.read_text(encoding="utf-8")
    for name, table in {**_tables(rows), "day": "\n".join(day_table(rows))}.items():
        text = put(text, name, table)
    page.write_text(text, encoding="utf-8")
    return [*written, page]


def lines_of(rows: Sequence[Row], sweep: str, key: str) -> list[LogLine]:
    """Return the lines of one plot, in the order in which they are first met."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["sweep"] == sweep:
            points.setdefault(row["line"], []).append((float(row["x"]), float(row[key])))
    return [LogLine(name, sorted(found)) for name, found in points.items()]


def put(text: str, name: str, content: str) -> str:
    """Return ``text`` with ``content`` between the marks of block ``name``.

    >>> print(put("<!-- day: old --> 1 <!-- end -->", "day", "2"))
    <!-- day: python -m benchmarks.scale --draw -->
    2
    <!-- end -->
    """
    pattern = re.compile(rf"<!-- {name}: .*?<!-- end -->", re.DOTALL)
    assert len(pattern.findall(text)) == 1, f"{PAGE} lacks the block {name}"
    return pattern.sub(lambda _: _BLOCK.format(name, content), text)


def _tables(rows: Sequence[Row]) -> dict[str, str]:
    return {sweep: "\n".join(table(rows, sweep)) for sweep in X_NAMES}


def table(rows: Sequence[Row], sweep: str) -> Iterator[str]:
    """Yield the Markdown table of one sweep."""
    first = {"length": "events", "arms": "arms x replicates", "items": "items"}[sweep]
    yield f"| {first} | of | core-seconds | seconds | events a core-second | peak MiB |"
    yield "|---:|---|---:|---:|---:|---:|"
    for row in sorted((row for row in rows if row["sweep"] == sweep), key=lambda row: row["x"]):
        speed = row["events"] / row["cpu_seconds"]
        yield (
            f"| {row['x']:,} | {row['line']} | {row['cpu_seconds']:,.1f} | {row['seconds']:,.1f} | "
            f"{speed:,.0f} | {row[PEAK]:,.0f} |"
        )


def day_table(rows: Sequence[Row], day: Day | None = None) -> Iterator[str]:
    """Yield the arithmetic of a day as a Markdown table, from the longest logs of ``rows``."""
    day = day or Day()
    yield "| of the day | from | amount |"
    yield "|---|---|---:|"
    yield f"| events a second | {day.events:.0e} / 86,400 s | {day.events_per_second:,.0f} |"
    for line, per_event, events in per_event_of(rows):
        source = f"{per_event * 1e6:.2f} us an event, measured over {events:,}"
        yield f"| cores, {line} | {source} | {day.cores(per_event):.2f} |"
    ids = f"{day.users:.0e} users, {day.items:.0e} items"
    for name, size in day.memory():
        yield f"| {name} | {ids} | {_size(size)} |"
    yield f"| machines of 128 GB for all of it | one replicate | {day.machines()} |"
    split = f"{day.shards} user shards, {day.batch_events:,} events a step"
    yield f"| network of a shard | {split} | {_size(day.network())}/s |"


def per_event_of(rows: Sequence[Row]) -> Iterator[tuple[str, float, int]]:
    """Yield each line of the sweep over length: core-seconds an event of its longest log."""
    longest: dict[str, Row] = {}
    for row in rows:
        before = longest.get(row["line"])
        if row["sweep"] == "length" and (before is None or row["events"] > before["events"]):
            longest[row["line"]] = row
    for line, row in longest.items():
        yield line, row["cpu_seconds"] / row["events"], row["events"]


def _size(size: float) -> str:
    """Return bytes in three digits.

    >>> _size(8e10), _size(5.5e6)
    ('80 GB', '5.5 MB')
    """
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:.3g} B"
