"""The tables of a search's page: what came after the cut, the winners' settings, every trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.report.html_tables import table
from lis_sim.report.markup import Markup, element
from lis_sim.report.search_records import SearchRecords, SearchTrial
from lis_sim.report.search_words import (
    objective_interval,
    objective_text,
    settings_text,
    signed_text,
    value_text,
)
from lis_sim.report.whiskers import Whiskers

Entry = Mapping[str, Any]

_LATER_HEADS = (
    *("settings", "objective", "after the cut", "95% interval", "in the search", "optimism"),
)
_GAIN_HEADS = (
    *("winner", "objective", "after the cut", "95% interval", "", "in the search", "optimism"),
)
_MOST_TRIALS = 500


def later_table(records: SearchRecords) -> Markup:
    """Return what the baseline and the winners came to, after the cut and in the search."""
    rows = []
    for name, entry in _played(records):
        for objective in records.objectives:
            later = _of(entry, "later", objective.name) or {}
            searched = search_value(entry, objective.name)
            optimism = _of(entry, "optimism", objective.name)
            cells = (
                objective_text(objective.name, later.get("value")),
                objective_interval(objective.name, later),
                objective_text(objective.name, searched),
                signed_text(optimism),
            )
            rows.append(
                _row((name, objective.name), cells, headline=entry is not _baseline(records))
            )
    return table("After the cut, and in the search", _LATER_HEADS, {"settings", "objective"}, rows)


def gains_table(records: SearchRecords) -> Markup | None:
    """Return how far each winner is over the baseline; None where the baseline won."""
    found = [
        (entry, objective.name, gain)
        for entry in _winners(records)
        for objective in records.objectives
        if (gain := gain_of(entry, objective.name))
    ]
    if not found:
        return None
    whiskers = Whiskers([gain for _, _, gain in found])
    rows = []
    for entry, objective, gain in found:
        cells: tuple[str, ...] = (
            signed_text(gain.get("value")),
            objective_interval("", gain),
            whiskers.draw(gain),
            signed_text(gain.get("search")),
            signed_text(gain.get("optimism")),
        )
        rows.append(_row((f"trial {entry['trial']}", objective), cells, headline=True))
    caption = "Gain over the config as written, paired by user"
    return table(caption, _GAIN_HEADS, {"winner", "objective"}, rows)


def winners_table(records: SearchRecords) -> Markup | None:
    """Return the settings of the winners beside the config as written."""
    winners = [entry for entry in _winners(records) if entry.get("settings")]
    if not winners:
        return None
    written = next((one.settings for one in records.trials if one.baseline), {})
    rows = []
    for axis in records.axes:
        if any(axis.path in entry["settings"] for entry in winners):
            cells = [
                value_text(entry["settings"][axis.path]) if axis.path in entry["settings"] else "–"
                for entry in winners
            ]
            own = value_text(written[axis.path]) if axis.path in written else "–"
            rows.append(_row((axis.path, own, *cells), ()))
    heads = ("setting", "as written", *(f"trial {entry['trial']}" for entry in winners))
    return table("Settings of the winners", heads, set(heads), rows)


def trials_table(records: SearchRecords) -> Markup:
    """Return every trial, the winners first, those without a score last with their error."""
    ranked = records.ranked()
    rows = [_trial_row(records, trial) for trial in ranked[:_MOST_TRIALS]]
    heads = (
        *("trial", "status"),
        *(one.name for one in records.objectives),
        *("windows", "events", "seconds", "settings"),
    )
    left = len(ranked) - len(rows)
    caption = "Trials, best first" + (f"; {left:,} more are in trials.parquet" if left else "")
    return table(caption + records.bounds, heads, {"status", "settings"}, rows, "trials")


def _trial_row(records: SearchRecords, trial: SearchTrial) -> Markup:
    scores = (
        objective_text(one.name, trial.objective[one.name]) if one.name in trial.objective else "–"
        for one in records.objectives
    )
    seconds = "–" if trial.seconds is None else f"{trial.seconds:,.1f}"
    status = trial.status + (", winner" if trial.winner else "")
    return element(
        "tr",
        element("td", f"{trial.trial}"),
        element("td", status, class_="word"),
        *(element("td", score) for score in scores),
        element("td", f"{trial.windows:,}"),
        element("td", f"{trial.events:,}"),
        element("td", seconds),
        element("td", trial_settings(records, trial), _error(trial), class_="word told"),
        class_="headline" if trial.winner else None,
    )


def trial_settings(records: SearchRecords, trial: SearchTrial) -> str:
    """Return the settings of a trial in short form, those that it has."""
    if trial.baseline:
        return "the config as written"
    return settings_text(trial.settings, records.names)


def _error(trial: SearchTrial) -> Markup | None:
    return None if trial.error is None else element("span", trial.error, class_="flagged")


def _row(words: Sequence[str], cells: Sequence[str], headline: bool = False) -> Markup:
    return element(
        "tr",
        *(element("td", word, class_="word") for word in words),
        *(element("td", cell) for cell in cells),
        class_="headline" if headline else None,
    )


def _baseline(records: SearchRecords) -> Entry:
    found: Entry = records.summary["baseline"]
    return found


def _winners(records: SearchRecords) -> list[Entry]:
    """Return the winners that are not the config as written."""
    own = _baseline(records).get("trial")
    return [entry for entry in records.summary["best"] if entry.get("trial") != own]


def _played(records: SearchRecords) -> list[tuple[str, Entry]]:
    winners = [(f"trial {entry['trial']}", entry) for entry in _winners(records)]
    return [*winners, ("config as written", _baseline(records))]


def search_value(entry: Entry, objective: str) -> float | None:
    """Return the value of an objective in the search; where it is read by a bound, not the bound.

    >>> search_value({"search": {"ais": 0.1}, "search_interval": {"ais": {"value": 0.2}}}, "ais")
    0.2
    """
    whole = _of(entry, "search_interval", objective) or {}
    found: float | None = whole.get("value", _of(entry, "search", objective))
    return found


def gain_of(entry: Entry, objective: str) -> Mapping[str, Any]:
    """Return the gain of a winner over the baseline; empty where there is none."""
    return _of(entry, "over_baseline", objective) or {}


def _of(entry: Entry, part: str, objective: str) -> Any:
    return (entry.get(part) or {}).get(objective)
