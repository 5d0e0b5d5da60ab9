"""The running sums of one slice: what is left of its windows once they are committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.plain.saved import saved
from lis_sim.scores.items import ItemSums
from lis_sim.scores.recent import RecentSums
from lis_sim.scores.spread import SIGNED_SUMS, window_signs
from lis_sim.scores.window import SliceCell
from lis_sim.types import Bool, Float64, Int64

_COUNTS = ("windows", "undefined", "positives", "negatives", "all_events", "all_positives")
_SUMS = ("auc_sum", "gauc_sum", "gauc_weight", "log_loss_sum", "predicted_sum", "histogram")
_SIGNED = "signed_auc_sum"


class Tally:
    """Sums over the windows of one slice for ``A`` arms x ``R`` replicates.

    A window with one class has no AUC: it is counted as undefined and gives nothing to the AUC
    sums, while its log loss and predicted probabilities still count. ``influence`` (A, users)
    holds, for the average over replicates, the sum over windows of weight x influence, and
    grows with the largest user index. Weights are the labelled events of the slice, or what else
    the cells count by user. Logits are counted in ``bins`` bins; none where the pooled AUC is not
    asked for. ``recent`` are the same sums with older windows counting less, None where no
    ``half_life`` is given.
    """

    def __init__(
        self, arms: int, replicates: int, bins: int = 0, half_life: float | None = None
    ) -> None:
        self.windows = self.undefined = 0
        self.positives = self.negatives = 0  # of defined windows
        self.weight = 0  # of defined windows: their labelled events
        self.all_events = self.all_positives = 0  # of every window
        shape = (arms, replicates)
        self.auc_sum: Float64 = np.zeros(shape)
        self.gauc_sum: Float64 = np.zeros(shape)
        self.gauc_weight: Int64 = np.zeros(shape, np.int64)
        self.log_loss_sum: Float64 = np.zeros(shape)
        self.predicted_sum: Float64 = np.zeros(shape)
        self.histogram: Int64 = np.zeros((*shape, bins, 2), np.int64)  # (negatives, positives)
        self.signed_auc_sum: Float64 = np.zeros((*shape, SIGNED_SUMS))  # see spread.py
        self.items = ItemSums(arms)
        self.recent = None if half_life is None else RecentSums(arms, replicates, half_life)
        self._influence: Float64 = np.zeros((arms, 0))
        self._events: Int64 = np.zeros(0, np.int64)
        self._users = 0

    @property
    def influence(self) -> Float64:
        """Weight x influence, summed over windows (A, users)."""
        return self._influence[:, : self._users]

    @property
    def events(self) -> Int64:
        """Labelled events (users,) of each user in the defined windows."""
        return self._events[: self._users]

    @property
    def seen(self) -> Bool:
        """Which users (users,) had an event in a defined window."""
        return self.events > 0

    @property
    def users(self) -> int:
        return int(np.count_nonzero(self.seen))

    def add(self, window: int, cells: Sequence[Sequence[SliceCell]]) -> None:
        """Add one window; ``cells[a][r]`` is arm ``a`` of replicate ``r``.

        The order of summation is fixed by the two indices, so the sums do not depend on which
        worker computed a cell.
        """
        first = cells[0][0]
        self.all_events += first.events
        self.all_positives += first.positives
        for a, row in enumerate(cells):
            for r, cell in enumerate(row):
                self.gauc_sum[a, r] += cell.gauc_sum
                self.gauc_weight[a, r] += cell.gauc_weight
                self.log_loss_sum[a, r] += cell.log_loss_sum
                self.predicted_sum[a, r] += cell.predicted_sum
                if self.histogram.shape[2]:
                    self.histogram[a, r, cell.bins, 0] += cell.bin_negatives
                    self.histogram[a, r, cell.bins, 1] += cell.bin_positives
        if not first.defined:
            self.undefined += 1
            return
        self.windows += 1
        self.positives += first.positives
        self.negatives += first.negatives
        self._add_auc(window, cells, first)

    def _add_auc(self, window: int, cells: Sequence[Sequence[SliceCell]], first: SliceCell) -> None:
        auc = np.array([[cell.auc for cell in row] for row in cells], np.float64)
        influence = np.array([_mean([cell.influence for cell in row]) for row in cells])
        weight = int(first.user_events.sum())
        self.weight += weight
        self._grow(int(first.users[-1]) + 1)
        self._events[first.users] += first.user_events
        # Row by row: picking columns of all rows at once takes several times as long.
        for own, of_window in zip(self._influence, influence, strict=True):
            own[first.users] += weight * of_window
        self.auc_sum += weight * auc
        self.signed_auc_sum += (weight * auc)[:, :, None] * window_signs(window)
        if self.recent is not None:
            self.recent.add(window, auc, influence, first.users, first.user_events)
        if len(first.items):
            self._add_items(cells, first)

    def _add_items(self, cells: Sequence[Sequence[SliceCell]], first: SliceCell) -> None:
        by_item = np.array([_mean([cell.item_influence for cell in row]) for row in cells])
        by_pair = np.array([_mean([cell.pair_influence for cell in row]) for row in cells])
        self.items.add(first.events, first.items, by_item, by_pair)
        if self.recent is not None:
            self.recent.items.add(first.events, first.items, by_item, by_pair)

    def _grow(self, users: int) -> None:
        self._users = max(self._users, users)
        capacity = self._influence.shape[1]
        if users <= capacity:
            return
        # Doubling keeps the total cost of copying linear in the number of users.
        larger = max(users, 2 * capacity)
        influence = np.zeros((self._influence.shape[0], larger))
        influence[:, :capacity] = self._influence
        events = np.zeros(larger, np.int64)
        events[:capacity] = self._events
        self._influence, self._events = influence, events

    def merge_windows(self, other: Tally) -> None:
        """Add the sums of other windows of the same arms and replicates."""
        self._grow(other._users)
        for name in (*_COUNTS, *_SUMS, _SIGNED):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self._influence[:, : other._users] += other.influence
        self._events[: other._users] += other.events
        self.weight += other.weight
        self.items.merge_windows(other.items)
        if self.recent is not None and other.recent is not None:
            self.recent.merge_windows(other.recent)

    def merge_arms(self, other: Tally) -> None:
        """Append other arms of the same windows and replicates."""
        same = all(getattr(self, name) == getattr(other, name) for name in _COUNTS)
        if not same or not np.array_equal(self.events, other.events):
            raise RunError(
                "the shards to merge hold the same windows but other labels; accepted are arms "
                "that scored the same events; check that every worker reads the same log"
            )
        for name in (*_SUMS, _SIGNED):
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))
        self._influence = np.concatenate([self.influence, other.influence])
        self._events = self.events.copy()
        self.items.merge_arms(other.items)
        if self.recent is not None and other.recent is not None:
            self.recent.merge_arms(other.recent)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of all sums as numeric arrays."""
        state: dict[str, NDArray[Any]] = {
            "counts": np.array([getattr(self, name) for name in _COUNTS], np.int64),
            "influence": self.influence.copy(),
            "user_events": self.events.copy(),
        }
        state.update({name: getattr(self, name).copy() for name in (*_SUMS, _SIGNED)})
        state.update(self.items.state_dict())
        if self.recent is not None:
            own = self.recent.state_dict()
            state.update({f"recent/{name}": array for name, array in own.items()})
        return state

    def load_state_dict(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over the sums of :meth:`state_dict`; :class:`RunError` on another shape."""
        for name in (*_SUMS, _SIGNED):
            own = getattr(self, name)
            setattr(self, name, saved(state, name, own.dtype.type, *own.shape))
        counts = saved(state, "counts", np.int64, len(_COUNTS))
        for name, value in zip(_COUNTS, counts.tolist(), strict=True):
            setattr(self, name, value)
        self._events = saved(state, "user_events", np.int64, None)
        self._users = len(self._events)
        self.weight = int(self._events.sum())
        shape = (len(self._influence), self._users)
        self._influence = saved(state, "influence", np.float64, *shape)
        self.items.load_state_dict(state)
        if self.recent is not None:
            start = "recent/"
            self.recent.load_state_dict(
                {key[len(start) :]: value for key, value in state.items() if key.startswith(start)}
            )


def _mean(values: Sequence[Float64]) -> Float64:
    total = values[0].copy()
    for value in values[1:]:
        total += value
    return total / len(values)
