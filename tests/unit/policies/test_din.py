"""Attention over the history: what it looks at, and a world in which only the history tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.types import Batch, Int32, Schema
from policies import Recommender, make_policy
from tests.unit.policies.worlds import (
    SCHEMA,
    SETTINGS,
    Step,
    auc,
    play,
    random_step,
    same_bits,
    stream,
)

ITEMS, PAST, EVENTS, STEPS = 24, 4, 48, 60
RATES = {"dim": 8, "deviation": 0.1, "embedding_rate": 0.3, "batch_events": EVENTS, "hidden": [8]}


def learned() -> Recommender:
    settings = {**SETTINGS["din"], "deviation": 0.3, "embedding_rate": 0.3}
    recommender = make_policy("din", SCHEMA, seed=0, settings=settings)
    play(recommender, stream())
    return recommender


def past(batch: Batch, *items: int) -> Batch:
    """Return ``batch`` with ``items`` as everybody's history."""
    history: Int32 = np.tile(np.array(items, np.int32), (len(batch), 1))
    return replace(batch, history=history)


def test_no_history_is_no_place_for_one() -> None:
    """Padding adds exactly 0: scores and what is learned are those of a history of width 0."""
    one, other = learned(), learned()
    for batch, label in stream(seed=3):
        padded, none = past(batch, -1, -1, -1), past(batch)
        assert same_bits(one.score(padded), other.score(none))
        one.update(padded, label)
        other.update(none, label)


def test_the_order_of_the_history_and_padding_in_it_do_not_matter() -> None:
    recommender = learned()
    batch, _ = random_step(20, seed=1)
    logit = recommender.score(past(batch, 1, 300, 599))
    for same in [(599, 1, 300), (-1, 1, -1, 300, 599, -1)]:
        np.testing.assert_allclose(recommender.score(past(batch, *same)), logit, atol=1e-6)


def test_every_item_of_the_history_counts() -> None:
    """Weights have no sum to keep: an item twice says more than once."""
    recommender = learned()
    batch, _ = random_step(20, seed=1)
    scores = [
        recommender.score(past(batch, *items)) for items in ((), (1,), (1, 1), (1, 300), (2, 300))
    ]
    for k, one in enumerate(scores):
        for other in scores[k + 1 :]:
            assert (np.abs(one - other) > 1e-6).mean() > 0.8


def test_the_weight_of_a_past_item_depends_on_the_item_that_is_scored() -> None:
    """A linear model of the history would add the same to every item's logit."""
    settings: dict[str, Any] = {**RATES, "hidden": [], "attention": [8]}
    recommender = make_policy("din", Schema(1, ITEMS), seed=0, settings=settings)
    play(recommender, [_step(seed) for seed in range(STEPS)])
    both = _batch(np.array([0, 1], np.int32), np.full((2, PAST), -1, np.int32))
    added = [recommender.score(past(both, k)) - recommender.score(both) for k in (2, 3)]
    assert added[0][0] > 0 > added[0][1], "an even item in the history is for even items"
    assert added[1][0] < 0 < added[1][1]


def test_only_the_history_tells_and_it_is_read() -> None:
    """Every event is of a new user, who likes items of the colour of those in the history."""
    steps = [_step(seed) for seed in range(STEPS)]
    late = np.concatenate([label for _, label in steps[STEPS // 2 :]])
    found = {}
    for name in ("din", "deepfm"):
        recommender = make_policy(name, Schema(EVENTS * STEPS, ITEMS), seed=0, settings=RATES)
        scores = [play(recommender, [step]) for step in steps]
        found[name] = auc(np.concatenate(scores[STEPS // 2 :]), late)
    assert found["din"] > 0.95
    assert found["deepfm"] == pytest.approx(0.5, abs=0.05)


def test_an_item_first_met_in_a_history_is_everybodys_item() -> None:
    """What is learned of it there is known where it is scored: one table of items."""
    recommender = learned()
    batch, label = random_step(20, seed=1)
    own = replace(batch, item=np.full(20, 450, np.int32))
    unknown = recommender.score(own)
    other = past(replace(batch, item=np.zeros(20, np.int32)), 450)
    recommender.update(other, label)
    state = recommender.state_dict()
    row = int(state["table.chunks.1"][450 // 256]) + 450 % 256
    square = state["table.square"][row]
    assert square[0] > np.float32(0.1), "its factor has stepped"
    assert square[1] == np.float32(0.1), "its linear weight has not"
    assert not same_bits(unknown, recommender.score(own))


def _step(seed: int) -> Step:
    draw = np.random.Generator(np.random.Philox(key=seed))
    item = draw.integers(0, ITEMS, EVENTS, dtype=np.int32)
    colour = draw.integers(0, 2, EVENTS, dtype=np.int32)
    history = 2 * draw.integers(0, ITEMS // 2, (EVENTS, PAST), dtype=np.int32) + colour[:, None]
    batch = _batch(item, history.astype(np.int32), first_user=seed * EVENTS)
    return batch, (item % 2 == colour).astype(np.float32)


def _batch(item: Int32, history: Int32, first_user: int = 0) -> Batch:
    n = len(item)
    return Batch(
        user=np.arange(first_user, first_user + n, dtype=np.int32),
        item=item,
        categorical=np.empty((n, 0), np.int32),
        numeric=np.empty((n, 0), np.float32),
        history=history,
    )
