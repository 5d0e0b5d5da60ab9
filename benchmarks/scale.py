"""How time and memory of the whole program grow with the log, the arms and the items.

``python -m benchmarks.scale [--most EVENTS] [--five EVENTS] [--logs DIR] [--more] [--draw]``

Every run has a process of its own: dataset folder to ``summary.json``, one thread. Logs are written
to ``--logs`` (a temporary folder; 10^8 events take 3 GB) and stay there when it is named. What was
measured goes to ``docs/scale.json``, run by run, and from there to the drawings and tables of
``docs/scale.md``; ``--more`` keeps what that file holds and measures what it lacks, ``--draw``
draws alone.

``--only scale`` of ``python -m benchmarks`` measures as well, up to ``SCALE_EVENTS`` (10^8) and
``SCALE_FIVE_EVENTS`` (10^7) events, and prints the figures instead of writing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.alone import PEAK
from benchmarks.scale_cases import Case, cases, measured
from benchmarks.scale_page import DOCS, FIGURES, X_NAMES, Row, lines_of, per_event_of, write_pages
from lis_sim.experiments.figure import Figure

MOST = int(float(os.environ.get("SCALE_EVENTS", "1e8")))
MOST_FIVE = int(float(os.environ.get("SCALE_FIVE_EVENTS", "1e7")))


def figures() -> list[Figure]:
    """Measure all runs; return events a core-second, and how peak memory grows over each sweep."""
    with _folder(None) as logs:
        return figures_of([_said(case, logs) for case in cases(MOST, MOST_FIVE)])


def figures_of(rows: Sequence[Row]) -> list[Figure]:
    """Return the figures of measured ``rows``."""
    found = []
    for line, per_event, events in per_event_of(rows):
        name = f"scale_events_per_core_second_{line.replace(' ', '_')}"
        found.append(Figure(name, 1.0 / per_event, detail=f"{events:,} events"))
    for sweep in X_NAMES:
        for drawn in lines_of(rows, sweep, PEAK):
            (first, least), (last, most) = drawn.points[0], drawn.points[-1]
            name = f"scale_memory_{sweep}_{drawn.name.replace(' ', '_')}"
            detail = f"{least:,.0f} MiB at {first:,.0f}, {most:,.0f} MiB at {last:,.0f}"
            found.append(Figure(name, most / least, detail=detail))
    return found


def main(arguments: Sequence[str] | None = None, docs: Path = DOCS) -> None:
    """Measure, keep what was measured after every run, and draw."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--most", type=float, default=MOST, help="events of one arm's longest log")
    parser.add_argument("--five", type=float, default=MOST_FIVE, help="the same of five arms")
    parser.add_argument("--logs", type=Path, help="where the logs lie or are written")
    parser.add_argument("--more", action="store_true", help="measure what is not yet in the file")
    parser.add_argument("--draw", action="store_true", help="only draw what is in docs/scale.json")
    given = parser.parse_args(arguments)
    if not given.draw:
        with _folder(given.logs) as logs:
            _measure(cases(int(given.most), int(given.five)), docs / FIGURES, logs, given.more)
    for path in write_pages(docs):
        print(path)


def _measure(wanted: Sequence[Case], file: Path, logs: Path, more: bool) -> None:
    """Play the cases ``wanted``; write what is known to ``file`` after each."""
    rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"] if more else []
    for case in wanted:
        if not any(asdict(case).items() <= row.items() for row in rows):
            rows.append(_said(case, logs))
            file.write_text(json.dumps({"rows": rows}, indent=1) + "\n")


def _said(case: Case, logs: Path) -> dict[str, Any]:
    found = measured(case, logs)
    print(
        f"{case.sweep}, {case.line}, {found['x']:,}: {found['cpu_seconds']:.1f} core-seconds, "
        f"{found[PEAK]:.0f} MiB",
        file=sys.stderr,
    )
    return found


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="lis-scale-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    main()
