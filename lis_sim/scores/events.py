"""Checks on what a recommender returned for some labelled events."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import DataError, PolicyError
from lis_sim.types import Bool, Int32

Scores = NDArray[np.floating[Any]]


def check_scores(score: NDArray[Any], events: int) -> Scores:
    """Return ``score`` as a floating array of shape ``(events,)``.

    Raises :class:`PolicyError` unless there is one finite score per event.
    """
    values = np.asarray(score)
    if values.shape != (events,):
        raise PolicyError(
            f"got scores of shape {values.shape} for {events} events; accepted is one score per "
            f"event, shape ({events},); return an array as long as the batch"
        )
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        row = int(np.argmin(finite))
        raise PolicyError(
            f"score {values[row]} at event {row} of the window; accepted are finite numbers; "
            "lower the learning rate or check the recommender for overflow"
        )
    return values


def check_labels(label: NDArray[Any]) -> Bool:
    """Return ``label`` as booleans ``(n,)``; raise :class:`DataError` unless each is 0 or 1."""
    values = np.asarray(label)
    if values.ndim != 1:
        raise DataError(f"got labels of shape {values.shape}; accepted is one axis of events")
    positive: Bool = values == 1
    wrong = ~(positive | (values == 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"label {values[row]} at event {row}; accepted are 0 and 1; leave out events whose "
            "label has not arrived and turn ratings into labels with a rule"
        )
    return positive


def check_users(user: NDArray[Any], events: int, what: str = "user") -> Int32:
    """Return indices of users, or of ``what``, as int32 ``(events,)``.

    Raises :class:`DataError` on anything else.
    """
    values = np.asarray(user)
    if values.shape != (events,):
        raise DataError(f"got {what}s of shape {values.shape} for {events} events")
    if values.dtype.kind not in "iu":
        raise DataError(f"got {what}s of dtype {values.dtype}; accepted are dense integer indices")
    if events and (int(values.min()) < 0 or int(values.max()) > np.iinfo(np.int32).max):
        raise DataError(
            f"got {what} indices from {int(values.min())} to {int(values.max())}; accepted are "
            f"dense indices from 0 to 2147483647; index the {what}s by first appearance"
        )
    return values.astype(np.int32, copy=False)
