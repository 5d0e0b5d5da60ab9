"""One metric beside the AUC on the log's own labels: the LIS family of it, and its counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.plain.saved import saved
from lis_sim.scores.cell_window import ALL, CellWindow
from lis_sim.scores.interval import Estimate
from lis_sim.scores.metrics_plan import LABEL, NO_METRICS, Metric
from lis_sim.scores.plan import CLEAN, FamilyPlan
from lis_sim.scores.records import Record
from lis_sim.scores.sums import Cells

if TYPE_CHECKING:
    from lis_sim.scores.family import LisFamily

COUNTED = "counted"


class MetricFamily:
    """What ``family`` says of AUCs, said of ``metric``, with how many events or groups it is of.

    ``counts`` are of the windows after the warm-up: the events of the outcome, or the groups, that
    count, and why others do not.
    """

    def __init__(self, metric: Metric, family: LisFamily) -> None:
        self._metric, self._family = metric, family
        self._counts = dict.fromkeys((COUNTED, *metric.reasons), 0)

    def add(self, window: int, cells: Cells) -> None:
        """Add what the cells of one window hold of the metric; RunError if they lack it."""
        own = self._own(cells)
        self._family.add(window, own)
        if window >= self._family.plan.warmup:
            first = own[CLEAN, 0]
            self._counts[COUNTED] += int(first.slices[ALL].user_events.sum())
            for reason, count in first.counts.items():
                self._counts[reason] += count

    def record(self) -> Record:
        """Return one entry of the ``metrics`` of ``summary.json``."""
        arms = [
            {"arm": arm, "slice": slice_name, **_level(estimate)}
            for arm, slice_name, estimate in self._family.levels()
        ]
        return {**self._facts(), "arms": arms, "scores": self._family.scores()}

    def window_record(self, cells: Cells) -> Record:
        """Return one entry of the ``metrics`` of a window: this window, and the sums up to it."""
        own, arms = self._own(cells), []
        for arm, slice_name, estimate in self._family.levels():
            row = [
                own[arm, replicate].slices[slice_name]
                for replicate in range(self._family.plan.replicates)
            ]
            values = [cell.auc for cell in row if cell.auc is not None]
            mean = math.fsum(values) / len(values) if values else None
            cumulative = _level(estimate)
            arms.append({"arm": arm, "slice": slice_name, "value": mean, "cumulative": cumulative})
        return {**self._facts(), "arms": arms, "scores": self._family.scores()}

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the sums and the counts as one flat mapping of numeric arrays."""
        counts = np.array(list(self._counts.values()), np.int64)
        return {"counts": counts, **self._family.state_dict()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from :meth:`state_dict`; :class:`RunError` if it is of another metric."""
        counts = saved(state, "counts", np.int64, len(self._counts))
        self._counts = dict(zip(self._counts, counts.tolist(), strict=True))
        self._family.load_state_dict(state)

    def _own(self, cells: Cells) -> dict[tuple[str, int], CellWindow]:
        key = self._metric.key
        lacking = [name for name, cell in cells.items() if key not in cell.metrics]
        if lacking:
            raise RunError(
                f"the cells {lacking} lack the metric '{key}'; accepted: all metrics of the run in "
                "every cell"
            )
        return {name: cell.metrics[key] for name, cell in cells.items()}

    def _facts(self) -> Record:
        counts = dict(self._counts)
        return {"metric": self._metric.name, "label": self._metric.label, "counts": counts}


def plan_of(plan: FamilyPlan, metric: Metric) -> FamilyPlan:
    """Return what is compared of ``metric``: a group has events of several slices, so of all."""
    slices = () if metric.label == LABEL else plan.slices
    return replace(plan, metrics=NO_METRICS, slices=slices)


def _level(estimate: Estimate) -> Record:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "users": estimate.users,
        "windows": estimate.windows,
        "windows_undefined": estimate.windows_undefined,
        "positives": estimate.positives,
        "negatives": estimate.negatives,
    }
