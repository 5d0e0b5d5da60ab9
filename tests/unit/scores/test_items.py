"""What users share through items: sums by item and by pair, and the variance they give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import DataError
from lis_sim.scores import Accumulator, auc_influence, score_cell
from lis_sim.scores.items import PAIR_BUCKETS, items_variance, pair_buckets
from lis_sim.types import Float64, Int32

EVENTS = 400


def log(key: int, items: int = 40) -> tuple[Float64, Float64, Int32, Int32]:
    """Return score, label, user and item of a window."""
    random = np.random.Generator(np.random.Philox(key=key))
    score = random.normal(size=EVENTS)
    label = (random.random(EVENTS) < 0.4).astype(np.float64)
    user = random.integers(0, 50, EVENTS).astype(np.int32)
    return score, label, user, random.integers(0, items, EVENTS).astype(np.int32)


@given(st.integers(0, 99))
def test_sums_by_item_are_those_of_items_taken_for_users(key: int) -> None:
    score, label, user, item = log(key)
    cell = score_cell(score, label, user, item=item).slices["all"]
    _, items, influence = auc_influence(score, label, item)
    assert cell.items.tolist() == items.tolist()
    assert cell.item_influence.tobytes() == influence.tobytes()


@given(st.integers(0, 99))
def test_sums_by_pair_are_signed_sums_of_events(key: int) -> None:
    score, label, user, item = log(key)
    cell = score_cell(score, label, user, item=item).slices["all"]
    _, _, of_event = auc_influence(score, label, np.arange(EVENTS))
    expected = np.zeros(PAIR_BUCKETS)
    for bucket, sign, own in zip(*pair_buckets(user, item), of_event, strict=True):
        expected[bucket] += sign * own
    assert cell.pair_influence == pytest.approx(expected, abs=1e-12)


def test_squares_of_buckets_are_squares_of_pairs_on_average() -> None:
    random = np.random.Generator(np.random.Philox(key=8))
    user = random.integers(0, 10**6, 20_000).astype(np.int32)
    item = random.integers(0, 10**6, 20_000).astype(np.int32)
    value = random.standard_normal(20_000)
    bucket, sign = pair_buckets(user, item)
    found = np.square(np.bincount(bucket, weights=sign * value, minlength=PAIR_BUCKETS)).sum()
    assert found == pytest.approx(np.square(value).sum(), rel=4 * np.sqrt(2 / PAIR_BUCKETS))


def test_only_what_events_of_an_item_share_counts() -> None:
    """A table of users x items with effects of items alone, against the known variance."""
    random = np.random.Generator(np.random.Philox(key=9))
    users, items = (index.ravel().astype(np.int32) for index in np.indices((60, 50)))
    bucket, sign = pair_buckets(users, items)
    for spread, expected in ((0.0, 0.0), (1.0, 50 * 60**2 * 1.0)):
        found = []
        for _ in range(40):
            value = spread * random.standard_normal(50)[items] + random.standard_normal(3000)
            by_pair = np.bincount(bucket, sign * value, PAIR_BUCKETS).astype(np.float64)
            by_item = np.bincount(items, value).astype(np.float64)
            found.append(items_variance(by_item, by_pair))
        # Cut off at 0, so without any effect a little of the noise, 3000, is left.
        assert np.mean(found) == pytest.approx(expected, abs=0.1 * expected + 600)


def test_without_items_there_is_no_such_part_and_equal_arms_have_none() -> None:
    score, label, user, item = log(3)
    for given_item, part in ((None, None), (item, 0.0)):
        cell = score_cell(score, label, user, item=given_item)
        accumulator = Accumulator(["clean", "other"], 2)
        accumulator.add(0, {(arm, r): cell for arm in ("clean", "other") for r in range(2)})
        found = accumulator.estimate({"other": 1.0, "clean": -1.0})
        assert (found.standard_error_items, found.low, found.high) == (part, 0.0, 0.0)


def test_wrong_items_are_refused() -> None:
    score, label, user, item = log(3)
    with pytest.raises(DataError, match=r"got items of shape \(399,\) for 400 events"):
        score_cell(score, label, user, item=item[1:])
    with pytest.raises(DataError, match="got items of dtype float64"):
        score_cell(score, label, user, item=item.astype(float))
