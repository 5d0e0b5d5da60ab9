"""Everything one arm x replicate contributes of one window: small, picklable, mergeable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError
from lis_sim.scores import counting
from lis_sim.scores.calibration import Predictions, predictions
from lis_sim.scores.clusters import Clusters, Labels
from lis_sim.scores.events import check_labels, check_scores, check_users
from lis_sim.scores.gauc import WithinUsers
from lis_sim.scores.histogram import SparseHistogram, histogram
from lis_sim.scores.items import PAIR_BUCKETS, pair_buckets
from lis_sim.scores.ranking import Ranked, keep_placed, rank_events
from lis_sim.types import Bool, Float64, Int32, Int64

ALL = "all"
_NONE = np.empty(0, np.int32)
_ARRAYS = (
    *("users", "influence", "user_events", "items", "item_influence", "pair_influence"),
    *("bins", "bin_positives", "bin_negatives", "user_positives", "user_predicted"),
)


@dataclass(frozen=True, slots=True)
class SliceCell:
    """One slice of one window as one arm x replicate scored it.

    ``users`` are the users with an event in the slice, in order, ``influence`` what each
    contributes to the AUC, ``user_events`` how many events each has in the slice; all are empty
    when the AUC is undefined. ``item_influence`` and ``pair_influence`` are the same summed by
    item and by bucket of user and item (:mod:`.items`), empty too where items were not given. The
    histogram of logits, and what each user engaged with and was predicted to, is kept for the
    slice ``"all"`` only and empty elsewhere.
    """

    auc: float | None
    positives: int
    negatives: int
    users: Int32  # (m,)
    influence: Float64  # (m,) sums to 0
    user_events: Int32  # (m,)
    items: Int32  # (i,)
    item_influence: Float64  # (i,)
    pair_influence: Float64  # (1024,)
    gauc_sum: float
    gauc_weight: int
    log_loss_sum: float
    predicted_sum: float
    bins: Int32  # (b,) non-empty bins of the logit histogram
    bin_positives: Int32  # (b,)
    bin_negatives: Int32  # (b,)
    user_positives: Int32  # (m,) engagements of each user
    user_predicted: Float64  # (m,) sum of each user's predicted probabilities

    @property
    def events(self) -> int:
        return self.positives + self.negatives

    @property
    def defined(self) -> bool:
        return self.auc is not None

    @property
    def gauc(self) -> float | None:
        return self.gauc_sum / self.gauc_weight if self.gauc_weight else None

    @property
    def log_loss(self) -> float | None:
        return self.log_loss_sum / self.events if self.events else None

    @property
    def calibration(self) -> float | None:
        return self.predicted_sum / self.positives if self.positives else None


@dataclass(frozen=True, slots=True)
class CellWindow:
    """The slices of one window for one arm x replicate; ``"all"`` is always among them."""

    slices: dict[str, SliceCell]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the cell as a flat mapping of numeric arrays, for a message or a file."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, cell in self.slices.items():
            for field in fields(SliceCell):
                value = getattr(cell, field.name)
                arrays[f"{name}/{field.name}"] = np.asarray(np.nan if value is None else value)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CellWindow:
        """Return the cell that :meth:`to_arrays` flattened, equal to the last bit."""
        slices: dict[str, dict[str, Any]] = {}
        for key, array in arrays.items():
            name, field = key.rsplit("/", 1)
            value = array if field in _ARRAYS else array.item()
            slices.setdefault(name, {})[field] = value
        for values in slices.values():
            if np.isnan(values["auc"]):
                values["auc"] = None
        return cls({name: SliceCell(**values) for name, values in slices.items()})


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
) -> tuple[CellWindow, ...]:
    """Return :func:`score_cell` of each row of ``logits`` (arms, n), sharing what is common."""
    frame = _WindowFrame(label, user, slices or {}, item)
    return tuple(frame.cell(logit) for logit in logits)


class _WindowFrame:
    """The events of one window, checked once for all arms that scored them."""

    def __init__(
        self,
        label: NDArray[Any],
        user: NDArray[Any],
        slices: Mapping[str, Bool],
        item: NDArray[Any] | None,
    ) -> None:
        positive = check_labels(label)
        events = len(positive)
        ids = {"user": check_users(user, events)}
        if item is not None:
            ids["item"] = check_users(item, events, "item")
            ids["pair"] = _pair_codes(ids["user"], ids["item"])
        self._whole = _SliceFrame(positive, ids)
        self._slices: dict[str, tuple[Int64, Int32, _SliceFrame]] = {}
        for name, mask in slices.items():
            rows = np.flatnonzero(_mask_of(name, mask, events))
            place = np.full(events, -1, np.int32)
            place[rows] = np.arange(len(rows))
            own = {key: values[rows] for key, values in ids.items()}
            self._slices[name] = rows, place, _SliceFrame(positive[rows], own)

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
        return CellWindow(found)


class _SliceFrame:
    """The events of one slice of a window: their labels, and their users, items and pairs."""

    def __init__(self, positive: Bool, ids: Mapping[str, Int32]) -> None:
        self.labels = Labels.of(positive)
        self._users, self._by_user = Clusters.numbered(self.labels, ids["user"])
        self._within = WithinUsers(self._by_user)
        self._items, self._by_item, self._by_pair = _NONE, None, None
        if "item" in ids:
            self._items, self._by_item = Clusters.numbered(self.labels, ids["item"])
            self._by_pair = Clusters(self.labels, ids["pair"], 2 * PAIR_BUCKETS, signed=True)
        self._user_events = (self._by_user.positives + self._by_user.negatives).astype(np.int32)

    def cell(self, ranked: Ranked, predicted: Predictions) -> SliceCell:
        """Return what an arm that ranked the events like this contributes."""
        wins = self.labels.wins(ranked)
        defined = wins.auc.value is not None
        within = self._within.sums(ranked)
        by_item, by_pair = (
            np.empty(0) if clusters is None else clusters.influence(wins)
            for clusters in (self._by_item, self._by_pair)
        )
        return SliceCell(
            auc=wins.auc.value,
            positives=wins.auc.positives,
            negatives=wins.auc.negatives,
            users=self._users if defined else _NONE,
            influence=self._by_user.influence(wins),
            user_events=self._user_events if defined else _NONE,
            items=self._items if defined else _NONE,
            item_influence=by_item,
            pair_influence=by_pair,
            gauc_sum=within.total,
            gauc_weight=within.weight,
            log_loss_sum=float(predicted.log_loss.sum()),
            predicted_sum=float(predicted.probability.sum()),
            bins=_NONE,
            bin_positives=_NONE,
            bin_negatives=_NONE,
            user_positives=_NONE,
            user_predicted=np.empty(0),
        )

    def with_users(
        self, cell: SliceCell, predicted: Predictions, counted: SparseHistogram
    ) -> SliceCell:
        """Add ``counted`` and, where the AUC is defined, what was predicted to each user."""
        cell = replace(
            cell,
            bins=counted.bins,
            bin_positives=counted.positives,
            bin_negatives=counted.negatives,
        )
        if not cell.defined:
            return cell
        own, users = predicted.probability, len(self._users)
        return replace(
            cell,
            user_positives=self._by_user.positives.astype(np.int32),
            user_predicted=counting.summed(own, self._by_user.code, users),
        )


def _pair_codes(user: Int32, item: Int32) -> Int32:
    """Return twice the bucket (n,) of each event's pair, and 1 more where its sign is -1."""
    bucket, sign = pair_buckets(user, item)
    return (2 * bucket + (sign < 0)).astype(np.int32)


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
