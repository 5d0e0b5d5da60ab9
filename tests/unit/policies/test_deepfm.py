"""DeepFM: batches of a step, its tower, bounded memory, worlds with a known answer."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.types import Batch, CategoricalColumn, Schema
from policies.deepfm import DeepFM
from policies.settings import DeepFMSettings
from tests.unit.policies.worlds import (
    BATCH_EVENTS,
    DIMENSIONS,
    PLAIN,
    SCHEMA,
    Step,
    auc,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
    view,
    zero_view,
)

SETTINGS = DeepFMSettings(dim=4, hidden=(8,), batch_events=BATCH_EVENTS)


def arm(schema: Schema = SCHEMA, seed: int = 0) -> DeepFM:
    """Return an arm that sees a representation full of information."""
    recommender = DeepFM(schema, seed=seed, dimensions=DIMENSIONS, settings=SETTINGS)
    recommender.see(view())
    return recommender


def clean(schema: Schema = SCHEMA, seed: int = 0) -> DeepFM:
    return DeepFM(schema, seed=seed, settings=SETTINGS)


def test_a_long_step_is_its_batches_in_the_drawn_order() -> None:
    """Without numeric features nothing but the order tells a step from its batches."""
    batch, label = random_step(3 * BATCH_EVENTS + 5, seed=1, schema=PLAIN)
    whole, parts = clean(PLAIN), clean(PLAIN)
    whole.update(batch, label)
    order = generator(0, "batch order", 0).permutation(len(batch))
    for start in range(0, len(batch), BATCH_EVENTS):
        rows = order[start : start + BATCH_EVENTS]
        parts.update(batch.take(rows), label[rows])
    assert _same_but_updates(whole, parts)


def test_every_step_draws_another_order() -> None:
    batch, label = random_step(40, seed=1, schema=PLAIN)
    first, second = clean(PLAIN), clean(PLAIN)
    second.update(*random_step(0, seed=0, schema=PLAIN))  # counts as a step, teaches nothing
    first.update(batch, label)
    second.update(batch, label)
    assert not _same_but_updates(first, second)


@pytest.mark.parametrize("events", [BATCH_EVENTS - 1, BATCH_EVENTS])
def test_a_step_of_one_batch_keeps_the_order_of_the_log(events: int) -> None:
    batch, label = random_step(events, seed=1, schema=PLAIN)
    small = clean(PLAIN)
    large = DeepFM(PLAIN, seed=0, settings=DeepFMSettings(dim=4, hidden=(8,), batch_events=1000))
    for recommender in (small, large):
        recommender.update(batch, label)
    assert same_state(small.state_dict(), large.state_dict())


def test_batch_order_is_the_same_in_every_arm() -> None:
    """With nothing to see, an arm whose batches came in another order would differ."""
    empty = DeepFM(SCHEMA, seed=0, dimensions=DIMENSIONS, settings=SETTINGS)
    empty.see(zero_view(supported=True))
    steps = stream((50, 64, 33))
    assert same_bits(play(empty, steps), play(clean(), steps))


def test_joint_backbone_learns_beside_the_tower() -> None:
    joint, without = arm(), clean()
    play(joint, stream())
    play(without, stream())
    joint.see(None)
    batch, _ = stream()[2]
    assert not same_bits(joint.score(batch), without.score(batch))


def test_other_seeds_start_elsewhere() -> None:
    batch, _ = stream()[1]
    assert not same_bits(clean().score(batch), clean(seed=1).score(batch))


def test_the_numeric_spread_is_of_past_steps_only() -> None:
    """Within its own step a feature is scaled, for scoring and learning, as it was before."""
    recommender = clean()
    batch, label = random_step(16, seed=1)
    before = recommender.state_dict()["dense.numeric.square"]
    recommender.update(batch, label)
    state = recommender.state_dict()
    assert same_bits(state["dense.numeric.square"], before), "no spread known: no gradient"
    assert int(state["scale.count"]) == 16


def test_hash_bits_bound_the_whole_state() -> None:
    settings = DeepFMSettings(dim=2, hidden=(4,), hash_bits=4)
    recommender = DeepFM(SCHEMA, seed=0, dimensions=DIMENSIONS, settings=settings)
    recommender.see(view())
    sizes = []
    for k in range(3):
        ids = np.arange(5000, dtype=np.int32) * (k + 1)
        batch = Batch(
            user=ids,
            item=ids + np.int32(1),
            categorical=ids[:, None],
            numeric=np.zeros((5000, 2), np.float32),
            history=np.full((5000, 2), -1, np.int32),
        )
        play(recommender, [(batch, np.ones(5000, np.float32))])
        sizes.append(sum(array.nbytes for array in recommender.state_dict().values()))
    assert sizes[0] == sizes[1] == sizes[2] < 30_000


def test_a_clean_arm_refuses_to_look() -> None:
    with pytest.raises(ConfigError, match=r"this arm sees no representation.*dimensions=3"):
        clean().see(view())


def test_an_arm_refuses_a_representation_of_another_width() -> None:
    recommender = DeepFM(SCHEMA, seed=0, dimensions=7, settings=SETTINGS)
    with pytest.raises(ConfigError, match="has 3 dimensions, this arm was made for 7"):
        recommender.see(view())


def test_a_checkerboard_is_learned() -> None:
    """Users engage with items of their own colour: no single field tells anything."""
    schema = Schema(12, 12, (CategoricalColumn("noise", 3),))
    settings = DeepFMSettings(
        dim=4, hidden=(8,), deviation=0.3, embedding_rate=0.5, batch_events=16
    )
    recommender = DeepFM(schema, seed=0, settings=settings)
    steps = [_checkerboard(48, seed) for seed in range(60)]
    play(recommender, steps)
    batch, label = _checkerboard(200, seed=1000)
    assert auc(recommender.score(batch), label) > 0.99


def _checkerboard(events: int, seed: int) -> Step:
    draw = np.random.Generator(np.random.Philox(key=seed))
    user, item = draw.integers(0, 12, (2, events), dtype=np.int32)
    batch = Batch(
        user=user,
        item=item,
        categorical=draw.integers(0, 3, (events, 1), dtype=np.int32),
        numeric=np.empty((events, 0), np.float32),
        history=np.empty((events, 0), np.int32),
    )
    return batch, ((user + item) % 2 == 0).astype(np.float32)


def _same_but_updates(a: DeepFM, b: DeepFM) -> bool:
    return same_state(*({**r.state_dict(), "updates": np.array(0)} for r in (a, b)))
