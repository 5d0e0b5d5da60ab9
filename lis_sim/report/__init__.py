"""What a person reads of runs: tables in the terminal and self-contained HTML pages.

Nothing here computes a score; all of it shows the records that `summary.json` and `windows.jsonl`
hold.
"""

from __future__ import annotations

from lis_sim.report.drift_lines import print_drift
from lis_sim.report.folder import read_run, write_own_page, write_report
from lis_sim.report.html import render_page, render_report
from lis_sim.report.live import LiveReport
from lis_sim.report.table import print_summary, summary_table
from lis_sim.report.whole_page import write_whole

__all__ = [
    "LiveReport",
    "print_drift",
    "print_summary",
    "read_run",
    "render_page",
    "render_report",
    "summary_table",
    "write_own_page",
    "write_report",
    "write_whole",
]
