"""Sums over windows of what is measured beside the AUC on the log's own labels."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lis_sim.scores.accumulate import Accumulator, Contrast
from lis_sim.scores.influence import without_user
from lis_sim.scores.metrics_plan import LABEL, Metric
from lis_sim.types import Float64


class OutcomeAccumulator(Accumulator):
    """The sums of an AUC on another label: the same, without a histogram of logits."""

    bins = 0


class GroupAccumulator(Accumulator):
    """The sums of a mean over groups, each of one user: requests, or users within windows.

    The mean is a ratio of sums over users, ``sum_u S_u / sum_u n_u`` with ``n_u`` groups of the
    user and ``S_u`` the sum of their values. Without user ``u`` it would change by
    ``(S_u - mean n_u) / (N - n_u)``, exactly: the clustered variance is the jackknife's. Items
    have no part in it, since a group's value is that of all its items.

    Source: Cochran 1977, "Sampling techniques", chapter 6 (ratio estimators).
    """

    bins = 0

    def _without_user(
        self, influence: Float64, events: NDArray[Any], contrast: Contrast
    ) -> Float64:
        total, groups = self._combined(influence, contrast), float(events.sum())
        mean = float(total.sum()) / groups if groups else 0.0
        return without_user(total - mean * events, events)


def sums_of(metric: Metric) -> type[Accumulator]:
    """Return what sums ``metric`` up."""
    return GroupAccumulator if metric.label == LABEL else OutcomeAccumulator
