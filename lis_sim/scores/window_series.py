"""What is watched for drift: the values of one window alone, each with its own standard error.

Axis legend: ``R`` replicates, ``m`` users of the window, ``i`` items of the window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lis_sim.arms import Arm
from lis_sim.scores.family import PREFERENCE_SCORES, REPRESENTATION_SCORES, score_contrast
from lis_sim.scores.influence import clustered_variance, without_user
from lis_sim.scores.interval import items_part, training_part
from lis_sim.scores.plan import CLEAN, FamilyPlan
from lis_sim.scores.records import Record
from lis_sim.scores.sums import Cells
from lis_sim.scores.window import ALL, SliceCell
from lis_sim.types import Float64, Int32

# The others follow from these and the arms' AUCs: every series more is a chance more of an alarm.
WATCHED_OF_PREFERENCES = ("lis_crossfit", "lis_crossfit_over_placebo")
WATCHED_OF_REPRESENTATIONS = ("ais", "ais_over_placebo")


class Measured(NamedTuple):
    """A value of one window and its standard error; None where either does not exist."""

    value: float | None
    standard_error: float | None


NOTHING = Measured(None, None)


def window_series(plan: FamilyPlan, window: int, cells: Cells) -> list[Record]:
    """Return the watched series of one window, unlike ``scores``, which sum over windows.

    One record each for the AUC and the calibration (predicted engagements / engagements) of every
    arm, the label rate, and the scores of every preference data set and representation, with
    ``series``, ``arm``, ``preference``, ``representation``, ``value`` and ``standard_error``
    (both in the units of the series; None in a window of one class, and the error with fewer than
    two users). Arms and scores of a representation are None in windows that do not count for it,
    before its cut: there its table may have seen the events, and its end is no drift. Standard
    errors have the parts of every interval: users, what they share through items (of AUCs), and
    the luck of training where there are replicates; the label rate has the users' alone.

    >>> from lis_sim.scores.window import score_cells
    >>> plan = FamilyPlan(("clean",), 1, warmup=0, form="residual")
    >>> label, user = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    >>> (clean,) = score_cells([np.array([-1.0, 1.0, 0.0, 2.0])], label, user)
    >>> for one in window_series(plan, 0, {("clean", 0): clean}):
    ...     print(one["series"], round(one["value"], 3), round(one["standard_error"], 3))
    auc 0.75 0.677
    calibration 1.19 0.416
    label_rate 0.5 0.289

    Source: the clustered form of :mod:`.influence`; for the label rate and the calibration, which
    are ratios of sums over users, the jackknife (Cochran 1977, "Sampling techniques", chapter 6).
    """
    aucs = {arm: _ArmWindow.of(_row(cells, arm, plan.replicates)) for arm in plan.arms}
    shown = {arm: _counts(plan, window, arm) for arm in plan.arms}
    found = [
        _record("auc", _contrast(aucs, {arm: 1.0}) if shown[arm] else NOTHING, arm=arm)
        for arm in plan.arms
    ]
    for arm in plan.arms:
        row = _row(cells, arm, plan.replicates)
        found.append(_record("calibration", _calibration(row) if shown[arm] else NOTHING, arm=arm))
    found.append(_record("label_rate", _label_rate(cells[CLEAN, 0].slices[ALL])))
    return found + list(_scores(plan, window, aucs))


def _scores(plan: FamilyPlan, window: int, aucs: Mapping[str, _ArmWindow]) -> Iterator[Record]:
    for name in plan.preferences:
        for score in WATCHED_OF_PREFERENCES:
            contrast = score_contrast(*PREFERENCE_SCORES[score], name)
            if contrast.keys() <= aucs.keys():
                yield _record(score, _contrast(aucs, contrast), preference=name)
    for table in plan.representations:
        shown = window >= plan.counted_from(table)
        for score in WATCHED_OF_REPRESENTATIONS:
            contrast = score_contrast(*REPRESENTATION_SCORES[score], table.name)
            if contrast.keys() <= aucs.keys():
                measured = _contrast(aucs, contrast) if shown else NOTHING
                yield _record(score, measured, representation=table.name)


def _counts(plan: FamilyPlan, window: int, arm: str) -> bool:
    """Return whether ``window`` may be shown of ``arm``; the warm-up of other arms is shown."""
    names = {table.name for table in plan.representations}
    return Arm.parse(arm).source not in names or window >= plan.first_counted(arm)


def _record(
    series: str,
    measured: Measured,
    arm: str | None = None,
    preference: str | None = None,
    representation: str | None = None,
) -> Record:
    return {
        "series": series,
        "arm": arm,
        "preference": preference,
        "representation": representation,
        "value": measured.value,
        "standard_error": measured.standard_error,
    }


def _row(cells: Cells, arm: str, replicates: int) -> list[SliceCell]:
    return [cells[arm, replicate].slices[ALL] for replicate in range(replicates)]


@dataclass(frozen=True, slots=True)
class _ArmWindow:
    """One arm in one window: its AUC in every replicate, and the mean influence over them."""

    auc: Float64  # (R,), empty where the window has one class
    by_user: Float64  # (m,)
    by_item: Float64  # (i,)
    by_pair: Float64  # (1024,)

    @classmethod
    def of(cls, row: Sequence[SliceCell]) -> _ArmWindow:
        first = row[0]
        if not first.defined:
            return cls(*(np.empty(0) for _ in range(4)))
        influence = _mean([cell.influence for cell in row])
        return cls(
            auc=np.array([cell.auc for cell in row], np.float64),
            by_user=without_user(first.events * influence, first.user_events),
            by_item=_mean([cell.item_influence for cell in row]),
            by_pair=_mean([cell.pair_influence for cell in row]),
        )


def _contrast(aucs: Mapping[str, _ArmWindow], contrast: Mapping[str, float]) -> Measured:
    """Return ``sum_a contrast[a] AUC(a)`` of the window; equal arms cancel to exactly 0."""
    factors = [(factor, aucs[arm]) for arm, factor in contrast.items()]
    if not len(factors[0][1].auc):
        return NOTHING
    per_replicate = np.array(
        [
            math.fsum(factor * auc for (factor, _), auc in zip(factors, of_replicate, strict=True))
            for of_replicate in zip(*(arm.auc for _, arm in factors), strict=True)
        ]
    )
    by_item = sum((f * arm.by_item for f, arm in factors), np.zeros(1))
    by_pair = sum((f * arm.by_pair for f, arm in factors), np.zeros(1))
    of_items = items_part(by_item, by_pair).variance if len(factors[0][1].by_item) else 0.0
    by_user = sum((f * arm.by_user for f, arm in factors), np.zeros(1))
    return _measured(per_replicate, by_user, of_items)


def _label_rate(cell: SliceCell) -> Measured:
    rate = cell.positives / cell.events if cell.events else None
    if rate is None or not cell.defined:
        return Measured(rate, None)
    return _measured(np.array([rate]), _of_ratio(cell.user_positives, cell.user_events))


def _calibration(row: Sequence[SliceCell]) -> Measured:
    if not row[0].defined:
        return NOTHING
    ratios = np.array([cell.predicted_sum / cell.positives for cell in row])
    by_user = _mean([_of_ratio(cell.user_predicted, cell.user_positives) for cell in row])
    return _measured(ratios, by_user)


def _of_ratio(above: Int32 | Float64, below: Int32) -> Float64:
    """Return by how much ``sum above / sum below`` would change without each user ``(m,)``."""
    ratio = float(above.sum()) / float(below.sum())
    return without_user(above - ratio * below, below)


def _measured(per_replicate: Float64, by_user: Float64, of_items: float = 0.0) -> Measured:
    value = math.fsum(per_replicate) / len(per_replicate)
    users = clustered_variance(by_user)
    if users is None:
        return Measured(value, None)
    training = training_part(per_replicate)
    of_training = 0.0 if training is None else training.variance
    return Measured(value, math.sqrt(math.fsum((users, of_items, of_training))))


def _mean(values: Sequence[Float64]) -> Float64:
    total = values[0].copy()
    for value in values[1:]:
        total += value
    return total / len(values)
