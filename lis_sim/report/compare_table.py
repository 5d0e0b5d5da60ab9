"""A comparison of two runs in the terminal: what differs, how far, and which is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from lis_sim.report.compare_words import comparison_notes, facts_of_both, setting_text
from lis_sim.report.numbers import interval_text, plain_text, score_text, slice_order
from lis_sim.report.table import narrow_table
from lis_sim.report.words import score_group, score_short_label

Comparison = Mapping[str, Any]

_WHOLE = "all"
_STYLES = {"second": "green", "first": "green", "equal": "cyan", "alike": "cyan"}


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the tables and sentences of a comparison.

    Parameters:
        comparison: what :func:`lis_sim.training.compare.compare_runs` returns.
        console: where to print.
    """
    console.print(comparison_tables(comparison))


def comparison_tables(comparison: Comparison) -> Group:
    """Return everything :func:`print_comparison` shows, ready to render."""
    parts: list[RenderableType] = [_heading(comparison), _settings(comparison)]
    parts.append(_arms(comparison))
    groups = dict.fromkeys(_group(score) for score in comparison["scores"])
    parts += [_scores(comparison, group) for group in groups]
    if notes := comparison_notes(comparison):
        parts.append(Text("\n".join(notes), style="yellow"))
    parts += [
        Text(one["because"], style=_STYLES.get(one["outcome"], ""))
        for one in comparison["outcomes"]
    ]
    return Group(*[part for table in parts for part in (table, Text())][:-1])


def _heading(comparison: Comparison) -> Text:
    first, second = comparison["first"], comparison["second"]
    # Folders of the same name elsewhere: the name alone would not tell them apart.
    key = "folder" if first["run"] == second["run"] else "run"
    return Text.assemble(
        ("first:  ", "dim"),
        (first[key], "bold"),
        ("\nsecond: ", "dim"),
        (second[key], "bold"),
        (f"\n{facts_of_both(comparison)}", "dim"),
    )


def _settings(comparison: Comparison) -> RenderableType:
    if not comparison["settings"]:
        return Text("No setting differs.")
    table = narrow_table("Settings that differ", ("setting", "first", "second"), ())
    for one in comparison["settings"]:
        values = (setting_text(one["first"]), setting_text(one["second"]))
        table.add_row(Text(one["setting"]), *(Text(value) for value in values))
    return table


def _arms(comparison: Comparison) -> Table:
    """Every arm over all events; its slices are in the JSON."""
    table = narrow_table("AUC of arms", ("arm",), ("first", "second", "difference", "95% interval"))
    for arm in (arm for arm in comparison["arms"] if arm["slice"] == _WHOLE):
        table.add_row(
            Text(_both(arm["first"]["arm"], arm["second"]["arm"])),
            plain_text(arm["first"]["value"]),
            plain_text(arm["second"]["value"]),
            *_difference("auc", arm["difference"]),
        )
    return table


def _scores(comparison: Comparison, group: str) -> Table:
    entries = [score for score in comparison["scores"] if _group(score) == group]
    numbers = ("first", "second", "difference", "95% interval")
    table = narrow_table(f"Scores of {group}", ("score", "slice"), numbers)
    for name in slice_order(entry["slice"] for entry in entries):
        for entry in (entry for entry in entries if entry["slice"] == name):
            score = entry["score"]
            bold = (score, name) == ("lis_crossfit", _WHOLE)
            table.add_row(
                Text(_label(entry)),
                Text(name),
                score_text(score, entry["first"]["value"]),
                score_text(score, entry["second"]["value"]),
                *_difference(score, entry["difference"]),
                style="bold" if bold else "",
            )
        table.add_section()
    return table


def _difference(score: str, difference: Mapping[str, Any]) -> tuple[str, str]:
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    return score_text(score, value), interval_text(score, low, high)


def _group(score: Mapping[str, Any]) -> str:
    return _both(score_group(score["first"]), score_group(score["second"]))


def _label(score: Mapping[str, Any]) -> str:
    first, second = ({"score": score["score"], **score[run]} for run in ("first", "second"))
    return _both(score_short_label(first), score_short_label(second))


def _both(first: str, second: str) -> str:
    return first if first == second else f"{first} | {second}"
