"""The end of a search in the terminal: what came after the cut, the best trials, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lis_sim.report.search_facts import search_line
from lis_sim.report.search_headline import winner_name, winners_notes
from lis_sim.report.search_records import Objective, SearchRecords, SearchTrial
from lis_sim.report.search_tables import gain_of, search_value, trial_settings
from lis_sim.report.search_words import (
    objective_interval,
    objective_text,
    outcome_words,
    signed_text,
)
from lis_sim.report.table import narrow_table

_BEST = 5  # trials; the others are in the report
_LISTED, _PANELS = 8, 3  # winners of a front; the others are in the report
_STYLES = {"better": "green", "worse": "red", "mixed": "yellow", "partly better": "yellow"}


def print_search(records: SearchRecords, console: Console, folder: Path | None = None) -> None:
    """Print the tables and verdicts of a finished search, and the folder that keeps it.

    Parameters:
        records: summary, trials and dimensions.
        console: where to print.
        folder: the search's folder, named last.
    """
    console.print(search_tables(records))
    if folder is not None:
        console.print(Text.assemble("search folder: ", (str(folder), "bold")), soft_wrap=True)


def search_tables(records: SearchRecords) -> Group:
    """Return everything :func:`print_search` shows, ready to render."""
    parts: list[RenderableType] = [Text(search_line(records.summary), style="dim")]
    parts.append(trials_table(records, records.ranked()[:_BEST]))
    parts += [_later(records, objective) for objective in records.objectives]
    if failed := [trial for trial in records.trials if trial.error]:
        parts.append(_failures(failed))
    parts = [part for table in parts for part in (table, Text())]
    best = records.summary["best"]
    if len(best) > 1 and records.summary.get("headline"):
        parts.append(Text(str(records.summary["headline"]), "bold"))
    parts += [_panel(records, entry) for entry in best[:_PANELS]]
    if len(best) > _PANELS:
        parts.append(Text(f"{len(best) - _PANELS} more of the front are in the report", "dim"))
    parts += [Text(note, style="yellow") for note in winners_notes(records)]
    return Group(*parts)


def trials_table(
    records: SearchRecords,
    trials: Sequence[SearchTrial],
    title: str = "Best trials in the search",
) -> Table:
    """Return some trials with their scores in the search and their settings in short form."""
    scores = [one.name for one in records.objectives]
    heads = (name.replace(":", ":\n") for name in scores)  # a long name folds where it has parts
    table = narrow_table(title + records.bounds, (), ("trial", "status", *heads, "windows"))
    table.columns[1].justify = "left"
    table.add_column("settings", overflow="fold")
    for trial in trials:
        table.add_row(
            str(trial.trial),
            trial.status,
            *(objective_text(name, trial.objective.get(name)) for name in scores),
            str(trial.windows),
            Text(trial_settings(records, trial)),
            style="bold" if trial.winner else "",
        )
    return table


def _later(records: SearchRecords, objective: Objective) -> Table:
    heads = ("after the cut", "95% interval", "in search", "optimism")
    table = narrow_table(f"{objective.name} after the cut", ("settings",), heads)
    baseline = records.summary["baseline"]
    _add(table, objective, "as written", baseline, "")
    for entry in records.summary["best"][:_LISTED]:
        if entry["trial"] != baseline["trial"]:
            _add(table, objective, f"trial {entry['trial']}", entry, "bold")
            gain = gain_of(entry, objective.name)
            table.add_row(
                "  gain, paired",
                signed_text(gain.get("value")),
                objective_interval("", gain),
                signed_text(gain.get("search")),
                signed_text(gain.get("optimism")),
            )
    return table


def _add(
    table: Table, objective: Objective, name: str, entry: Mapping[str, Any], style: str
) -> None:
    later = entry["later"].get(objective.name) or {}
    table.add_row(
        name,
        objective_text(objective.name, later.get("value")),
        objective_interval(objective.name, later),
        objective_text(objective.name, search_value(entry, objective.name)),
        signed_text((entry.get("optimism") or {}).get(objective.name)),
        style=style,
    )


def _failures(failed: Sequence[SearchTrial]) -> Text:
    told = [f"trial {trial.trial} failed: {trial.error}" for trial in failed[:_BEST]]
    left = len(failed) - len(told)
    return Text("\n".join(told + ([f"and {left} more"] if left else [])), style="yellow")


def _panel(records: SearchRecords, entry: Mapping[str, Any]) -> Panel:
    verdict = str(entry.get("verdict"))
    style = _STYLES.get(verdict, "cyan")
    return Panel(
        Group(
            Text(outcome_words(verdict).headline, style=f"bold {style}"),
            Text(winner_name(records, entry)),
            Text(str(entry.get("because") or "")),
        ),
        subtitle=Text(verdict, style=style),
        subtitle_align="right",
        border_style=style,
    )
