"""What is measured of a window beside the AUC on its labels: outcomes, requests, users.

All of it is read from the order in which an arm ranked the events, which is sorted once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import DataError
from lis_sim.scores.calibration import Predictions
from lis_sim.scores.cell_window import ALL, CellWindow
from lis_sim.scores.group_frame import GroupFrame, requests_of, users_of
from lis_sim.scores.metrics_plan import (
    LABEL,
    MISSING,
    MRR,
    NDCG,
    USER_AUC,
    Metric,
    MetricsPlan,
)
from lis_sim.scores.ranking import Ranked, keep_placed
from lis_sim.scores.slice_frame import SliceFrame
from lis_sim.types import Bool, Int8, Int32, Int64

UNKNOWN = -1  # of an outcome
_NO_PREDICTIONS = Predictions(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class EventColumns:
    """What metrics need to know of the events (n,) of a window beside their labels.

    ``outcomes``: by rule, 1 where it holds, 0 where not, -1 where the outcome is missing.
    ``request``: a number of each event's request within the window. ``continued``: whether the
    window before had events of the same user's request. Only what the metrics need is there.
    """

    outcomes: Mapping[str, Int8] = field(default_factory=dict)
    request: Int32 | None = None
    continued: Bool | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics of a run, and the columns of one window that they need."""

    plan: MetricsPlan
    columns: EventColumns


class Measure(Protocol):
    """Metrics of a window, the same for all arms but for their order of the events."""

    def cells(self, ranked: Ranked) -> dict[str, CellWindow]: ...


def measures(
    measured: Measured | None, positive: Bool, ids: Mapping[str, Int32], slices: Mapping[str, Bool]
) -> Sequence[Measure]:
    """Return the metrics of a window: ``positive`` and the ``ids`` (user, item, pair) by event."""
    if measured is None or not measured.plan:
        return ()
    plan, columns = measured.plan, measured.columns
    found: list[Measure] = []
    for metric in plan.metrics:
        if metric.label != LABEL:
            given = _given(columns.outcomes.get(metric.label), metric.label, len(positive))
            found.append(_Outcome(metric, given, ids, slices))
    if plan.requests:
        request = _given(columns.request, "request", len(positive))
        frame = requests_of(positive, ids["user"], request, columns.continued)
        found.append(_Grouped([one for one in plan.metrics if one.kind in (NDCG, MRR)], frame))
    if plan.user_auc:
        found.append(_Grouped([Metric(USER_AUC)], users_of(positive, ids["user"])))
    return found


class _Outcome:
    """The AUC on another label, of the events that have it, in every slice."""

    def __init__(
        self, metric: Metric, label: Int8, ids: Mapping[str, Int32], slices: Mapping[str, Bool]
    ) -> None:
        self._key = metric.key
        known = label != UNKNOWN
        self._counts = {MISSING: len(label) - int(np.count_nonzero(known))}
        self._frames: dict[str, tuple[Int32, int, SliceFrame]] = {}
        for name, mask in {ALL: known, **slices}.items():
            rows = np.flatnonzero(known & mask)
            own = {key: values[rows] for key, values in ids.items()}
            frame = SliceFrame(label[rows] == 1, own)
            self._frames[name] = _places(rows, len(label)), len(rows), frame

    def cells(self, ranked: Ranked) -> dict[str, CellWindow]:
        found = {
            name: frame.cell(keep_placed(ranked, place, kept), _NO_PREDICTIONS)
            for name, (place, kept, frame) in self._frames.items()
        }
        return {self._key: CellWindow(found, counts=self._counts)}


class _Grouped:
    """The means over requests, or users, of numbers that each has."""

    def __init__(self, metrics: Sequence[Metric], frame: GroupFrame) -> None:
        self._metrics, self._frame = metrics, frame

    def cells(self, ranked: Ranked) -> dict[str, CellWindow]:
        found, words = {}, self._frame.words(ranked)
        for metric in self._metrics:
            cell = self._frame.cell(self._frame.values(metric, words))
            found[metric.key] = CellWindow({ALL: cell}, counts=dict(self._frame.counts))
        return found


def _places(rows: Int64, events: int) -> Int32:
    place = np.full(events, -1, np.int32)
    place[rows] = np.arange(len(rows))
    return place


def _given(values: NDArray[Any] | None, name: str, events: int) -> NDArray[Any]:
    if values is None or values.shape != (events,):
        found = "none" if values is None else f"an array of shape {values.shape}"
        raise DataError(
            f"the metrics need the column {name!r} of {events} events; got {found}; accepted: one "
            "value an event"
        )
    return values
