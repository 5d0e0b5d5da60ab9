"""What users share equals its definition, is nothing for coins, and shrinks as coins replace."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.preference.agreement import (
    Shared,
    event_correlation,
    ratio,
    shared_rates,
    shared_taste,
)
from lis_sim.preference.meetings import MOST_USERS, Meetings, densest
from lis_sim.types import Float64, Int32

USERS, ITEMS = 7, 5


def random_events(seed: int, events: int = 40) -> tuple[Int32, Int32, Float64]:
    random = np.random.default_rng(seed)
    user = random.integers(0, USERS, events).astype(np.int32)
    item = random.integers(0, ITEMS, events).astype(np.int32)
    return user, item, random.integers(0, 2, events).astype(np.float64)


def planted(taste: float, quality: float, seed: int) -> tuple[Meetings, Float64]:
    """Return events of 150 users with 40 items, two groups of taste, and their labels."""
    random = np.random.default_rng(seed)
    user, item = random.integers(0, 150, 6000), random.integers(0, 40, 6000)
    match = np.where((user + item) % 2 == 0, 1.0, -1.0)
    rate = 0.5 + taste * match + quality * np.where(item < 20, 1.0, -1.0)
    at = Meetings.of(user.astype(np.int32), item.astype(np.int32))
    return at, (random.random(6000) < rate).astype(np.float64)


def residuals(at: Meetings, engaged: Float64) -> Float64:
    """Return label less user's mean, less the item's mean of that, one event after another."""
    beyond = engaged.copy()
    for group in (at.user, at.item):
        means = {g: beyond[group == g].mean() for g in set(group.tolist())}
        beyond -= np.array([means[g] for g in group.tolist()])
    return beyond


def owed_by(group: int, of: Float64 | np.ndarray, beyond: Float64) -> float:
    mine = beyond[of == group]
    return float((mine**2).mean() / (len(mine) - 1)) if len(mine) > 1 else 0.0


@pytest.mark.parametrize("seed", range(5))
def test_shared_rates_are_products_of_different_users_on_one_item(seed: int) -> None:
    at = Meetings.of(*random_events(seed)[:2])
    engaged = random_events(seed)[2]
    beyond = engaged - np.array([engaged[at.user == u].mean() for u in at.user])
    root = np.sqrt(np.bincount(at.user))[at.user]
    expected = sum(
        beyond[a] * beyond[b] / (root[a] * root[b])
        for a, b in permutations(range(len(engaged)), 2)
        if at.item[a] == at.item[b] and at.user[a] != at.user[b]
    )
    assert shared_rates(at, engaged).total == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_shared_taste_is_its_sum_over_users_and_items(seed: int) -> None:
    at = Meetings.of(*random_events(seed)[:2])
    engaged = random_events(seed)[2]
    beyond = residuals(at, engaged)
    total = own = 0.0
    for u, v in [(u, v) for u in range(at.users) for v in range(at.users)]:
        agreed = np.zeros(at.items)
        met = np.zeros(at.items)
        for i in range(at.items):
            mine = beyond[(at.user == u) & (at.item == i)]
            theirs = beyond[(at.user == v) & (at.item == i)]
            met[i] = len(mine) * len(theirs)
            agreed[i] = mine.sum() * theirs.sum() + met[i] * owed_by(i, at.item, beyond)
        of_users = owed_by(u, at.user, beyond) * owed_by(v, at.user, beyond)
        pairs = permutations(range(at.items), 2)
        shared = sum(agreed[i] * agreed[j] - of_users * met[i] * met[j] for i, j in pairs)
        shared /= np.sqrt((at.user == u).sum() * (at.user == v).sum())
        total, own = (total + shared, own) if u != v else (total, own + shared)
    found = shared_taste(at, engaged)
    assert found.total == pytest.approx(total, abs=1e-4)
    assert found.own == pytest.approx(own, abs=1e-4)


def test_split_half_is_the_mean_over_all_ways_to_split() -> None:
    """Four users: the products of two halves' item sums, and each half's with itself."""
    users, items = np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)
    at = Meetings.of(users.astype(np.int32), items.astype(np.int32))
    engaged = np.random.default_rng(3).integers(0, 2, 24).astype(np.float64)
    rows = engaged.reshape(4, 6) - engaged.reshape(4, 6).mean(axis=1, keepdims=True)
    rows /= np.sqrt(6.0)
    across = np.mean(
        [
            rows[list(half)].sum(axis=0) @ rows[[u for u in range(4) if u not in half]].sum(axis=0)
            for half in combinations(range(4), 2)
        ]
    )
    found = shared_rates(at, engaged)
    # Of the 12 ordered pairs of users a split into halves of 2 has 4.
    assert across == pytest.approx(found.total * 4 / 12)
    assert found.own == pytest.approx((rows**2).sum())


@given(st.integers(0, 1000), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_events_and_the_numbers_of_users_and_items_do_not_matter(
    seed: int, shuffled: np.random.Generator
) -> None:
    user, item, engaged = random_events(seed)
    order = list(range(len(user)))
    shuffled.shuffle(order)
    left = Meetings.of(user, item)
    right = Meetings.of((90 - user)[order], (3 * item + 1)[order].astype(np.int32))
    for shared in (shared_rates, shared_taste):
        one, other = shared(left, engaged), shared(right, engaged[order])
        assert other.total == pytest.approx(one.total, abs=1e-4)
        assert other.error == pytest.approx(one.error, abs=1e-4)


def test_coins_share_nothing_on_average() -> None:
    worlds = [planted(0.0, 0.0, seed) for seed in range(20)]
    for shared in (shared_rates, shared_taste):
        found = [shared(at, engaged) for at, engaged in worlds]
        z = np.array([one.total / one.error for one in found])
        assert abs(z.mean()) < 3.0 / np.sqrt(len(z))
        assert abs(np.mean([one.split_half for one in found])) < 0.06
        assert not any(one.clear for one in found)


def test_rates_alone_are_no_taste_and_taste_alone_is_no_rate() -> None:
    at, by_rates = planted(0.0, 0.2, seed=1)
    assert shared_rates(at, by_rates).clear
    assert not shared_taste(at, by_rates).clear
    at, by_taste = planted(0.2, 0.0, seed=1)
    assert shared_taste(at, by_taste).clear
    assert not shared_rates(at, by_taste).clear


@pytest.mark.parametrize("coins", [0.3, 0.5])
def test_coins_in_place_of_labels_leave_known_shares(coins: float) -> None:
    at, engaged = planted(0.2, 0.2, seed=2)
    random = np.random.default_rng(4)
    replaced = random.random(len(engaged)) < coins
    noisy = np.where(replaced, random.random(len(engaged)) < engaged.mean(), engaged)
    for shared, power in ((shared_rates, 2), (shared_taste, 4)):
        kept = ratio(shared(at, noisy), shared(at, engaged))
        assert kept is not None
        assert kept.low < (1 - coins) ** power < kept.high
        assert kept.high - kept.low < 0.3


def test_a_share_of_nothing_clear_is_unknown() -> None:
    nothing = Shared(np.array([0.1, -0.1]), own=1.0, error=1.0)
    assert ratio(nothing, nothing) is None
    assert Shared(np.zeros(2), own=0.0, error=0.0).split_half is None


def test_events_are_related_only_where_more_than_rates_is_shared() -> None:
    at, engaged = planted(0.0, 0.2, seed=3)
    random = np.random.default_rng(5)
    of_rates = (random.random(len(engaged)) < np.where(at.item < 20, 0.7, 0.3)).astype(np.float64)
    half = np.where(random.random(len(engaged)) < 0.5, of_rates, engaged)
    unrelated, related = (event_correlation(at, one, engaged) for one in (of_rates, half))
    assert unrelated is not None
    assert related is not None
    assert unrelated.low < 0 < unrelated.high < 0.1
    assert 0.35 < related.low < related.high < 0.65
    assert event_correlation(at, np.ones(len(engaged)), engaged) is None


def test_only_the_densest_users_are_read_for_taste() -> None:
    user = np.concatenate([np.repeat(np.arange(MOST_USERS), 2), np.arange(5000, 5100)])
    rows = densest(user.astype(np.int32), np.zeros(len(user), np.int32))
    assert rows.tolist() == list(range(2 * MOST_USERS))
