"""Popularity and its counts against formulas written out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.counts import Counts
from policies.popularity import Popularity
from tests.unit.policies.worlds import play, stream


def test_score_is_the_smoothed_log_odds() -> None:
    ranker = Popularity(strength=7.0)
    steps = stream()
    play(ranker, steps)
    item = np.concatenate([batch.item for batch, _ in steps])
    label = np.concatenate([label for _, label in steps])
    rate = (label.sum() + 1) / (len(label) + 2)
    batch = steps[2][0]
    for one, logit in zip(batch.item, ranker.score(batch), strict=True):
        engaged, seen = label[item == one].sum(), (item == one).sum()
        share = (engaged + 7.0 * rate) / (seen + 7.0)
        assert logit == pytest.approx(math.log(share / (1 - share)), rel=1e-5)


def test_an_unknown_item_gets_the_rate_of_all() -> None:
    ranker = Popularity()
    batch, _ = stream()[1]
    ranker.update(batch.take(slice(0, 4)), np.array([1, 1, 0, 0], np.float32))
    unknown = replace(batch.take(slice(0, 1)), item=np.array([10_000], np.int32))
    assert ranker.score(unknown).tolist() == [0.0]


@given(st.lists(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3)), max_size=9), max_size=9))
def test_counts_are_sums_per_id(blocks: list[list[tuple[int, int]]]) -> None:
    counts = Counts()
    expected = np.zeros(60)
    for block in blocks:
        ids = np.array([one for one, _ in block], np.int32)
        amount = np.array([value for _, value in block], np.float32)
        counts.add(ids, amount)
        for one, value in block:
            expected[one] += value
    assert counts.at(np.arange(60, dtype=np.int32)).tolist() == expected.tolist()
    assert counts.total == expected.sum()
    restored = Counts(counts.array())
    assert restored.total == counts.total
    assert restored.array().tolist() == counts.array().tolist()
