"""A search as its report reads it: trials from the rows of ``trials.parquet``, in good order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lis_sim.report.search_axis import Axis, axis_of
from lis_sim.report.search_words import short_names
from lis_sim.report.styles import Style

Curve = Sequence[tuple[int, float]]  # (windows played, first objective)

BASELINE = 0  # the trial that plays the config as written


@dataclass(frozen=True, slots=True)
class Objective:
    """What is searched for, and whether more of it is better."""

    name: str
    mode: str
    low: bool = False  # it is the lower end of an interval that is searched for

    @property
    def words(self) -> str:
        """The name, with what a reader must know of the number."""
        bound = ", lower bound" if self.low else ""
        return self.name + bound + ("" if self.mode == "max" else " (less is better)")

    def better(self, value: float) -> float:
        """Return ``value`` turned so that more is better."""
        return value if self.mode == "max" else -value


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One trial: its settings by dotted path, and what the objectives came to."""

    trial: int
    status: str
    settings: Mapping[str, Any]
    objective: Mapping[str, float]
    windows: int
    events: int
    seconds: float | None
    error: str | None
    winner: bool
    curve: Curve = ()

    @property
    def baseline(self) -> bool:
        return self.trial == BASELINE

    @property
    def finished(self) -> bool:
        return self.status == "finished"


class SearchRecords:
    """Everything a report of a search is made from.

    Parameters:
        summary: the object of ``summary.json``.
        rows: the rows of ``trials.parquet``: None is a setting that is not there, ``"null"`` one
            that is null.
        dimensions: ``path`` and definition of every dimension.
        curves: per trial the first objective after each number of windows.
    """

    def __init__(
        self,
        summary: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
        dimensions: Sequence[Mapping[str, Any]],
        curves: Mapping[int, Curve] | None = None,
    ) -> None:
        self.summary = summary
        self.objectives = tuple(
            Objective(str(one["objective"]), str(one["mode"]), one.get("take") == "low")
            for one in summary["objectives"]
        )
        self.finished = not summary.get("unfinished")
        paths = [str(one["path"]) for one in dimensions]
        self.names = short_names(paths)
        self.trials = tuple(self._trial(row, paths, curves or {}) for row in rows)
        self.axes: tuple[Axis, ...] = tuple(
            axis_of(one, self.names[path], [trial.settings.get(path) for trial in self.trials])
            for one, path in zip(dimensions, paths, strict=True)
        )

    @property
    def bounds(self) -> str:
        """What a table of trials says of objectives whose lower bound it shows; or nothing."""
        names = ", ".join(one.name for one in self.objectives if one.low)
        return names and f"; {names}: lower bound of the 95% interval"

    @property
    def first(self) -> Objective:
        """The objective that trials are stopped and sorted by."""
        return self.objectives[0]

    def scored(self, objective: Objective) -> list[SearchTrial]:
        """Return the trials that have a value of ``objective``, in the order to draw them in.

        What matters most comes last and so lies on top: stopped, finished, baseline, winners.
        """
        found = [trial for trial in self.trials if objective.name in trial.objective]
        return sorted(found, key=lambda one: (one.winner, one.baseline, one.finished, -one.trial))

    def ranked(self) -> list[SearchTrial]:
        """Return all trials: winners, others at the cut, stopped ones, those without a score."""
        return sorted(self.trials, key=self._rank)

    def style(self, trial: SearchTrial) -> Style:
        """Return how a trial is drawn: by colour, dashes and shape."""
        if trial.winner:
            return WINNER
        if trial.baseline:
            return WRITTEN
        return FINISHED if trial.finished else STOPPED

    def _trial(
        self, row: Mapping[str, Any], paths: Sequence[str], curves: Mapping[int, Curve]
    ) -> SearchTrial:
        number = int(row["trial"])
        values = {one.name: row.get(one.name) for one in self.objectives}
        return SearchTrial(
            trial=number,
            status=str(row["status"]),
            settings={path: row[path] for path in paths if row.get(path) is not None},
            objective={
                name: float(value)
                for name, value in values.items()
                if value is not None and math.isfinite(value)
            },
            windows=int(row.get("windows") or 0),
            events=int(row.get("events") or 0),
            seconds=row.get("seconds"),
            error=row.get("error") or None,
            winner=bool(row.get("winner")) and self.finished,
            curve=curves.get(number, ()),
        )

    def _rank(self, trial: SearchTrial) -> tuple[Any, ...]:
        value = trial.objective.get(self.first.name)
        score = math.inf if value is None else -self.first.better(value)
        order = ("finished", "stopped", "running", "failed")
        place = order.index(trial.status) if trial.status in order else len(order)
        return (not trial.winner, place, score, trial.trial)


WINNER = Style("vermillion", "", "diamond")
WRITTEN = Style("ink", "7 3", "square")
FINISHED = Style("blue", "", "circle")
STOPPED = Style("grey", "3 3", "down")
LEGEND = (
    (WINNER, "winner"),
    (WRITTEN, "as written"),
    (FINISHED, "to the cut"),
    (STOPPED, "stopped early"),
)
