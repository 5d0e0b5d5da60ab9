"""What a person reads after a run: tables in the terminal and one self-contained HTML page.

Nothing here computes a score; both show the records that `summary.json` and `windows.jsonl` hold.
"""

from __future__ import annotations

from lis_sim.report.folder import write_report
from lis_sim.report.html import render_report
from lis_sim.report.table import print_summary, summary_table

__all__ = ["print_summary", "render_report", "summary_table", "write_report"]
