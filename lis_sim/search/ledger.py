"""The ledger of a search: which trials there were, what they reported and how they ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lis_sim.errors import RunError
from lis_sim.plain import as_object
from lis_sim.search.ledger_shape import check_line
from lis_sim.training.lines import append_line, complete_lines, cut_to

Ended: TypeAlias = Literal["finished", "stopped", "failed"]
Status: TypeAlias = Literal["running", "finished", "stopped", "failed"]
ENDED: tuple[Ended, ...] = ("finished", "stopped", "failed")


class UnknownTrialError(RunError):
    """A line of a ledger is about a trial that was never suggested."""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What a trial had after some windows.

    Attributes:
        windows: Windows played, the warm-up included.
        events: Events of those windows.
        seconds: Seconds that playing them took.
        objective: Every objective by its name, over the windows scored so far.
    """

    windows: int
    events: int
    seconds: float
    objective: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial as the ledger knows it.

    Attributes:
        trial: Number of the trial, in the order of suggestion; 0 is the baseline.
        settings: Dotted path -> value; empty: the config as written.
        status: ``running`` while the ledger has no end of it.
        windows, events, seconds, objective: As last reported.
        error: What a failed trial says, short.
        reports: All reports, oldest first.
    """

    trial: int
    settings: Mapping[str, Any]
    status: Status = "running"
    windows: int = 0
    events: int = 0
    seconds: float = 0.0
    objective: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    reports: tuple[TrialReport, ...] = ()

    @property
    def digits(self) -> str:
        """The name of the trial's run folder."""
        from lis_sim.search.candidate import digits

        return digits(self.settings)

    @property
    def ended(self) -> bool:
        """Whether it finished, was stopped or failed."""
        return self.status != "running"

    def reported(self, report: TrialReport) -> TrialRecord:
        """Return the record with one more report."""
        return replace(
            self,
            windows=report.windows,
            events=report.events,
            seconds=report.seconds,
            objective=dict(report.objective),
            reports=(*self.reports, report),
        )


class Ledger:
    """``trials.jsonl``: a line when a trial is suggested, for every report, and when it ends.

    Lines are only ever appended, each on the disk before anything follows from it, and in the
    order in which things happened: replaying them gives the state of a killed search. One
    process writes.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     ledger = Ledger(Path(folder) / "trials.jsonl")
    ...     ledger.begin(0, {})
    ...     ledger.report(0, TrialReport(8, 4_000, 1.5, {"lis_crossfit": 0.002}))
    ...     [record] = ledger.records()
    >>> record.status, record.windows, record.objective
    ('running', 8, {'lis_crossfit': 0.002})
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def mend(self) -> None:
        """Drop what a kill left of a last line, or the next line would be glued to it."""
        cut_to(self.path, sum(1 for _ in complete_lines(self.path)))

    def begin(self, trial: int, settings: Mapping[str, Any]) -> None:
        """Write that a trial was suggested, or that a failed one is tried again."""
        self._append({"trial": trial, "settings": dict(settings)})

    def report(self, trial: int, report: TrialReport) -> None:
        """Write what a trial has after some windows."""
        self._append(
            {
                "trial": trial,
                "windows": report.windows,
                "events": report.events,
                "seconds": report.seconds,
                "objective": dict(report.objective),
            }
        )

    def end(self, record: TrialRecord) -> None:
        """Write how a trial ended: ``record`` says it."""
        self._append(
            {
                "trial": record.trial,
                "status": record.status,
                "windows": record.windows,
                "events": record.events,
                "seconds": record.seconds,
                "objective": dict(record.objective),
                "error": record.error,
            }
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines, oldest first; :class:`RunError` for one that is none of a ledger."""
        for number, line in enumerate(complete_lines(self.path), 1):
            where = f"{self.path}, line {number}"
            found = as_object(line, where, "search")
            check_line(found, where)
            yield found

    def records(self) -> list[TrialRecord]:
        """Return every trial, by number."""
        try:
            found = replayed(self.lines())
        except UnknownTrialError as error:
            raise RunError(f"{self.path}: {error}") from error
        return sorted(found.values(), key=lambda record: record.trial)

    def _append(self, line: Mapping[str, Any]) -> None:
        append_line(self.path, json.dumps(line, allow_nan=False))


def replayed(lines: Iterator[Mapping[str, Any]]) -> dict[int, TrialRecord]:
    """Return what ``lines`` say of every trial."""
    records: dict[int, TrialRecord] = {}
    for line in lines:
        trial = line["trial"]
        records[trial] = after(records.get(trial), line)
    return records


def after(record: TrialRecord | None, line: Mapping[str, Any]) -> TrialRecord:
    """Return the record of a trial after one more line about it."""
    if "settings" in line:
        if record is None:
            return TrialRecord(line["trial"], line["settings"])
        return replace(record, status="running", error=None)
    if record is None:
        raise UnknownTrialError(
            f"trial {line['trial']} is reported in the ledger but was never suggested; the folder "
            "was changed by hand: use --restart"
        )
    seen = TrialReport(line["windows"], line["events"], line["seconds"], line["objective"])
    if "status" not in line:
        return record.reported(seen)
    last = replace(record.reported(seen), reports=record.reports)
    return replace(last, status=line["status"], error=line["error"])


def read_ledger(path: Path) -> list[TrialRecord]:
    """Return the trials of the ledger ``path``, by number; none when there is no such file."""
    return Ledger(path).records()
