"""The windows of a file of scores, as the arms scored them: what a run's workers would report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lis_sim.data.beside import outcome_labels
from lis_sim.data.request_numbers import RequestNumbers
from lis_sim.scores import CellWindow, EventColumns, Measured, MetricsPlan, score_cells
from lis_sim.scoring.columns import outcome_role
from lis_sim.scoring.decode import Columns
from lis_sim.scoring.folds import Folds
from lis_sim.scoring.plan import ScorePlan
from lis_sim.scoring.replicates import Events, Replicates
from lis_sim.scoring.scan import Scan
from lis_sim.types import Bool, Window

Cells = dict[tuple[str, int], CellWindow]


def scored_windows(plan: ScorePlan, scan: Scan) -> Iterator[tuple[Window, Cells]]:
    """Yield every window of the file with what each arm x replicate contributes of it.

    Memory is that of one window's rows. Raises :class:`DataError` for replicates that do not fit
    together and for users in two folds.
    """
    replicates = Replicates(scan.file, scan.replicates)
    folds = Folds(scan.file, scan.replicates, scan.folds)
    metrics, requests = plan.family.metrics, RequestNumbers()
    for window, rows in _windows_of_rows(plan, scan):
        events = replicates.events(window, rows)
        measured = _measured(metrics, requests, events.shared, window.start_row)
        if events.folds is not None:
            folds.take(events.shared["user"], events.folds)
        yield window, _cells(events, scan, measured)
    replicates.check_differ()


def _measured(
    metrics: MetricsPlan, requests: RequestNumbers, shared: Columns, first_row: int
) -> Measured | None:
    """Return what is measured beside the AUC, with the columns of the window's events."""
    if not metrics:
        return None
    outcomes = {
        str(rule): outcome_labels(rule, shared[outcome_role(rule.column)], first_row)
        for rule in metrics.rules
    }
    if not metrics.requests:
        return Measured(metrics, EventColumns(outcomes))
    numbered = requests.of(shared["user"], shared["request"])
    return Measured(metrics, EventColumns(outcomes, *numbered))


def _cells(events: Events, scan: Scan, measured: Measured | None) -> Cells:
    shared = events.shared
    keys = [(arm, r) for r in range(len(scan.replicates)) for arm in events.scores]
    found = score_cells(
        [events.scores[arm][r] for arm, r in keys],
        shared["label"],
        shared["user"],
        _slices(events, scan),
        shared.get("item"),
        measured,
    )
    return dict(zip(keys, found, strict=True))


def _slices(events: Events, scan: Scan) -> dict[str, Bool]:
    code = events.shared.get("slice")
    if code is None:
        return {}
    return {name: code == at for at, name in enumerate(scan.slices)}


def _windows_of_rows(plan: ScorePlan, scan: Scan) -> Iterator[tuple[Window, Columns]]:
    """Cut the batches of the file into the rows of windows, those of all replicates."""
    many = len(scan.replicates)
    held: list[Columns] = []
    windows = iter(plan.windows)
    window = next(windows)
    for first_row, batch in scan.file.read(_roles(plan, scan)):
        start, end = 0, len(batch["user"])
        while first_row + end >= window.end_row * many:
            cut = window.end_row * many - first_row
            held.append(_rows(batch, start, cut))
            yield window, _joined(held)
            held, start = [], cut
            following = next(windows, None)
            if following is None:
                return
            window = following
        held.append(_rows(batch, start, end))


def _roles(plan: ScorePlan, scan: Scan) -> list[str]:
    several = len(scan.replicates) > 1
    # Times are compared between replicates alone: the windows are cut already.
    needless = [] if several else ["time", "replicate"]
    if not plan.family.metrics.requests:
        needless.append("request")
    roles = [role for role in scan.file.columns.roles if role not in needless]
    return [*roles, *scan.file.columns.arms]


def _rows(batch: Columns, start: int, end: int) -> Columns:
    return {name: values[start:end] for name, values in batch.items()}


def _joined(held: list[Columns]) -> dict[str, Any]:
    return {name: np.concatenate([one[name] for one in held]) for name in held[0]}
