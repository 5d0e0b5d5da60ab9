"""Sums over committed windows, from which every score and its interval is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, RunError, nearest
from lis_sim.scores.histogram import BINS, histogram_auc
from lis_sim.scores.interval import CONFIDENCE, Counts, Estimate, estimate
from lis_sim.scores.ratio import Covariance, fieller
from lis_sim.scores.tally import Tally
from lis_sim.scores.window import ALL, CellWindow, SliceCell
from lis_sim.types import Float64

Cells = Mapping[tuple[str, int], CellWindow]
Contrast = Mapping[str, float]


class Accumulator:
    """Window-stratified AUCs, their differences and their errors for ``A`` arms x ``R`` replicates.

    ``AUC = sum_k w_k AUC_k / sum_k w_k`` over the windows added, ``w_k`` the labelled events of
    the slice in window ``k``; a window in which the slice has one class is skipped and counted.
    Memory is users x arms x slices, whatever the length of the log. One accumulator is one
    scope: arms that are compared must have been added over the same windows.

    >>> from lis_sim.scores.window import score_cell
    >>> cells = {
    ...     ("clean", 0): score_cell(
    ...         np.array([-1.0, 1.0, 0.0]),
    ...         label := np.array([0, 0, 1]),
    ...         user := np.array([0, 1, 1]),
    ...     ),
    ...     ("leaked:s", 0): score_cell(np.array([-1.0, 0.0, 1.0]), label, user),
    ... }
    >>> accumulator = Accumulator(["clean", "leaked:s"], replicates=1)
    >>> accumulator.add(0, cells)
    >>> accumulator.estimate({"leaked:s": 1, "clean": -1}).value
    0.5
    """

    def __init__(self, arms: Sequence[str], replicates: int, slices: Sequence[str] = ()) -> None:
        if replicates < 1 or not arms or len(set(arms)) != len(arms):
            raise ConfigError(
                f"got replicates {replicates} and arms {list(arms)}; accepted are at least one "
                "replicate and at least one arm, each named once"
            )
        self.arms = tuple(arms)
        self.replicates = replicates
        self.slices = (ALL, *(name for name in slices if name != ALL))
        self.windows: list[int] = []
        self._tallies = {
            name: Tally(len(self.arms), replicates, bins=BINS if name == ALL else 0)
            for name in self.slices
        }

    def add(self, window: int, cells: Cells) -> None:
        """Add the cells of one window: every arm x replicate, over the same events.

        ``window`` must lie after the windows added before. Raises :class:`RunError` on a repeated
        window, a missing cell or slice_name, or cells that saw other labels.
        """
        if self.windows and window <= self.windows[-1]:
            raise RunError(
                f"window {window} arrived after window {self.windows[-1]}; accepted are windows in "
                "increasing order, each once; cut the run folder back to its checkpoint"
            )
        grids = {name: self._grid(window, name, cells) for name in self.slices}
        for name, grid in grids.items():
            self._tallies[name].add(grid)
        self.windows.append(window)

    def _grid(self, window: int, name: str, cells: Cells) -> list[list[SliceCell]]:
        grid = [
            [_slice_of(cells, window, arm, replicate, name) for replicate in range(self.replicates)]
            for arm in self.arms
        ]
        first = grid[0][0]
        for arm, row in zip(self.arms, grid, strict=True):
            for replicate, cell in enumerate(row):
                same = (cell.positives, cell.negatives) == (first.positives, first.negatives)
                if not same or not np.array_equal(cell.users, first.users):
                    raise RunError(
                        f"window {window}, slice {name!r}: arm {arm!r} of replicate {replicate} "
                        f"scored {cell.positives} positives and {cell.negatives} negatives, arm "
                        f"{self.arms[0]!r} of replicate 0 {first.positives} and "
                        f"{first.negatives}, or other users; accepted are the same events"
                    )
        return grid

    def counts(self, slice_name: str = ALL) -> Counts:
        """Return what the estimates of ``slice_name`` rest on."""
        tally = self._tally(slice_name)
        return Counts(tally.users, tally.windows, tally.undefined, tally.positives, tally.negatives)

    def estimate(
        self, contrast: Contrast, slice_name: str = ALL, confidence: float = CONFIDENCE
    ) -> Estimate:
        """Return ``sum_a contrast[a] * AUC(a)`` with its interval.

        Arms that gave equal scores cancel to exactly 0.0. Raises :class:`ConfigError` for an
        unknown arm or slice.
        """
        tally = self._tally(slice_name)
        return estimate(
            self._per_replicate(tally, contrast),
            self._influence(tally, contrast),
            self.counts(slice_name),
            self.replicates,
            confidence,
        )

    def covariance(self, first: Contrast, second: Contrast, slice_name: str = ALL) -> Covariance:
        """Return the covariance of two contrasts, part by part."""
        tally = self._tally(slice_name)
        users = tally.users
        product = self._influence(tally, first) * self._influence(tally, second)
        clustered = users / (users - 1) * float(product.sum()) if users > 1 else 0.0
        x, y = self._per_replicate(tally, first), self._per_replicate(tally, second)
        if self.replicates < 2 or x is None or y is None:
            return Covariance(clustered, None)
        mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
        shared = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
        return Covariance(clustered, shared / (self.replicates - 1) / self.replicates)

    def ratio(self, numerator: Contrast, denominator: Contrast, slice_name: str = ALL) -> Estimate:
        """Return one contrast divided by another, with Fieller's interval."""
        return fieller(
            self.estimate(numerator, slice_name),
            self.estimate(denominator, slice_name),
            self.covariance(numerator, denominator, slice_name),
        )

    def gauc(self, arm: str, slice_name: str = ALL) -> float | None:
        """Return the mean over replicates of the per-user, event-weighted AUC within windows."""
        tally, row = self._tally(slice_name), self._arm(arm)
        weight = tally.gauc_weight[row]
        return _mean(tally.gauc_sum[row] / weight) if weight.all() else None

    def log_loss(self, arm: str, slice_name: str = ALL) -> float | None:
        """Return the mean log loss in nats over all events added."""
        tally, row = self._tally(slice_name), self._arm(arm)
        return _mean(tally.log_loss_sum[row] / tally.all_events) if tally.all_events else None

    def calibration(self, arm: str, slice_name: str = ALL) -> float | None:
        """Return predicted engagements / engagements over all events added."""
        tally, row = self._tally(slice_name), self._arm(arm)
        return (
            _mean(tally.predicted_sum[row] / tally.all_positives) if tally.all_positives else None
        )

    def auc_pooled(self, arm: str) -> float | None:
        """Return the AUC over all events at once, from the histograms; not the headline."""
        histograms = self._tally(ALL).histogram[self._arm(arm)]
        values = [histogram_auc(counts[:, 1], counts[:, 0]) for counts in histograms]
        known = [value for value in values if value is not None]
        return math.fsum(known) / len(known) if known else None

    def merge(self, other: Accumulator) -> None:
        """Add another shard: other windows of the same arms, or other arms of the same windows.

        Merged arms give the same bytes as the whole; merged windows agree up to rounding of the
        sums. Raises :class:`RunError` for shards that overlap in both or in neither.
        """
        alike = (self.replicates, self.slices) == (other.replicates, other.slices)
        if alike and self.arms == other.arms and not set(self.windows) & set(other.windows):
            for name, tally in self._tallies.items():
                tally.merge_windows(other._tallies[name])
            self.windows = sorted(self.windows + other.windows)
        elif alike and self.windows == other.windows and not set(self.arms) & set(other.arms):
            for name, tally in self._tallies.items():
                tally.merge_arms(other._tallies[name])
            self.arms += other.arms
        else:
            raise RunError(
                f"cannot merge arms {list(other.arms)} over {len(other.windows)} windows into arms "
                f"{list(self.arms)} over {len(self.windows)}; accepted are the same arms over "
                "other windows, or other arms over the same windows, with the same replicates "
                "and slices"
            )

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return everything as one flat mapping of numeric arrays (copies)."""
        state: dict[str, NDArray[Any]] = {"windows": np.array(self.windows, np.int64)}
        for name, tally in self._tallies.items():
            state.update({f"{name}/{key}": value for key, value in tally.state_dict().items()})
        return state

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from :meth:`state_dict`; :class:`RunError` if it is of another run."""
        for name, tally in self._tallies.items():
            start = f"{name}/"
            own = {
                key[len(start) :]: value for key, value in state.items() if key.startswith(start)
            }
            if not own:
                raise RunError(
                    f"the checkpoint has no slice {name!r}; resume with the slices of the run"
                )
            tally.load_state_dict(own)
        self.windows = [int(window) for window in state["windows"]]

    def _tally(self, slice_name: str) -> Tally:
        if slice_name not in self._tallies:
            raise ConfigError(
                f"unknown slice {slice_name!r}; accepted are {list(self.slices)}"
                f"{nearest(slice_name, self.slices)}"
            )
        return self._tallies[slice_name]

    def _arm(self, arm: str) -> int:
        if arm not in self.arms:
            raise ConfigError(
                f"unknown arm {arm!r}; accepted are {list(self.arms)}{nearest(arm, self.arms)}"
            )
        return self.arms.index(arm)

    def _per_replicate(self, tally: Tally, contrast: Contrast) -> Float64 | None:
        rows = {self._arm(arm): float(factor) for arm, factor in contrast.items()}
        if tally.weight == 0:
            return None
        auc = tally.auc_sum / tally.weight
        # fsum rounds once, at the end, so equal arms cancel whatever their order.
        return np.array(
            [
                math.fsum(factor * auc[row, r] for row, factor in rows.items())
                for r in range(self.replicates)
            ]
        )

    def _influence(self, tally: Tally, contrast: Contrast) -> Float64:
        total = np.zeros(tally.influence.shape[1])
        for arm, factor in contrast.items():
            total += factor * tally.influence[self._arm(arm)]
        return total / tally.weight if tally.weight else total


def _slice_of(cells: Cells, window: int, arm: str, replicate: int, name: str) -> SliceCell:
    cell = cells.get((arm, replicate))
    if cell is None or name not in cell.slices:
        have = sorted(cells) if cell is None else sorted(cell.slices)
        raise RunError(
            f"window {window} lacks slice {name!r} of arm {arm!r}, replicate {replicate}; arrived: "
            f"{have}; accepted are all arms x replicates and all slices of the run"
        )
    return cell.slices[name]


def _mean(values: Float64) -> float:
    return math.fsum(values) / len(values)
