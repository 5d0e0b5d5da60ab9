"""Every recommender of the catalogue: clones, ids nobody announced, the order within a batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import torch

from lis_sim.types import Batch
from policies import Recommender, make_policy
from policies.catalogue import POLICIES
from tests.unit.policies.worlds import (
    DIMENSIONS,
    SCHEMA,
    SETTINGS,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
    view,
)

ARMS = list(product(POLICIES, (False, True)))
IDS = [f"{policy}-{'seen' if seen else 'clean'}" for policy, seen in ARMS]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def fresh(policy: str, seen: bool) -> Recommender:
    recommender = make_policy(
        policy,
        SCHEMA,
        seed=0,
        dimensions=DIMENSIONS if seen else None,
        settings=SETTINGS[policy],
    )
    recommender.see(view() if seen else None)
    return recommender


@pytest.mark.parametrize(("policy", "seen"), ARMS, ids=IDS)
def test_clones_are_independent(policy: str, seen: bool) -> None:
    """One made from the state of another goes its own way, and so does the other."""
    recommender, clone = fresh(policy, seen), fresh(policy, seen)
    play(recommender, stream()[:3])
    clone.load_state_dict(recommender.state_dict())
    before = recommender.state_dict()
    play(clone, stream(seed=5))
    assert same_state(recommender.state_dict(), before)


@pytest.mark.parametrize(("policy", "seen"), ARMS, ids=IDS)
def test_ids_that_no_schema_announced_are_scored_and_learned(policy: str, seen: bool) -> None:
    recommender = fresh(policy, seen)
    batch, label = random_step(16, seed=1)
    past = np.where(batch.history < 0, batch.history, batch.history + np.int32(70_000))
    far = Batch(
        user=batch.user + np.int32(100_000),
        item=batch.item + np.int32(50_000),
        categorical=batch.categorical + np.int32(1_000),
        numeric=batch.numeric,
        history=past.astype(np.int32),
    )
    before = recommender.score(far)
    recommender.update(far, label)
    after = recommender.score(far)
    assert np.isfinite(before).all()
    assert np.isfinite(after).all()
    assert not same_bits(before, after)


@pytest.mark.parametrize(("policy", "seen"), ARMS, ids=IDS)
def test_the_order_of_events_in_a_batch_is_nothing(policy: str, seen: bool) -> None:
    """Events of a batch are scored one by one and learned from together."""
    batch, label = random_step(16, seed=3)
    turned = np.arange(16)[::-1].copy()
    one, other = fresh(policy, seen), fresh(policy, seen)
    for recommender in (one, other):
        play(recommender, stream()[:2])
    scores = one.score(batch)
    np.testing.assert_allclose(other.score(batch.take(turned)), scores[turned], atol=1e-6)
    one.update(batch, label)
    other.update(batch.take(turned), label[turned])
    later, _ = random_step(30, seed=4)
    np.testing.assert_allclose(other.score(later), one.score(later), rtol=1e-4, atol=1e-5)
