"""The end of a run in the terminal: arms, scores, verdicts in words, and where to read more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lis_sim.report.facts import facts_line, trained_until_notes
from lis_sim.report.metrics_table import metrics_table
from lis_sim.report.narrow_table import narrow_table as narrow_table
from lis_sim.report.numbers import (
    auc_interval_text,
    error_text,
    interval_text,
    plain_text,
    score_text,
    slice_order,
)
from lis_sim.report.words import (
    score_group,
    score_short_label,
    users_needed_words,
    verdict_subject,
    verdict_words,
)

Summary = Mapping[str, Any]

_WHOLE = "all"
_IN_REPORT_ONLY = ("warm",)  # nearly all events: repeats the whole in most logs

_VERDICT_STYLE = {
    "align": "green",
    "ship": "green",
    "representation": "yellow",
    "bound-exceeded": "magenta",
    "preference-data": "red",
    "inconclusive": "cyan",
}


def print_summary(summary: Summary, console: Console, folder: Path | None = None) -> None:
    """Print the tables and verdicts of a run, and the folder that keeps it.

    Parameters:
        summary: the object of ``summary.json``.
        console: where to print; the command line passes standard error under ``--json``.
        folder: the run folder, named last.
    """
    console.print(summary_table(summary))
    if folder is not None:
        console.print(Text.assemble("run folder: ", (str(folder), "bold")), soft_wrap=True)


def summary_table(summary: Summary) -> Group:
    """Return everything :func:`print_summary` shows of a summary, ready to render."""
    parts: list[RenderableType] = [Text(facts_line(summary), style="dim"), _arms_table(summary)]
    groups = dict.fromkeys(score_group(score) for score in summary["scores"])
    parts += [_scores_table(summary, name) for name in groups]
    if metrics := summary.get("metrics"):
        parts.append(metrics_table(metrics))
    if notes := _notes(summary):
        parts.append(Text("\n".join(notes), style="yellow"))
    parts = [part for table in parts for part in (table, Text())]
    parts += [_verdict_panel(verdict) for verdict in summary.get("verdicts", ())]
    return Group(*parts)


def _arms_table(summary: Summary) -> Table:
    """Every arm over all events; its slices are in the report."""
    numbers = ("AUC", "95% interval", "GAUC", "log loss", "calib")
    table = narrow_table("Arms", ("arm",), numbers)
    for arm in (arm for arm in summary["arms"] if arm["slice"] == _WHOLE):
        table.add_row(
            Text(arm["arm"]),
            plain_text(arm["auc"].get("value"), undefined="none"),
            auc_interval_text(arm["auc"]),
            plain_text(arm.get("gauc"), undefined="-"),
            plain_text(arm.get("log_loss"), undefined="-"),
            plain_text(arm.get("calibration"), digits=3, undefined="-"),
        )
    return table


def _scores_table(summary: Summary, group: str) -> Table:
    entries = [score for score in summary["scores"] if score_group(score) == group]
    numbers = ("value", "95% interval", "se data", "se training")
    table = narrow_table(f"Scores of {group}", ("score", "slice"), numbers)
    slices = slice_order(entry["slice"] for entry in entries)
    for name in (name for name in slices if name not in _IN_REPORT_ONLY):
        for entry in (entry for entry in entries if entry["slice"] == name):
            table.add_row(*_score_row(entry), style=_row_style(entry))
        table.add_section()
    return table


def _score_row(entry: Mapping[str, Any]) -> tuple[Text | str, ...]:
    score = entry["score"]
    return (
        Text(score_short_label(entry)),
        Text(entry["slice"]),
        score_text(score, entry.get("value")),
        interval_text(score, entry.get("low"), entry.get("high")),
        error_text(_error_of_data(entry)),
        error_text(entry.get("standard_error_training")),
    )


def _error_of_data(entry: Mapping[str, Any]) -> float | None:
    """Return what users and items add to the error, together."""
    users, items = entry.get("standard_error_users"), entry.get("standard_error_items")
    return None if users is None else math.hypot(users, items or 0.0)


def _row_style(entry: Mapping[str, Any]) -> str:
    return "bold" if (entry["score"], entry["slice"]) == ("lis_crossfit", "all") else ""


def _verdict_panel(verdict: Mapping[str, Any]) -> Panel:
    words = verdict_words(verdict)
    style = _VERDICT_STYLE.get(verdict["verdict"], "white")
    lines = (verdict.get("because") or "", users_needed_words(verdict), words.advice)
    told = Text("\n".join(line for line in lines if line))
    return Panel(
        # Inside, where it can wrap: a title that is too long for the terminal is cut off.
        Group(Text(words.headline, style=f"bold {style}"), told),
        title=Text(verdict_subject(verdict), style=f"bold {style}"),
        subtitle=Text(verdict["verdict"], style=style),
        title_align="left",
        subtitle_align="right",
        border_style=style,
    )


def _notes(summary: Summary) -> list[str]:
    notes = trained_until_notes(summary)
    undefined = summary.get("windows_undefined")
    if undefined:
        notes.append(f"{undefined:,} of the run's windows had one class only and so no AUC.")
    # Scores of one slice and group share their windows: one note says it for all of them.
    missing = [entry for entry in summary["scores"] if _missing(entry)]
    notes += dict.fromkeys(_undefined_note(entry) for entry in missing)
    if summary.get("replicates") == 1:
        notes.append("One replicate: the errors hold for this training run only.")
    return notes


def _missing(entry: Mapping[str, Any]) -> bool:
    # Slice `all` is counted once for the run; only slices can miss more.
    return bool(entry.get("windows_undefined")) and entry["slice"] != "all"


def _undefined_note(entry: Mapping[str, Any]) -> str:
    return (
        f"{score_group(entry)}, slice {entry['slice']}: {entry['windows_undefined']:,} windows had "
        f"events of one class only; the others, {entry.get('windows') or 0:,}, are scored."
    )
