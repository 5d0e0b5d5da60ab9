"""NDCG, reciprocal rank and AUC of groups against all orders of what ties, and another library."""

from __future__ import annotations

import math
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, roc_auc_score

from lis_sim.scores.group_frame import GroupFrame, requests_of, users_of
from lis_sim.scores.metrics_plan import Metric
from lis_sim.scores.ranking import rank_events

# Few scores, so that many tie; up to six events, so that all their orders can be listed.
REQUESTS = st.lists(
    st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), st.booleans()), max_size=6),
    max_size=5,
)
RANKS = st.integers(1, 7)


def gain(order: list[bool], ranks: int) -> float:
    return sum(1 / math.log2(place + 2) for place, hit in enumerate(order[:ranks]) if hit)


def reciprocal(order: list[bool]) -> float:
    return 1 / (order.index(True) + 1)


def over_orders(events: list[tuple[float, bool]], of: Any) -> float:
    """Return the mean of ``of`` over all orders in which no score comes before a higher one."""
    found = [
        of([hit for _, hit in order])
        for order in permutations(events)
        if all(a[0] >= b[0] for a, b in pairwise(order))
    ]
    return float(np.mean(found))


def mixed(requests: list[list[tuple[float, bool]]]) -> list[list[tuple[float, bool]]]:
    return [one for one in requests if len({hit for _, hit in one}) == 2]


def framed(
    requests: list[list[tuple[float, bool]]], shuffle: int = 0
) -> tuple[GroupFrame, np.ndarray[Any, Any]]:
    """Return the frame of ``requests`` of as many users, their events mixed, and the scores."""
    rows = [(k, score, hit) for k, one in enumerate(requests) for score, hit in one]
    order = np.random.default_rng(shuffle).permutation(len(rows))
    number = np.array([rows[at][0] for at in order], np.int32)
    score = np.array([rows[at][1] for at in order], np.float32)
    positive = np.array([rows[at][2] for at in order], np.bool_)
    return requests_of(positive, number, np.zeros(len(rows), np.int32)), score


@given(requests=REQUESTS, ranks=RANKS, shuffle=st.integers(0, 3))
def test_ties_are_worth_the_mean_over_their_orders(
    requests: list[list[tuple[float, bool]]], ranks: int, shuffle: int
) -> None:
    frame, score = framed(requests, shuffle)
    words = frame.words(rank_events(score))
    counted = mixed(requests)
    best = [gain(sorted((hit for _, hit in one), reverse=True), ranks) for one in counted]
    ndcg = [
        over_orders(one, lambda order: gain(order, ranks)) / most
        for one, most in zip(counted, best, strict=True)
    ]
    assert frame.values(Metric("ndcg", ranks=ranks), words).tolist() == pytest.approx(ndcg)
    mrr = [over_orders(one, reciprocal) for one in counted]
    assert frame.values(Metric("mrr"), words).tolist() == pytest.approx(mrr)
    aucs = [roc_auc_score([hit for _, hit in one], [score for score, _ in one]) for one in counted]
    assert frame.values(Metric("user_auc"), words).tolist() == pytest.approx(aucs)


@given(requests=REQUESTS)
def test_groups_of_one_label_are_counted_and_left_out(
    requests: list[list[tuple[float, bool]]],
) -> None:
    frame, _ = framed(requests)
    hits = [{hit for _, hit in one} for one in requests]
    assert frame.counts == {
        "only_negatives": hits.count({False}),
        "only_positives": hits.count({True}),
        "cut": 0,
    }
    assert len(frame.user) == hits.count({True, False})


@pytest.mark.parametrize("ranks", [1, 5, 40])
def test_without_ties_it_is_scikit_learns(ranks: int) -> None:
    draw = np.random.default_rng(ranks)
    many, long = 50, 30
    score = draw.permutation(many * long).astype(np.float32).reshape(many, long)
    hit = draw.random((many, long)) < 0.2
    hit[:, 0], hit[:, 1] = True, False
    user = np.repeat(np.arange(many, dtype=np.int32), long)
    frame = requests_of(hit.ravel(), user, np.zeros(many * long, np.int32))
    found = frame.values(Metric("ndcg", ranks=ranks), frame.words(rank_events(score.ravel())))
    expected = [ndcg_score([one], [by], k=ranks) for one, by in zip(hit, score, strict=True)]
    assert found.tolist() == pytest.approx(expected)


def test_rows_and_scale_change_nothing() -> None:
    draw = np.random.default_rng(1)
    user, request = (draw.integers(0, many, 400).astype(np.int32) for many in (9, 20))
    hit, score = draw.random(400) < 0.3, draw.integers(0, 6, 400).astype(np.float32)
    order = draw.permutation(400)
    frame = requests_of(hit, user, request)
    other = requests_of(hit[order], user[order], request[order])
    for metric in (Metric("ndcg", ranks=3), Metric("mrr"), Metric("user_auc")):
        found = frame.values(metric, frame.words(rank_events(score)))
        moved = other.values(metric, other.words(rank_events(np.exp(score[order]))))
        assert found.tobytes() == moved.tobytes()
        assert frame.cell(found).influence.tobytes() == other.cell(moved).influence.tobytes()


def test_one_number_of_two_users_is_two_requests() -> None:
    hit = np.array([True, False, True, False])
    frame = requests_of(hit, np.array([3, 3, 8, 8], np.int32), np.zeros(4, np.int32))
    assert (frame.users.tolist(), frame.user.tolist()) == ([3, 8], [0, 1])
    assert frame.start.tolist() == [0, 2, 4]


def test_what_goes_on_from_the_window_before_is_counted_as_cut() -> None:
    hit = np.array([True, False, True, False, False])
    user = np.zeros(5, np.int32)
    request = np.array([0, 0, 1, 1, 2], np.int32)
    continued = np.array([True, True, False, False, True])
    frame = requests_of(hit, user, request, continued)
    # The last one goes on as well, but has no engagement: it is not counted twice.
    assert frame.counts == {"only_negatives": 1, "only_positives": 0, "cut": 1}


def test_users_are_groups_too() -> None:
    hit = np.array([True, False, True, False, True])
    frame = users_of(hit, np.array([7, 7, 2, 4, 4], np.int32))
    assert frame.users.tolist() == [4, 7]
    assert frame.counts == {"only_negatives": 0, "only_positives": 1}
    score = np.array([1.0, 0.0, 5.0, 2.0, 2.0])
    words = frame.words(rank_events(score))
    assert frame.values(Metric("user_auc"), words).tolist() == [0.5, 1.0]


def test_a_window_without_groups_is_undefined() -> None:
    frame = users_of(np.array([True, False]), np.array([0, 1], np.int32))
    words = frame.words(rank_events(np.array([1.0, 2.0])))
    cell = frame.cell(frame.values(Metric("user_auc"), words))
    assert (cell.auc, cell.positives, cell.negatives, len(cell.users)) == (None, 0, 0, 0)
