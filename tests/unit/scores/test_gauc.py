"""GAUC against a loop over users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.scores import auc, gauc

EVENTS = st.lists(
    st.tuples(st.sampled_from([-1.0, -0.0, 0.0, 0.5]), st.booleans(), st.integers(0, 5)),
    max_size=40,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(events=EVENTS)
def test_equals_a_loop_over_users(dtype: Any, events: list[tuple[float, bool, int]]) -> None:
    score = np.array([e[0] for e in events], dtype)
    label = np.array([e[1] for e in events], np.float32)
    user = np.array([e[2] for e in events], np.int64) * 1_000_003 % 2**31
    total = weight = 0.0
    for one in np.unique(user):
        value = auc(score[user == one], label[user == one]).value
        if value is not None:
            total += value * (user == one).sum()
            weight += (user == one).sum()
    assert gauc(score, label, user) == (pytest.approx(total / weight) if weight else None)


def test_users_with_one_class_have_no_weight() -> None:
    score, user = np.array([0.9, 0.1, 0.5, 0.6]), np.array([0, 0, 1, 1])
    assert gauc(score, np.array([1, 0, 1, 1]), user) == 1.0
    assert gauc(score, np.array([1, 1, 0, 0]), user) is None
    assert gauc(np.zeros(0), np.zeros(0), np.zeros(0, np.int32)) is None


@given(events=EVENTS, seed=st.integers(0, 5))
def test_row_order_changes_no_bit(events: list[tuple[float, bool, int]], seed: int) -> None:
    score, label = np.array([e[0] for e in events]), np.array([e[1] for e in events])
    user = np.array([e[2] for e in events], np.int32)
    rows = np.random.Generator(np.random.Philox(key=seed)).permutation(len(events))
    assert gauc(score, label, user) == gauc(score[rows], label[rows], user[rows])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_a_loop_over_many_users(dtype: Any) -> None:
    rng = np.random.Generator(np.random.Philox(key=6))
    user = rng.zipf(1.4, 20_000) % 500
    label = (rng.random(20_000) < 0.3).astype(np.float32)
    score = np.round(rng.normal(size=20_000) + label, 1).astype(dtype)
    total = weight = 0
    for one in np.unique(user):
        own = user == one
        value = auc(score[own], label[own]).value
        if value is not None:
            total += value * own.sum()
            weight += own.sum()
    assert gauc(score, label, user) == pytest.approx(total / weight, abs=1e-12)
