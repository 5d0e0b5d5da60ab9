"""The AUC against pair counting and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from lis_sim.errors import DataError, LisSimError, PolicyError
from lis_sim.scores import Auc, auc
from lis_sim.scores.radix import sort_words
from lis_sim.scores.ranking import number_clusters, order_key, rank_events

# Few distinct values make ties; the extremes reach the edges of the float32 bits.
VALUES = st.sampled_from([-3e38, -1.5, -1e-40, -0.0, 0.0, 1e-40, 0.25, 0.5, 1.0, 3e38])
EVENTS = st.lists(st.tuples(VALUES, st.booleans()), max_size=40)


def count_pairs(score: NDArray[Any], label: NDArray[Any]) -> float | None:
    """The definition, pair by pair."""
    above, below = score[label == 1], score[label == 0]
    if len(above) == 0 or len(below) == 0:
        return None
    won = (above[:, None] > below[None, :]).sum() + 0.5 * (above[:, None] == below[None, :]).sum()
    return float(won / (len(above) * len(below)))


def arrays(events: list[tuple[float, bool]], dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    score = np.array([value for value, _ in events], dtype)
    return score, np.array([label for _, label in events], np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(events=EVENTS)
def test_equals_pair_counting(dtype: Any, events: list[tuple[float, bool]]) -> None:
    score, label = arrays(events, dtype)
    result = auc(score, label)
    assert result.value == count_pairs(score, label)
    assert (result.positives, result.negatives) == (label.sum(), len(label) - label.sum())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.001, 0.5, 0.999])
def test_equals_scikit_learn_on_many_events(dtype: Any, rate: float) -> None:
    rng = np.random.Generator(np.random.Philox(key=1))
    label = (rng.random(20_000) < rate).astype(np.float32)
    score = np.round(rng.normal(size=20_000) + label, 2).astype(dtype)
    assert auc(score, label).value == pytest.approx(roc_auc_score(label, score), abs=1e-12)


@given(events=EVENTS, seed=st.integers(0, 9))
def test_row_order_and_monotone_rescaling_change_no_bit(
    events: list[tuple[float, bool]], seed: int
) -> None:
    score, label = arrays(events, np.float64)
    expected = auc(score, label)
    rows = np.random.Generator(np.random.Philox(key=seed)).permutation(len(score))
    assert auc(score[rows], label[rows]) == expected
    ranks = np.unique(score, return_inverse=True)[1]
    assert auc(np.exp(ranks / 10.0).astype(np.float32), label) == expected
    assert auc(ranks, label) == expected


@given(events=EVENTS)
def test_order_key_orders_and_ties_like_the_scores(events: list[tuple[float, bool]]) -> None:
    for dtype in (np.float32, np.float64):
        score, _ = arrays(events, dtype)
        key = np.unique(order_key(score), return_inverse=True)[1]
        assert np.array_equal(
            np.sign(key[:, None] - key[None, :]),
            np.greater.outer(score, score).astype(int) - np.less.outer(score, score),
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(events=EVENTS)
def test_events_are_ranked_stably(dtype: Any, events: list[tuple[float, bool]]) -> None:
    score, _ = arrays(events, dtype)
    ranked = rank_events(score)
    rows = (ranked & np.uint64(2**32 - 1)).astype(np.int64)
    assert np.array_equal(rows, np.argsort(score + 0.0, kind="stable"))
    tied = np.diff(ranked >> np.uint64(32)) == 0
    ordered = score[rows]  # whose differences may be beyond what a float holds
    assert np.array_equal(tied, ordered[1:] == ordered[:-1])


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=30), st.integers(0, 40))
def test_words_are_sorted_stably(values: list[int], low: int) -> None:
    for words in (np.array(values, np.uint64), np.array(values, np.uint64).astype(np.uint32)):
        own = min(low, 8 * words.itemsize - 1)
        expected = words[np.argsort(words >> words.dtype.type(own), kind="stable")]
        assert np.array_equal(sort_words(words.copy(), own), expected)


@given(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 5), max_size=30))
def test_users_are_numbered_in_order(values: list[int]) -> None:
    user = np.array(values, np.int32)
    users, code = number_clusters(user)
    expected = np.unique(user, return_inverse=True)
    assert users.dtype == np.int32
    assert np.array_equal(users, expected[0])
    assert np.array_equal(code, expected[1])


def test_one_class_has_no_auc() -> None:
    assert auc(np.array([0.1, 0.2]), np.array([1, 1])) == Auc(None, 2, 0)
    assert auc(np.array([0.1, 0.2]), np.array([0, 0])) == Auc(None, 0, 2)
    assert auc(np.array([]), np.array([])) == Auc(None, 0, 0)


def test_the_input_is_left_alone() -> None:
    score, label = np.array([0.3, 0.1, 0.2], np.float32), np.array([1, 0, 1], np.float32)
    before = score.copy(), label.copy()
    auc(score, label)
    assert np.array_equal(score, before[0])
    assert np.array_equal(label, before[1])


@pytest.mark.parametrize(
    ("score", "label", "error", "message"),
    [
        ([0.1, np.nan], [0, 1], PolicyError, r"score nan at event 1 .* accepted are finite"),
        ([0.1, -np.inf], [0, 1], PolicyError, r"score -inf at event 1"),
        ([0.1], [0, 1], PolicyError, r"shape \(1,\) for 2 events"),
        ([[0.1], [0.2]], [0, 1], PolicyError, r"shape \(2, 1\) for 2 events"),
        ([0.1, 0.2], [0, 0.5], DataError, r"label 0.5 at event 1; accepted are 0 and 1"),
        ([0.1, 0.2], [np.nan, 1], DataError, r"label nan at event 0"),
        ([0.1, 0.2], [-1, 1], DataError, r"label -1 at event 0"),
        ([0.1, 0.2], [[0, 1]], DataError, r"labels of shape \(1, 2\)"),
    ],
)
def test_wrong_input(
    score: list[float], label: list[float], error: type[LisSimError], message: str
) -> None:
    with pytest.raises(error, match=message):
        auc(np.array(score), np.array(label))
