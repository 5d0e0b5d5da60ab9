"""What a report of a long run costs: its size, and how soon Chromium shows it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.chromium import Browser, chromium
from benchmarks.made_run import MadeRun
from lis_sim.experiments.figure import Figure
from lis_sim.report import write_report

_LONG = MadeRun(
    "long",
    preferences=("co_click", "dwell", "shares", "follows"),
    representations=("title", "cover"),  # with placebos: 21 arms
    windows=1_000,
    warmup=250,
)
_OPENED = 5


def figures() -> list[Figure]:
    """Return the size of the report of 1,000 windows and 21 arms, and the seconds to open it.

    Opening is measured from the order to navigate until the page was loaded, laid out and painted,
    in a headless Chromium that is already running; the median of five.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = _LONG.write(Path(temporary) / "long")
        began = time.perf_counter()
        page = write_report(folder)
        seconds = time.perf_counter() - began
        size = page.stat().st_size / 1e6
        written = f"{len(_LONG.arms)} arms; written in {seconds:.1f} s"
        return [
            Figure("report_mb_1000_windows_20_arms", size, target="<= 8", detail=written),
            _opening(page),
        ]


def _opening(page: Path) -> Figure:
    name, target, program = "report_open_seconds", "<= 2", chromium()
    if program is None:
        return Figure(name, None, target=target, detail="no Chromium on this machine")
    with Browser(program) as browser:
        browser.look()
        times = sorted(browser.open(page) for _ in range(_OPENED))
    detail = f"median of {_OPENED}, slowest {times[-1]:.2f}"
    return Figure(name, times[_OPENED // 2], target=target, detail=detail)
