"""Windows as arms scored them: from logits and labels to cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError
from lis_sim.scores.calibration import predictions
from lis_sim.scores.cell_window import ALL as ALL
from lis_sim.scores.cell_window import CellWindow as CellWindow
from lis_sim.scores.cell_window import SliceCell as SliceCell
from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.scores.histogram import histogram
from lis_sim.scores.measures import Measured, measures
from lis_sim.scores.ranking import keep_placed, rank_events
from lis_sim.scores.slice_frame import SliceFrame, pair_codes
from lis_sim.types import Bool, Int32, Int64


def score_cell(
    logit: NDArray[Any],
    label: NDArray[Any],
    user: NDArray[Any],
    slices: Mapping[str, Bool] | None = None,
    item: NDArray[Any] | None = None,
) -> CellWindow:
    """Return what one arm x replicate contributes of one window, for every slice.

    ``logit`` (n,) finite float32 or float64; ``label`` (n,) of 0 and 1: leave out events whose
    label never arrived; ``user`` (n,) dense indices; ``slices`` name -> (n,) boolean mask, beside
    ``"all"``, which is always there; ``item`` (n,) dense indices, None: intervals know users
    only. Raises :class:`PolicyError`, :class:`DataError` or, for a slice that is not a mask of
    the window, :class:`ConfigError`.

    >>> cell = score_cell(
    ...     np.array([-1.0, 0.0, 0.0, 2.0]),
    ...     np.array([0, 0, 1, 1]),
    ...     np.array([5, 5, 7, 5]),
    ...     {"cold": np.array([True, False, False, False])},
    ... )
    >>> cell.slices["all"].auc, cell.slices["all"].users.tolist()
    (0.875, [5, 7])
    >>> cold = cell.slices["cold"]
    >>> cold.auc, cold.positives, cold.negatives
    (None, 0, 1)
    """
    return score_cells([logit], label, user, slices, item)[0]


def score_cells(
    logits: NDArray[Any] | Sequence[NDArray[Any]],
    label: NDArray[Any],
    user: NDArray[Any],
    slices: Mapping[str, Bool] | None = None,
    item: NDArray[Any] | None = None,
    measured: Measured | None = None,
) -> tuple[CellWindow, ...]:
    """Return :func:`score_cell` of each row of ``logits`` (arms, n), sharing what is common.

    ``measured``: what to measure beside the AUC, and the columns it needs.
    """
    frame = _WindowFrame(label, user, slices or {}, item, measured)
    return tuple(frame.cell(logit) for logit in logits)


class _WindowFrame:
    """The events of one window, checked once for all arms that scored them."""

    def __init__(
        self,
        label: NDArray[Any],
        user: NDArray[Any],
        slices: Mapping[str, Bool],
        item: NDArray[Any] | None,
        measured: Measured | None,
    ) -> None:
        positive = check_labels(label)
        events = len(positive)
        ids = {"user": check_users(user, events)}
        if item is not None:
            ids["item"] = check_users(item, events, "item")
            ids["pair"] = pair_codes(ids["user"], ids["item"])
        self._whole = SliceFrame(positive, ids)
        self._slices: dict[str, tuple[Int64, Int32, SliceFrame]] = {}
        for name, mask in slices.items():
            rows = np.flatnonzero(_mask_of(name, mask, events))
            place = np.full(events, -1, np.int32)
            place[rows] = np.arange(len(rows))
            own = {key: values[rows] for key, values in ids.items()}
            self._slices[name] = rows, place, SliceFrame(positive[rows], own)
        self._beside = measures(measured, positive, ids, slices)

    def cell(self, logit: NDArray[Any]) -> CellWindow:
        """Sort the events once, by score; slices keep the order."""
        positive = self._whole.labels.positive
        values = check_scores(logit, len(positive))
        ranked, predicted = rank_events(values), predictions(values, positive)
        whole = self._whole.cell(ranked, predicted)
        found = {ALL: self._whole.with_users(whole, predicted, histogram(values, positive))}
        for name, (rows, place, frame) in self._slices.items():
            inside = keep_placed(ranked, place, len(rows))
            found[name] = frame.cell(inside, predicted.at(rows))
        metrics = {key: cell for one in self._beside for key, cell in one.cells(ranked).items()}
        return CellWindow(found, metrics)


def _mask_of(name: str, mask: NDArray[Any], events: int) -> Bool:
    if name == ALL or "/" in name or not name:
        raise ConfigError(
            f"slice name {name!r}; accepted is any other name without '/'; "
            f"the slice {ALL!r} is always there, leave it out"
        )
    values = np.asarray(mask)
    if values.shape != (events,) or values.dtype != np.bool_:
        raise DataError(
            f"slice {name!r} has shape {values.shape} and dtype {values.dtype} for {events} "
            f"events; accepted is a boolean mask of shape ({events},)"
        )
    return values
