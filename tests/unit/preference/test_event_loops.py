"""Loops of machine code against the same steps by arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import DataError
from lis_sim.preference.co_click import CoClick
from lis_sim.preference.co_click_settings import CoClickSettings
from lis_sim.preference.event_loops import by_user, fill_residuals, fill_scaled, subtract_rates
from lis_sim.preference.evidence import Evidence
from tests.unit.preference.worlds import evidence_from

ITEMS = 7
SEEDS = st.integers(0, 10**6)


def random_evidence(random: np.random.Generator) -> Evidence:
    user, item = random.integers(0, 5, 40), random.integers(0, ITEMS, 40)
    return evidence_from(user, item, random.integers(0, 2, 40))


@given(SEEDS, st.integers(1, 9))
def test_the_order_is_the_stable_one_without_the_oldest(seed: int, per_user: int) -> None:
    random = np.random.default_rng(seed)
    user = random.integers(0, 6, random.integers(0, 50)).astype(np.int32)
    size = np.bincount(user)
    kept = np.minimum(size, per_user)
    order = np.empty(kept.sum(), np.int64)
    by_user(user, size - kept, np.cumsum(kept) - kept, order)
    runs = [np.flatnonzero(user == one)[-per_user:] for one in range(len(size))]
    assert order.tolist() == [event for run in runs for event in run]


@given(SEEDS)
def test_residuals_are_labels_less_what_is_expected_times_both_scales(seed: int) -> None:
    random = np.random.default_rng(seed)
    evidence = random_evidence(random)
    groups = len(evidence.start) - 1
    rate, item_scale = random.random((2, ITEMS)).astype(np.float32)
    mean, user_scale = (random.random((2, groups)) - 0.5).astype(np.float32)
    bounds = np.array([0.2, 0.8], np.float32)
    each = np.repeat(np.arange(groups), np.diff(evidence.start))
    values = np.empty(len(evidence), np.float32)
    subtract_rates(evidence.item, evidence.label, rate, values)
    assert np.array_equal(values, evidence.label - rate[evidence.item])
    fill_residuals(
        evidence.start,
        evidence.item,
        evidence.label,
        rate,
        mean,
        bounds,
        user_scale,
        item_scale,
        values,
    )
    expected = np.clip(rate[evidence.item] + mean[each], *bounds)
    scales = user_scale[each] * item_scale[evidence.item]
    assert np.allclose(values, (evidence.label - expected) * scales, rtol=1e-5, atol=1e-7)
    fill_scaled(evidence.start, evidence.item, user_scale, item_scale, values)
    assert np.allclose(values, scales, rtol=1e-6)


@pytest.mark.parametrize("item", [-1, ITEMS, 2**30])
def test_an_item_there_is_not_is_refused(item: int) -> None:
    """Machine code would count it beyond the array's end."""
    evidence = evidence_from(np.array([0, 0]), np.array([1, item]), np.array([1, 0]))
    with pytest.raises(DataError, match=f"items .*{item}.*; accepted: 0 to 6"):
        CoClick(CoClickSettings(), ITEMS, seed=0).build(evidence)
