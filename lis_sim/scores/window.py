"""Everything one arm x replicate contributes of one window: small, picklable, mergeable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError
from lis_sim.scores.calibration import probabilities, probability_sums
from lis_sim.scores.events import Scores, check_labels, check_scores, check_users
from lis_sim.scores.gauc import ranked_gauc
from lis_sim.scores.histogram import EMPTY, SparseHistogram, histogram
from lis_sim.scores.influence import Wins, count_wins
from lis_sim.scores.items import PAIR_BUCKETS, pair_buckets
from lis_sim.scores.ranking import Ranked, number_clusters, order_key, radix_order
from lis_sim.types import Bool, Float64, Int32, Int64

ALL = "all"
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
        self.positive = check_labels(label)
        events = len(self.positive)
        users = check_users(user, events)
        self.users, self.code = number_clusters(users)
        self.items = None if item is None else _ItemFrame(users, check_users(item, events, "item"))
        self.masks = {name: _mask_of(name, mask, events) for name, mask in slices.items()}

    def cell(self, logit: NDArray[Any]) -> CellWindow:
        """Sort the events once, by score and then by user; slices keep the order."""
        values = check_scores(logit, len(self.positive))
        key = order_key(values)
        order = radix_order(key)
        ranked = Ranked(key, self.positive, self.code).take(order)
        by_user = radix_order(ranked.code.astype(np.uint64))
        grouped = ranked.take(by_user)
        counted = histogram(values, self.positive)
        whole = self._slice(values, self.positive, ranked, grouped, counted, order)
        found = {ALL: self._with_users(whole, values)}
        for name, mask in self.masks.items():
            inside = mask[order]
            rows = np.flatnonzero(mask)
            found[name] = self._slice(
                values[rows],
                self.positive[rows],
                ranked.take(np.flatnonzero(inside)),
                grouped.take(np.flatnonzero(inside[by_user])),
                EMPTY,
                order[inside],
            )
        return CellWindow(found)

    def _slice(
        self,
        logit: Scores,
        positive: Bool,
        ranked: Ranked,
        grouped: Ranked,
        counted: SparseHistogram,
        order: Int64,
    ) -> SliceCell:
        users = len(self.users)
        wins = count_wins(ranked)
        value, influence = wins.auc, wins.influence(ranked.code, users)
        items = NO_ITEMS if self.items is None else self.items.influence(wins, order)
        counts = np.bincount(ranked.code, minlength=users)
        present = np.flatnonzero(counts)
        if value.value is None:
            present = present[:0]
        by_user = ranked_gauc(grouped, users)
        sums = probability_sums(logit, positive)
        return SliceCell(
            auc=value.value,
            positives=value.positives,
            negatives=value.negatives,
            users=self.users[present],
            influence=influence[present],
            user_events=counts[present].astype(np.int32),
            items=items.items,
            item_influence=items.by_item,
            pair_influence=items.by_pair,
            gauc_sum=by_user.total,
            gauc_weight=by_user.weight,
            log_loss_sum=sums.log_loss,
            predicted_sum=sums.predicted,
            bins=counted.bins,
            bin_positives=counted.positives,
            bin_negatives=counted.negatives,
            user_positives=np.empty(0, np.int32),
            user_predicted=np.empty(0),
        )

    def _with_users(self, cell: SliceCell, logit: Scores) -> SliceCell:
        """Add, where the AUC is defined, what each user engaged with and was predicted to."""
        if not cell.defined:
            return cell
        users = len(self.users)
        engaged = np.bincount(self.code, weights=self.positive, minlength=users)
        predicted = np.bincount(self.code, weights=probabilities(logit), minlength=users)
        return replace(
            cell,
            user_positives=engaged.astype(np.int32),
            user_predicted=predicted.astype(np.float64),
        )


class _ItemInfluence(NamedTuple):
    items: Int32
    by_item: Float64
    by_pair: Float64


NO_ITEMS = _ItemInfluence(np.empty(0, np.int32), np.empty(0), np.empty(0))


class _ItemFrame:
    """The items of one window's events."""

    def __init__(self, user: Int32, item: Int32) -> None:
        self.items, self.code = number_clusters(item)
        self.bucket, self.sign = pair_buckets(user, item)

    def influence(self, wins: Wins, order: Int64) -> _ItemInfluence:
        """Return what the events at ``order``, sorted by score, contribute by item and by pair."""
        if wins.auc.value is None:
            return NO_ITEMS
        code = self.code[order]
        by_item = wins.influence(code, len(self.items))
        present = np.flatnonzero(np.bincount(code, minlength=len(self.items)))
        by_pair = wins.influence(self.bucket[order], PAIR_BUCKETS, self.sign[order])
        return _ItemInfluence(self.items[present], by_item[present], by_pair)


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
