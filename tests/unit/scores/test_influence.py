"""Influence and clustered variance against the definition, DeLong and a bootstrap over users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from MLstatkit import Delong_test
from numpy.typing import NDArray
from scipy.stats import rankdata

from lis_sim.errors import DataError
from lis_sim.scores import auc, auc_influence, auc_influences, clustered_variance
from lis_sim.scores.influence import without_user
from lis_sim.scores.interval import Counts, estimate

EVENTS = st.lists(
    st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), st.booleans(), st.integers(0, 6)), max_size=30
)


def generator(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def obuchowski(
    score: NDArray[Any], label: NDArray[Any], user: NDArray[Any]
) -> dict[int, float] | None:
    """The structural components of Obuchowski 1997, from the full matrix of pairs."""
    above, below = score[label == 1], score[label == 0]
    if len(above) == 0 or len(below) == 0:
        return None
    psi = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    value = psi.mean()
    of_positives, of_negatives = psi.mean(axis=1) - value, psi.mean(axis=0) - value
    return {
        int(u): float(
            of_positives[user[label == 1] == u].sum() / len(above)
            + of_negatives[user[label == 0] == u].sum() / len(below)
        )
        for u in np.unique(user)
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(events=EVENTS)
def test_equals_the_definition_and_sums_to_zero(
    dtype: Any, events: list[tuple[float, bool, int]]
) -> None:
    score = np.array([e[0] for e in events], dtype)
    label = np.array([e[1] for e in events], np.float32)
    user = np.array([e[2] for e in events], np.int32)
    value, users, influence = auc_influence(score, label, user)
    assert value == auc(score, label)
    expected = obuchowski(score, label, user)
    if expected is None:
        assert len(users) == len(influence) == 0
        return
    assert users.dtype == np.int32
    assert dict(zip(users.tolist(), influence, strict=True)) == pytest.approx(expected, abs=1e-12)
    assert abs(influence.sum()) < 1e-12


@given(events=EVENTS, seed=st.integers(0, 5))
def test_row_order_changes_no_bit(events: list[tuple[float, bool, int]], seed: int) -> None:
    score = np.array([e[0] for e in events])
    label, user = np.array([e[1] for e in events]), np.array([e[2] for e in events], np.int32)
    rows = generator(seed).permutation(len(events))
    first = auc_influence(score, label, user)
    second = auc_influence(score[rows], label[rows], user[rows])
    assert first[0] == second[0]
    assert np.array_equal(first[1], second[1])
    assert first[2].tobytes() == second[2].tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("decimals", [0, 2, 12])
def test_equals_midranks_on_many_events(dtype: Any, decimals: int) -> None:
    rng = generator(7)
    user = (rng.zipf(1.4, 30_000) % 10_000_019).astype(np.int32)
    label = rng.random(30_000) < 0.3
    score = np.round(rng.normal(scale=3.0, size=30_000) + label, decimals).astype(dtype)
    m, n = np.count_nonzero(label), np.count_nonzero(~label)
    share = np.empty(30_000)
    share[label] = (rankdata(score)[label] - rankdata(score[label])) / n
    share[~label] = 1.0 - (rankdata(score)[~label] - rankdata(score[~label])) / m
    value = share[label].mean()
    parts = (share - value) / np.where(label, m, n)
    found, users, influence = auc_influence(score, label, user)
    expected, code = np.unique(user, return_inverse=True)
    assert np.array_equal(users, expected)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert influence == pytest.approx(np.bincount(code, parts), abs=1e-12)


def test_arms_together_equal_arms_alone() -> None:
    user, label, first, second = paired_log(5, 40)
    values, users, influence = auc_influences([first, second], label, user)
    for value, own, score in zip(values, influence, (first, second), strict=True):
        alone = auc_influence(score, label, user)
        assert value == alone[0]
        assert np.array_equal(users, alone[1])
        assert own.tobytes() == alone[2].tobytes()


def test_one_event_per_user_is_delong() -> None:
    rng = generator(2)
    label = (rng.random(400) < 0.3).astype(int)
    first, second = (np.round(rng.normal(size=400) + 0.8 * label, 1) for _ in range(2))
    user = np.arange(400, dtype=np.int32)
    value_a, _, a = auc_influence(first, label, user)
    value_b, _, b = auc_influence(second, label, user)
    z, _, _, _, auc_a, auc_b, *_ = Delong_test(label, first, second)
    assert (value_a.value, value_b.value) == pytest.approx((auc_a, auc_b), abs=1e-12)

    # DeLong divides by (n - 1) in each class, the clustered form once over all users.
    square, positives, negatives = (a - b) ** 2, label.sum(), (1 - label).sum()
    variance = square[label == 1].sum() * positives / (positives - 1)
    variance += square[label == 0].sum() * negatives / (negatives - 1)
    assert variance == pytest.approx(((auc_a - auc_b) / z) ** 2, rel=1e-9)
    assert clustered_variance(a - b) == pytest.approx(variance, rel=0.02)


def paired_log(key: int, users: int) -> tuple[NDArray[Any], ...]:
    """Two arms on a log whose users differ in activity, taste and how well each arm knows them."""
    rng = generator(key)
    user = np.repeat(np.arange(users, dtype=np.int32), 1 + rng.poisson(rng.gamma(1.0, 8.0, users)))
    taste, signal = rng.normal(size=users)[user], rng.normal(size=len(user))
    label = (rng.random(len(user)) < 1 / (1 + np.exp(0.5 - taste - signal))).astype(np.float32)
    known = [signal + 0.6 * taste + rng.normal(size=users)[user] for _ in range(2)]
    return user, label, known[0].astype(np.float32), known[1].astype(np.float32)


def test_clustered_variance_equals_a_bootstrap_over_users() -> None:
    user, label, first, second = paired_log(3, 150)
    variance = clustered_variance(
        auc_influence(first, label, user)[2] - auc_influence(second, label, user)[2]
    )
    rows = [np.flatnonzero(user == u) for u in range(150)]
    rng, drawn = generator(4), []
    for _ in range(400):
        pick = np.concatenate([rows[u] for u in rng.integers(0, 150, 150)])
        a, b = auc(first[pick], label[pick]).value, auc(second[pick], label[pick]).value
        assert a is not None
        assert b is not None
        drawn.append(a - b)
    # 400 draws leave 3.5 % noise on a standard error.
    assert variance is not None
    assert np.sqrt(variance) == pytest.approx(np.std(drawn, ddof=1), rel=0.11)
    independent = auc_influence(first, label, np.arange(len(user)))[2]
    independent = independent - auc_influence(second, label, np.arange(len(user)))[2]
    naive = clustered_variance(independent)
    assert naive is not None
    assert np.sqrt(naive) < 0.8 * np.std(drawn, ddof=1), "events of one user count as one"


def test_intervals_cover_zero_when_two_arms_are_equally_good() -> None:
    covered = 0
    for key in range(300):
        user, label, first, second = paired_log(1000 + key, 60)
        a, _, in_a = auc_influence(first, label, user)
        b, _, in_b = auc_influence(second, label, user)
        assert a.value is not None
        assert b.value is not None
        counts = Counts(60, 1, 0, a.positives, a.negatives)
        result = estimate(np.array([a.value - b.value]), in_a - in_b, counts, 1)
        assert result.low is not None
        assert result.high is not None
        covered += result.low <= 0.0 <= result.high
    # The binomial standard error of a share of .95 over 300 logs is .0126.
    assert 0.915 <= covered / 300 <= 0.985


def test_one_user_has_no_variance() -> None:
    assert clustered_variance(np.array([0.0])) is None
    assert clustered_variance(np.zeros(0)) is None


@pytest.mark.parametrize(
    ("user", "message"),
    [
        (np.array([0, -1]), r"user indices from -1 to 0; accepted are dense indices"),
        (np.array([0, 2**31]), r"from 0 to 2147483648"),
        (np.array([0.0, 1.0]), r"users of dtype float64"),
        (np.array([0]), r"users of shape \(1,\) for 2 events"),
    ],
)
def test_wrong_users(user: NDArray[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        auc_influence(np.array([0.1, 0.2]), np.array([0, 1]), user)


def test_without_a_user_the_mean_of_the_others_is_another() -> None:
    """Exact where a score is a mean over events, as each class's part of an AUC is."""
    draw = np.random.Generator(np.random.Philox(key=5))
    value, user = draw.normal(size=200), draw.integers(0, 9, 200)
    summed = np.bincount(user, value - value.mean()).astype(np.float64)
    for one, change in enumerate(without_user(summed, np.bincount(user).astype(np.float64))):
        assert change == pytest.approx(value.mean() - value[user != one].mean())
    assert without_user(np.array([0.0]), np.array([7.0])).tolist() == [0.0]
