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
