"""The running sums of one slice: what is left of its windows once they are committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.scores.window import SliceCell
from lis_sim.types import Bool, Float64, Int64

_COUNTS = ("windows", "undefined", "positives", "negatives", "all_events", "all_positives")
_SUMS = ("auc_sum", "gauc_sum", "gauc_weight", "log_loss_sum", "predicted_sum", "histogram")


class Tally:
    """Sums over the windows of one slice for ``A`` arms x ``R`` replicates.

    A window with one class has no AUC: it is counted as undefined and gives nothing to the AUC
    sums, while its log loss and predicted probabilities still count. ``influence`` (A, users)
    holds, for the average over replicates, the sum over windows of weight x influence, and
    grows with the largest user index. Weights are the labelled events of the slice. Logits are
    counted in ``bins`` bins; none where the pooled AUC is not asked for.
    """

    def __init__(self, arms: int, replicates: int, bins: int = 0) -> None:
        self.windows = self.undefined = 0
        self.positives = self.negatives = 0  # of defined windows: their sum is the total weight
        self.all_events = self.all_positives = 0  # of every window
        shape = (arms, replicates)
        self.auc_sum: Float64 = np.zeros(shape)
        self.gauc_sum: Float64 = np.zeros(shape)
        self.gauc_weight: Int64 = np.zeros(shape, np.int64)
        self.log_loss_sum: Float64 = np.zeros(shape)
        self.predicted_sum: Float64 = np.zeros(shape)
        self.histogram: Int64 = np.zeros((*shape, bins, 2), np.int64)  # (negatives, positives)
        self._influence: Float64 = np.zeros((arms, 0))
        self._seen: Bool = np.zeros(0, np.bool_)
        self._users = 0

    @property
    def weight(self) -> int:
        """Labelled events of the defined windows."""
        return self.positives + self.negatives

    @property
    def influence(self) -> Float64:
        """Weight x influence, summed over windows (A, users)."""
        return self._influence[:, : self._users]

    @property
    def seen(self) -> Bool:
        """Which users (users,) had an event in a defined window."""
        return self._seen[: self._users]

    @property
    def users(self) -> int:
        return int(np.count_nonzero(self.seen))

    def add(self, cells: Sequence[Sequence[SliceCell]]) -> None:
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
        self._add_auc(cells, first)

    def _add_auc(self, cells: Sequence[Sequence[SliceCell]], first: SliceCell) -> None:
        self._grow(int(first.users[-1]) + 1)
        self._seen[first.users] = True
        for a, row in enumerate(cells):
            average = np.zeros(len(first.users))
            for r, cell in enumerate(row):
                assert cell.auc is not None  # every cell of a window has the same labels
                self.auc_sum[a, r] += first.events * cell.auc
                average += cell.influence
            self._influence[a, first.users] += average * (first.events / len(row))

    def _grow(self, users: int) -> None:
        self._users = max(self._users, users)
        capacity = self._influence.shape[1]
        if users <= capacity:
            return
        # Doubling keeps the total cost of copying linear in the number of users.
        larger = max(users, 2 * capacity)
        influence = np.zeros((self._influence.shape[0], larger))
        influence[:, :capacity] = self._influence
        seen = np.zeros(larger, np.bool_)
        seen[:capacity] = self._seen
        self._influence, self._seen = influence, seen

    def merge_windows(self, other: Tally) -> None:
        """Add the sums of other windows of the same arms and replicates."""
        self._grow(other._users)
        for name in (*_COUNTS, *_SUMS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self._influence[:, : other._users] += other.influence
        self._seen[: other._users] |= other.seen

    def merge_arms(self, other: Tally) -> None:
        """Append other arms of the same windows and replicates."""
        same = all(getattr(self, name) == getattr(other, name) for name in _COUNTS)
        if not same or not np.array_equal(self.seen, other.seen):
            raise RunError(
                "the shards to merge hold the same windows but other labels; accepted are arms "
                "that scored the same events; check that every worker reads the same log"
            )
        for name in _SUMS:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))
        self._influence = np.concatenate([self.influence, other.influence])
        self._seen = self.seen.copy()

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of all sums as numeric arrays."""
        counts = np.array([getattr(self, name) for name in _COUNTS], np.int64)
        state: dict[str, NDArray[Any]] = {name: getattr(self, name).copy() for name in _SUMS}
        return {
            "counts": counts,
            **state,
            "influence": self.influence.copy(),
            "seen": self.seen.copy(),
        }

    def load_state_dict(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over the sums of :meth:`state_dict`; :class:`RunError` on another shape."""
        for name in _SUMS:
            if state[name].shape != getattr(self, name).shape:
                raise RunError(
                    f"the checkpoint's {name} has shape {state[name].shape}; this run needs "
                    f"{getattr(self, name).shape}; resume with the arms and replicates of the run"
                )
            setattr(self, name, state[name].copy())
        for name, value in zip(_COUNTS, state["counts"], strict=True):
            setattr(self, name, int(value))
        self._influence = state["influence"].copy()
        self._seen = state["seen"].astype(np.bool_)
        self._users = len(self._seen)
