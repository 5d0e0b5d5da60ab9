"""The representation tower: each of its terms learns what only it can tell."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.types import Batch, Float32, Int32, Representation, Schema
from policies.deepfm import DeepFM
from policies.settings import DeepFMSettings, TowerRates
from policies.view import RepresentationView
from tests.unit.policies.worlds import DIMENSIONS, SCHEMA, TRUTHS, Truth, auc, random_step, view

EVENTS, STEPS, DIM, USERS, PAST = 32, 120, 4, 6, 3


@pytest.mark.parametrize("truth", TRUTHS)
def test_new_items_are_ranked_by_what_their_vectors_tell(truth: Truth) -> None:
    """No item is ever seen twice: whatever is learned about items comes from vectors."""
    steps, representation = _world(truth)
    seeing, blind = (_arm(dimensions) for dimensions in (DIM, None))
    seeing.see(RepresentationView.of(representation, fold_seed=0))
    scores: dict[str, list[Float32]] = {"seeing": [], "blind": []}
    for batch, label in steps:
        for name, recommender in (("seeing", seeing), ("blind", blind)):
            scores[name].append(recommender.score(batch))
            recommender.update(batch, label)
    late = np.concatenate([label for _, label in steps[STEPS // 2 :]])
    assert auc(np.concatenate(scores["seeing"][STEPS // 2 :]), late) > 0.9
    assert abs(auc(np.concatenate(scores["blind"][STEPS // 2 :]), late) - 0.5) < 0.05


def _arm(dimensions: int | None) -> DeepFM:
    rates = TowerRates(item=0.3, user=0.3, similarity=0.3)
    settings = DeepFMSettings(dim=2, hidden=(4,), batch_events=EVENTS, tower=rates)
    return DeepFM(Schema(USERS, 1), seed=0, dimensions=dimensions, settings=settings)


def _world(truth: Truth) -> tuple[list[tuple[Batch, Float32]], Representation]:
    draw = np.random.Generator(np.random.Philox(key=11))
    items = EVENTS * STEPS
    vectors = draw.normal(size=(items, DIM))
    steps = []
    for step in range(STEPS):
        item = np.arange(step * EVENTS, (step + 1) * EVENTS, dtype=np.int32)
        user = draw.integers(0, USERS, EVENTS, dtype=np.int32)
        history = draw.integers(0, items, (EVENTS, PAST), dtype=np.int32)
        batch = Batch(
            user=user,
            item=item,
            categorical=np.empty((EVENTS, 0), np.int32),
            numeric=np.empty((EVENTS, 0), np.float32),
            history=history,
        )
        label = truth(user, vectors[item], vectors[history]) > 0
        steps.append((batch, label.astype(np.float32)))
    supported = np.ones((1, items), bool)
    return steps, Representation(vectors[None].astype(np.float32), supported)


def test_histories_of_different_length_count_by_their_own() -> None:
    """Repeating a history changes neither its mean nor its maximum; padding only the latter."""
    recommender = _learned()
    batch, _ = random_step(20, seed=1)
    once = np.where(np.arange(4) < 1, np.int32(2), np.int32(-1)) * np.ones((20, 1), np.int32)
    twice = np.where(np.arange(4) < 2, np.int32(2), np.int32(-1)) * np.ones((20, 1), np.int32)
    scores = [recommender.score(_with_history(batch, history)) for history in (once, twice)]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5, atol=1e-6)
    none = recommender.score(_with_history(batch, np.full((20, 4), -1, np.int32)))
    assert not np.allclose(none, scores[0])
    width_zero = recommender.score(_with_history(batch, np.empty((20, 0), np.int32)))
    np.testing.assert_allclose(none, width_zero, rtol=1e-6, atol=1e-6)


def test_the_vector_matters_less_as_the_item_is_known() -> None:
    """Equal vectors, equal labels: the item learned from often leans on its vector less."""
    vectors = np.ones((1, 2, 1), np.float32)
    seen = RepresentationView.of(Representation(vectors, np.ones((1, 2), bool)), 0)
    settings = DeepFMSettings(dim=1, hidden=(), tower=TowerRates(0.5, 1e-9, 1e-9))
    recommender = DeepFM(Schema(1, 2), seed=0, dimensions=1, settings=settings)
    recommender.see(seen)
    known, fresh = (
        Batch(
            user=np.zeros(1, np.int32),
            item=np.array([item], np.int32),
            categorical=np.empty((1, 0), np.int32),
            numeric=np.empty((1, 0), np.float32),
            history=np.empty((1, 0), np.int32),
        )
        for item in (0, 1)
    )
    for _ in range(30):
        recommender.update(known, np.ones(1, np.float32))
    with_vector = [recommender.score(batch)[0] for batch in (known, fresh)]
    recommender.see(None)
    without = [recommender.score(batch)[0] for batch in (known, fresh)]
    added = np.subtract(with_vector, without)
    assert 0 < added[0] < added[1]


def _learned() -> DeepFM:
    rates = TowerRates(item=0.3, user=0.3, similarity=0.3)
    recommender = DeepFM(
        SCHEMA, seed=0, dimensions=DIMENSIONS, settings=DeepFMSettings(dim=2, tower=rates)
    )
    recommender.see(view())
    for k in range(5):
        recommender.update(*random_step(30, seed=k))
    return recommender


def _with_history(batch: Batch, history: Int32) -> Batch:
    return Batch(batch.user, batch.item, batch.categorical, batch.numeric, history)
