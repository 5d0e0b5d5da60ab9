"""Sums over committed windows, from which every score and its interval is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores.anytime import anytime_half_width
from lis_sim.scores.histogram import histogram_auc
from lis_sim.scores.influence import without_user
from lis_sim.scores.interval import CONFIDENCE, Counts, Estimate, Part, estimate, items_part
from lis_sim.scores.items import ItemSums
from lis_sim.scores.ratio import Covariance, fieller
from lis_sim.scores.spread import windows_variance
from lis_sim.scores.sums import Sums
from lis_sim.scores.tally import Tally
from lis_sim.scores.window import ALL
from lis_sim.types import Float64

Contrast = Mapping[str, float]


class Accumulator(Sums):
    """Window-stratified AUCs, their differences and their errors for ``A`` arms x ``R`` replicates.

    ``AUC = sum_k w_k AUC_k / sum_k w_k`` over the windows added, ``w_k`` the labelled events of
    the slice in window ``k``; a window in which the slice has one class is skipped and counted.
    Memory is (users + items) x arms x slices, whatever the log's length. One accumulator is one
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
            self._per_replicate(tally.auc_sum, tally.weight, contrast),
            self._influence(tally, contrast),
            self.counts(slice_name),
            self.replicates,
            confidence,
            self._items(tally.items, tally.weight, contrast),
        )

    def anytime(
        self,
        contrast: Contrast,
        minimum_effect: float,
        slice_name: str = ALL,
        found: Estimate | None = None,
    ) -> tuple[float, float] | None:
        """Return the confidence sequence of the contrast: it may be looked at after any window.

        ``found`` is the contrast's estimate where there is one already. None with one replicate,
        fewer than two users or no defined window.
        """
        found = self.estimate(contrast, slice_name) if found is None else found
        users, training = found.standard_error_users, found.standard_error_training
        items = found.standard_error_items or 0.0
        if found.value is None or users is None or training is None:
            return None
        tally = self._tally(slice_name)
        signed = self._combined(tally.signed_auc_sum, contrast)
        half = anytime_half_width(
            users**2 + items**2,
            training**2,
            windows_variance(signed / tally.weight),
            self.replicates,
            minimum_effect,
        )
        return found.value - half, found.value + half

    def recent(self, contrast: Contrast) -> Estimate:
        """Return the contrast over all events with older windows counting less.

        It estimates the same weighted mean of the true score, so its interval holds for a score
        that moves; the counts are those of all windows.
        """
        sums = self._tallies[ALL].recent
        assert sums is not None
        return estimate(
            self._per_replicate(sums.auc_sum, sums.weight, contrast),
            self._without_user(sums.influence, sums.events, contrast),
            self.counts(),
            self.replicates,
            items=self._items(sums.items, sums.weight, contrast),
        )

    def covariance(self, first: Contrast, second: Contrast, slice_name: str = ALL) -> Covariance:
        """Return the covariance of two contrasts, part by part."""
        tally = self._tally(slice_name)
        users = tally.users
        product = self._influence(tally, first) * self._influence(tally, second)
        clustered = users / (users - 1) * float(product.sum()) if users > 1 else 0.0
        items = self._items_covariance(tally, first, second)
        x = self._per_replicate(tally.auc_sum, tally.weight, first)
        y = self._per_replicate(tally.auc_sum, tally.weight, second)
        if self.replicates < 2 or x is None or y is None:
            return Covariance(clustered, None, items)
        mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
        shared = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
        return Covariance(clustered, shared / (self.replicates - 1) / self.replicates, items)

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

    def _per_replicate(self, auc_sum: Float64, weight: float, contrast: Contrast) -> Float64 | None:
        rows = {self._arm(arm): float(factor) for arm, factor in contrast.items()}
        if weight == 0:
            return None
        auc = auc_sum / weight
        # fsum rounds once, at the end, so equal arms cancel whatever their order.
        return np.array(
            [
                math.fsum(factor * auc[row, r] for row, factor in rows.items())
                for r in range(self.replicates)
            ]
        )

    def _influence(self, tally: Tally, contrast: Contrast) -> Float64:
        return self._without_user(tally.influence, tally.events, contrast)

    def _without_user(
        self, influence: Float64, events: NDArray[Any], contrast: Contrast
    ) -> Float64:
        """Return by how much the contrast would change without each user (users,)."""
        return without_user(self._combined(influence, contrast), events)

    def _combined(self, by_arm: Float64, contrast: Contrast) -> Float64:
        """Return the contrast of rows ``(A, ...)``; equal arms cancel to exactly 0."""
        total = np.zeros(by_arm.shape[1:])
        for arm, factor in contrast.items():
            total += factor * by_arm[self._arm(arm)]
        return total

    def _items(self, sums: ItemSums, weight: float, contrast: Contrast) -> Part | None:
        if not sums.by_item.shape[1] or not weight:
            return None
        return items_part(*self._by_item_and_pair(sums, weight, contrast))

    def _by_item_and_pair(
        self, sums: ItemSums, weight: float, contrast: Contrast
    ) -> tuple[Float64, Float64]:
        by_item, by_pair = (self._combined(one, contrast) for one in (sums.by_item, sums.by_pair))
        return by_item / weight, by_pair / weight

    def _items_covariance(self, tally: Tally, first: Contrast, second: Contrast) -> float:
        """Return what two contrasts share through items: by item, less by pair, within reason."""
        parts = [self._items(tally.items, tally.weight, one) for one in (first, second)]
        if None in parts:
            return 0.0
        x, y = (self._by_item_and_pair(tally.items, tally.weight, one) for one in (first, second))
        shared = float((x[0] * y[0]).sum()) - float((x[1] * y[1]).sum())
        # Each variance is cut off at 0, so the covariance must be as well.
        most = math.sqrt(math.prod(part.variance for part in parts if part is not None))
        return min(most, max(-most, shared))


def _mean(values: Float64) -> float:
    return math.fsum(values) / len(values)
