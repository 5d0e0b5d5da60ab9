"""Exact AUC, GAUC and the paired interval, clustered by user, against the usual ways to get them.

A million events of 10,000 users with scores of float32, of which some are tied. Every figure is
how many times as fast ours is; ``metrics_difference`` is the largest difference of any number.
``binned_auc_difference`` is what the AUC from counts in 65,536 bins, the form that is added over
shards, is off by; its bound is beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from benchmarks.interleaved import paired
from lis_sim.experiments.figure import Figure
from lis_sim.hashing import generator
from lis_sim.scores.auc import auc
from lis_sim.scores.binned_auc import BinnedAuc
from lis_sim.scores.gauc import gauc
from lis_sim.scores.influence import auc_influences, clustered_variance
from lis_sim.types import Float32, Float64, Int32

EVENTS = 1_000_000
USERS = 10_000
_EXACT = "<= 0.000000000001"


@dataclass(frozen=True, slots=True)
class _Events:
    label: Float32  # (n,)
    user: Int32  # (n,)
    score: tuple[Float32, Float32]  # (n,) of two arms


def figures() -> list[Figure]:
    """Return the ratios and the largest differences."""
    events = _events()
    first, label, user = events.score[0], events.label, events.user
    found = [
        paired(lambda: auc(first, label), lambda: roc_auc_score(label, first)).figure(
            "auc_sklearn", ">= 15", "roc_auc_score"
        ),
        paired(lambda: _binned(events), lambda: roc_auc_score(label, first)).figure(
            "binned_auc_sklearn", "", "counts of 65,536 bins against roc_auc_score"
        ),
        paired(lambda: gauc(first, label, user), lambda: _gauc_of_groups(events), 3).figure(
            "gauc_groupby", ">= 400", "roc_auc_score of every group of a pandas groupby"
        ),
        paired(lambda: _own_interval(events), lambda: _rankdata_interval(events)).figure(
            "interval_rankdata", ">= 5", "the difference of two AUC and its error, by midranks"
        ),
    ]
    return [*found, _difference(events), _binned_difference(events)]


def _events() -> _Events:
    draw = generator(0, "metrics benchmark")
    user = np.minimum(draw.zipf(1.3, EVENTS) - 1, USERS - 1)
    user = np.where(draw.random(EVENTS) < 0.5, user, draw.integers(0, USERS, EVENTS))
    taste = draw.normal(size=EVENTS)
    label = (draw.random(EVENTS) < 1.0 / (1.0 + np.exp(1.0 - taste))).astype(np.float32)
    scores = (
        np.round(taste + draw.normal(scale=scale, size=EVENTS), 4).astype(np.float32)
        for scale in (0.8, 1.0)
    )
    one, other = scores
    return _Events(label, user.astype(np.int32), (one, other))


def _binned(events: _Events) -> tuple[float, float]:
    """Return the AUC of the first arm from counts, and by how much it may be off."""
    found = BinnedAuc.of(events.score[0], events.label)
    assert found.auc.value is not None
    assert found.error is not None
    return found.auc.value, found.error


def _gauc_of_groups(events: _Events) -> float:
    frame = pd.DataFrame({"user": events.user, "label": events.label, "score": events.score[0]})
    total = weight = 0.0
    for _, group in frame.groupby("user"):
        if group["label"].nunique() == 2:
            total += len(group) * float(roc_auc_score(group["label"], group["score"]))
            weight += len(group)
    return total / weight


def _own_interval(events: _Events) -> tuple[float, float]:
    (one, other), users, influence = auc_influences(events.score, events.label, events.user)
    assert one.value is not None
    assert other.value is not None
    variance = clustered_variance(influence[0] - influence[1], len(users))
    assert variance is not None
    return one.value - other.value, math.sqrt(variance)


def _rankdata_interval(events: _Events) -> tuple[float, float]:
    """Sun and Xu 2014 by midranks, with DeLong's components summed by user (Obuchowski 1997)."""
    (one, by_one), (other, by_other) = (_midranks(events, score) for score in events.score)
    difference = (by_one - by_other)[np.bincount(events.user, minlength=USERS) > 0]
    users = len(difference)
    return one - other, math.sqrt(users / (users - 1) * float(np.square(difference).sum()))


def _midranks(events: _Events, score: Float32) -> tuple[float, Float64]:
    positive = events.label > 0
    above, below = score[positive], score[~positive]
    m, n = len(above), len(below)
    rank = rankdata(np.concatenate([above, below]))
    wins_above = (rank[:m] - rankdata(above)) / n
    wins_below = 1.0 - (rank[m:] - rankdata(below)) / m
    value = float(wins_above.mean())
    by_user = np.bincount(events.user[positive], wins_above - value, USERS) / m
    by_user += np.bincount(events.user[~positive], wins_below - value, USERS) / n
    return value, by_user


def _difference(events: _Events) -> Figure:
    first, label = events.score[0], events.label
    pairs = {
        "AUC": (auc(first, label).value, float(roc_auc_score(label, first))),
        "GAUC": (gauc(first, label, events.user), _gauc_of_groups(events)),
    }
    own, other = _own_interval(events), _rankdata_interval(events)
    pairs["difference of two AUC"] = (own[0], other[0])
    pairs["its standard error"] = (own[1], other[1])
    apart = {name: abs((a or 0.0) - b) for name, (a, b) in pairs.items()}
    told = ", ".join(f"{name} {value:.1e}" for name, value in apart.items())
    return Figure("metrics_difference", max(apart.values()), target=_EXACT, detail=told)


def _binned_difference(events: _Events) -> Figure:
    exact, (value, bound) = auc(events.score[0], events.label).value, _binned(events)
    assert exact is not None
    told = f"AUC {value:.9f} against the exact {exact:.9f}; the target is the bound"
    return Figure(
        "binned_auc_difference", abs(value - exact), target=f"<= {bound:.9f}", detail=told
    )
