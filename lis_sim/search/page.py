"""The report of a search, from what its folder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lis_sim.report import write_whole
from lis_sim.report.search_html import render_search
from lis_sim.report.search_records import Curve, SearchRecords
from lis_sim.search.checked_folder import check_folder
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import ENDED, Status, TrialRecord
from lis_sim.search.results import trials_table
from lis_sim.search.settings import TuneConfig, load_tune
from lis_sim.training.folder import CONFIG, REPORT

STATUSES: tuple[Status, ...] = ("running", *ENDED)
REFRESH_SECONDS = 10  # how often an open tab looks for a newer page of an unfinished search


def write_search_report(
    tune: TuneConfig,
    folder: Path,
    records: Sequence[TrialRecord],
    summary: Mapping[str, Any] | None = None,
    out: Path | None = None,
) -> Path:
    """Write ``report.html`` of a search into ``folder`` (or to ``out``) and return its path.

    Without ``summary`` the search goes on: the page shows its trials, and an open tab loads it
    again. The page appears whole or not at all.
    """
    text = folder / CONFIG
    page = render_search(
        so_far(tune, records) if summary is None else summary,
        trials_table(tune, records).to_pylist(),
        [one.record() for one in tune.space.dimensions],
        text.read_text(encoding="utf-8") if text.is_file() else None,
        curves(tune, records),
        REFRESH_SECONDS if summary is None else None,
    )
    return write_whole(folder / REPORT if out is None else out, page)


def rewrite_search_report(folder: Path, out: Path | None = None) -> Path:
    """Write the page of the search in ``folder`` anew, finished or not, from what is there.

    Raises:
        ConfigError, RunError: a file of the folder is not what a search writes.
    """
    found = SearchFolder(folder)
    summary = found.summary() if found.finished else None
    tune = load_tune(folder / CONFIG)
    check_folder(tune, found)
    return write_search_report(tune, folder, found.ledger.records(), summary, out)


def so_far(tune: TuneConfig, records: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return what can be said of a search that goes on, as its report reads it."""
    statuses = [one.status for one in records]
    return {
        "search": tune.name,
        "unfinished": True,
        "objectives": [
            {"objective": one.name, "mode": one.mode, "take": one.take} for one in tune.objectives
        ],
        "algorithm": tune.search.algorithm,
        "stopping": tune.search.stopping.kind,
        "seed": tune.search.seed,
        "trials": {status: statuses.count(status) for status in STATUSES},
    }


def search_records(
    tune: TuneConfig, records: Sequence[TrialRecord], summary: Mapping[str, Any] | None = None
) -> SearchRecords:
    """Return what the terminal and the report read of a search; without ``summary`` it goes on."""
    rows = trials_table(tune, records).to_pylist()
    dimensions = [one.record() for one in tune.space.dimensions]
    found = so_far(tune, records) if summary is None else summary
    return SearchRecords(found, rows, dimensions, curves(tune, records))


def curves(tune: TuneConfig, records: Sequence[TrialRecord]) -> dict[int, Curve]:
    """Return per trial the first objective after each number of windows."""
    name = tune.objectives[0].name
    return {
        record.trial: [
            (report.windows, report.objective[name])
            for report in record.reports
            if name in report.objective
        ]
        for record in records
    }
