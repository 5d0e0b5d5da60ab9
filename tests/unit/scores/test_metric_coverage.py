"""Intervals of means over requests and users hold as often as they say: users are unequal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lis_sim.scores import (
    EventColumns,
    FamilyPlan,
    LisFamily,
    Measured,
    MetricsPlan,
    score_cells,
)

METRICS = MetricsPlan(ndcg=(3,), mrr=True, user_auc=True)
PLAN = FamilyPlan(
    ("clean", "leaked:s"), 1, warmup=0, preferences=("s",), form="joint", metrics=METRICS
)
SHOWN, WINDOWS, USERS, DRAWS = 6, 3, 80, 150


def scores(users: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return ``lis`` of every metric in a log of ``users``.

    Few have most of the requests, the arm helps some more than others, and the busiest least: what
    an interval by requests, or by users who are all alike, does not see.
    """
    draw = np.random.default_rng(seed)
    requests = np.minimum(1 + draw.pareto(1.5, users).astype(np.int64) * 2, 60)
    helped = np.repeat(draw.normal(0.8, 0.8, users) - 0.01 * requests, requests)
    owner = np.repeat(np.arange(users, dtype=np.int32), requests)
    window = draw.integers(0, WINDOWS, len(owner))
    family = LisFamily(PLAN)
    for k in range(WINDOWS):
        own = window == k
        request = np.repeat(np.arange(own.sum(), dtype=np.int32), SHOWN)
        user, gain = np.repeat(owner[own], SHOWN), np.repeat(helped[own], SHOWN)
        taste = draw.normal(size=len(user))
        label = (draw.random(len(user)) < 1 / (1 + np.exp(1 - 2 * taste))).astype(np.int8)
        clean = np.round(0.5 * taste + draw.normal(size=len(user)), 1)
        leaked = np.round(clean + 0.3 * gain * taste, 1)
        cells = score_cells(
            [clean, leaked],
            label,
            user,
            measured=Measured(METRICS, EventColumns({}, request)),
        )
        family.add(k, {("clean", 0): cells[0], ("leaked:s", 0): cells[1]})
    return {one["metric"]: one["scores"][0] for one in family.metrics()}


@pytest.fixture(scope="module")
def truth() -> dict[str, float]:
    return {name: score["value"] for name, score in scores(200 * USERS * 5, 1_000_000).items()}


def test_intervals_hold_as_often_as_they_say(truth: dict[str, float]) -> None:
    held = dict.fromkeys(truth, 0)
    for seed in range(DRAWS):
        for name, score in scores(USERS, seed).items():
            held[name] += score["low"] <= truth[name] <= score["high"]
    # 95 % of 150 draws, give or take two and a half standard errors.
    for name, often in held.items():
        assert 0.905 <= often / DRAWS <= 0.995, (name, often, truth[name])
