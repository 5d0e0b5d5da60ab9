"""The single measures of which a preference data set's profile is made."""

from __future__ import annotations

import math

import numpy as np

from lis_sim.preference.gathered import Gathered, LogCounts
from lis_sim.preference.profile import (
    Age,
    Concentration,
    Coverage,
    Overlap,
    Popularity,
    Support,
)
from lis_sim.types import Bool, Float64, Int64

_DAY_US = 86_400_000_000
HALF_SURE = 5.0  # engagements: half of what is said of an item is its own then
_QUARTILES = (0.25, 0.5, 0.75)


def coverage_of(gathered: Gathered, log: LogCounts) -> Coverage:
    """Return which items and users have evidence."""
    covered = with_vector(gathered)
    left_out = 1.0 - _share(len(gathered), log.events)
    return Coverage(
        items=float(covered.mean()),
        impressions=_share(log.impressions[covered].sum(), log.events),
        users=len(np.unique(gathered.user)),
        users_of_log=int((log.users > 0).sum()),
        users_reachable=float((1.0 - left_out**log.users).sum()),
    )


def support_of(gathered: Gathered, log: LogCounts) -> Support:
    """Return how many engagements vectors rest on."""
    covered = with_vector(gathered)
    engaged = _as_level(gathered, _counts(gathered, gathered.engaged))
    shown = log.impressions * covered
    total, events = int(gathered.engaged.sum()), len(gathered)
    return Support(
        events=events,
        engagements=total,
        rate=_share(total, events),
        per_item=_quartiles(engaged, covered.astype(np.float64)),
        per_impression=_quartiles(engaged, shown),
        weight=_weight(engaged, shown),
        weight_of_log=_weight(_as_level(gathered, log.engagements), shown),
    )


def age_of(gathered: Gathered, log: LogCounts, events_after: int) -> Age | None:
    """Return when the evidence is from; ``events_after``: the log's after the newest of it."""
    if not len(gathered):
        return None
    newest = int(gathered.time_us.max())
    median = float(np.median(log.end_us - gathered.time_us)) / _DAY_US
    return Age(
        oldest_us=int(gathered.time_us.min()),
        newest_us=newest,
        median_days=median,
        newest_days=(log.end_us - newest) / _DAY_US,
        events_after=_share(events_after, log.events),
    )


def concentration_of(gathered: Gathered, log: LogCounts) -> Concentration:
    """Return what the busiest 1 % of items and users make of it."""
    return Concentration(
        items=_top_share(_counts(gathered, gathered.engaged)),
        items_of_log=_top_share(log.engagements),
        users=_top_share(np.bincount(gathered.user)),
        users_of_log=_top_share(log.users),
    )


def popularity_of(gathered: Gathered, log: LogCounts) -> Popularity:
    """Return how far it ranks the items as the log does."""
    events = _counts(gathered, np.ones(len(gathered)))
    met = events > 0
    engaged = _counts(gathered, gathered.engaged)
    rate = engaged[met] / events[met]
    label_rate = log.engagements[met] / log.impressions[met]
    return Popularity(
        impressions=spearman(engaged[met], log.impressions[met].astype(np.float64)),
        label_rate=spearman(rate, label_rate),
    )


def overlap_of(gathered: Gathered, other: Gathered) -> Overlap:
    """Return how far ``other`` holds the same engagements."""
    mine, theirs = _engaged_pairs(gathered), _engaged_pairs(other)
    both = len(np.intersect1d(mine, theirs, assume_unique=True))
    either = len(mine) + len(theirs) - both
    return Overlap(other.spec.name, _share(both, len(mine)), _share(both, either))


def with_vector(gathered: Gathered) -> Bool:
    """Return the items that have a vector, ``(I,)``."""
    met = np.bincount(gathered.item, minlength=gathered.material.items) > 0
    level = gathered.material.level
    if level is None:
        return met
    known = np.zeros(level.values, np.bool_)
    known[level.value[met]] = True
    return known[level.value] & (met if not level.catalogue else True)


def spearman(left: Float64, right: Float64) -> float | None:
    """Return the rank correlation of two arrays; ties share their mean rank.

    >>> spearman(np.array([1.0, 2.0, 9.0]), np.array([0.0, 5.0, 7.0]))
    1.0
    """
    if len(left) < 2:
        return None
    ranks = np.stack([_ranks(left), _ranks(right)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = np.square(ranks).sum(axis=1)
    if not spread.all():
        return None
    return float((ranks[0] * ranks[1]).sum() / np.sqrt(spread[0] * spread[1]))


def _counts(gathered: Gathered, weights: Float64) -> Float64:
    return np.asarray(np.bincount(gathered.item, weights, gathered.material.items), np.float64)


def _as_level(gathered: Gathered, counts: Float64 | Int64) -> Float64:
    """Return every item's count, or that of its value where vectors are made of values."""
    level = gathered.material.level
    if level is None:
        return counts.astype(np.float64)
    known = level.value >= 0
    of_value = np.bincount(level.value[known], counts[known], level.values)
    return np.where(known, of_value[level.value], 0.0)


def _weight(engaged: Float64, shown: Int64) -> float:
    total = shown.sum()
    return float((shown * (engaged / (engaged + HALF_SURE))).sum() / total) if total else 0.0


def _quartiles(values: Float64, weights: Float64 | Int64) -> tuple[float, float, float]:
    """Return the weighted quartiles of ``values``."""
    if not weights.any():
        return (0.0, 0.0, 0.0)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    at = np.searchsorted(reached, np.array(_QUARTILES) * reached[-1])
    low, middle, high = values[order][at].tolist()
    return (low, middle, high)


def _top_share(counts: Float64 | Int64) -> float:
    """Return the share of the 1 % largest (at least one) of those that are not 0."""
    present = np.sort(counts[counts > 0])[::-1]
    top = present[: math.ceil(0.01 * len(present))]
    return _share(top.sum(), present.sum())


def _engaged_pairs(gathered: Gathered) -> Int64:
    engaged = gathered.engaged > 0
    item = gathered.item[engaged].astype(np.int64)
    return np.unique(gathered.user[engaged].astype(np.int64) * gathered.material.items + item)


def _ranks(values: Float64) -> Float64:
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[at])


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
