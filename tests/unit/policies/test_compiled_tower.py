"""The compiled representation tower against the one of tensors, which is the reference."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.types import Batch, ChangedRows, Float32, Representation
from policies.compiled_tower import CompiledTower
from policies.deepfm import DeepFM
from policies.settings import DeepFMSettings, TowerRates
from policies.view import RepresentationView
from tests.unit.policies.worlds import (
    FOLDS,
    SCHEMA,
    State,
    Step,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
    view,
    zero_view,
)

RATES = TowerRates(item=0.1, user=0.1, similarity=0.1)
SIZES = st.lists(st.integers(0, 70), min_size=1, max_size=6)
ITEMS = 400  # of the log's 600: the others are in no representation


def joint(kernel: str, dimensions: int = 3, hash_bits: int | None = None) -> DeepFM:
    sizes = DeepFMSettings(
        dim=16, hidden=(8,), batch_events=16, tower=RATES, hash_bits=hash_bits, kernel=kernel
    )
    return DeepFM(SCHEMA, seed=3, dimensions=dimensions, settings=sizes)


def seen(dimensions: int, folds: int) -> RepresentationView:
    draw = np.random.Generator(np.random.Philox(key=dimensions))
    supported = draw.random((folds, ITEMS)) < 0.8
    vectors = draw.normal(size=(folds, ITEMS, dimensions)) * supported[:, :, None]
    return RepresentationView.of(Representation(vectors.astype(np.float32), supported), 7)


def with_history(step: Step, length: int) -> Step:
    batch, label = step
    wide = np.tile(batch.history, (1, -(-length // batch.history.shape[1])))[:, :length]
    return Batch(batch.user, batch.item, batch.categorical, batch.numeric, wide), label


@settings(max_examples=25)
@given(
    SIZES, st.integers(1, 9), st.sampled_from([1, 5]), st.integers(0, 5), st.sampled_from([None, 3])
)
def test_scores_and_states_are_those_of_tensors(
    sizes: list[int], dimensions: int, folds: int, history: int, hash_bits: int | None
) -> None:
    both = [joint(one, dimensions, hash_bits) for one in ("compiled", "torch")]
    steps = [with_history(random_step(size, seed=k), history) for k, size in enumerate(sizes)]
    for one in both:
        one.see(seen(dimensions, folds))
    found, expected = (play(one, steps) for one in both)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)
    states: list[State] = [one.state_dict() for one in both]
    assert states[0].keys() == states[1].keys()
    for key, value in states[1].items():
        np.testing.assert_allclose(states[0][key], value, rtol=1e-4, atol=1e-5, err_msg=key)


def test_it_is_taken_on_a_processor_and_gives_the_same_bytes_twice() -> None:
    arms = [joint("auto"), joint("auto"), joint("compiled")]
    for one in arms:
        one.see(view())
    scores = [play(one, stream()) for one in arms]
    assert all(same_bits(scores[0], one) for one in scores[1:])
    assert same_state(arms[0].state_dict(), arms[1].state_dict())
    assert isinstance(arms[0]._tower, CompiledTower)
    assert not isinstance(joint("torch")._tower, CompiledTower)


def test_a_state_goes_from_one_to_the_other() -> None:
    """A run begun on a processor can be looked at on another device."""
    learned, other = joint("compiled"), joint("torch")
    for one in (learned, other):
        one.see(view())
    play(learned, stream())
    other.load_state_dict(learned.state_dict())
    batch, _ = random_step(30, seed=9)
    np.testing.assert_allclose(other.score(batch), learned.score(batch), rtol=0.0, atol=1e-5)


def test_what_changed_is_told_as_tensors_tell_it() -> None:
    """A checkpoint of changes holds the same rows of the users' weights."""
    both = [joint(one) for one in ("compiled", "torch")]
    for one in both:
        one.see(view())
        one.update(*random_step(40, seed=0))
        one.saved_state(1, None)
        one.update(*random_step(3, seed=1))
    found, expected = (one.saved_state(2, 1)["tower.user.weight"] for one in both)
    assert isinstance(found, ChangedRows)
    assert isinstance(expected, ChangedRows)
    np.testing.assert_array_equal(found.rows, expected.rows)
    assert 0 < len(found.rows) < 6


def test_a_representation_that_holds_nothing_is_nothing() -> None:
    """Scores are those of an arm without one, to the bit, however long it learns."""
    for supported in (True, False):
        arm, clean = joint("compiled"), joint("compiled")
        arm.see(zero_view(supported))
        assert same_bits(play(arm, stream()), play(clean, stream()))


def test_users_see_what_their_fold_may_see() -> None:
    """Vectors of other folds are nothing to a user, in the item as in the history."""
    one_fold = int(seen(3, FOLDS).first_rows(np.zeros(1, np.int32))[0]) // (ITEMS + 1)
    first, second = joint("compiled"), joint("compiled")
    whole = seen(3, FOLDS)
    blanked = np.array(whole.table.reshape(FOLDS, ITEMS + 1, 4))
    blanked[np.arange(FOLDS) != one_fold] = np.nan
    second_view = RepresentationView(
        np.ascontiguousarray(blanked.reshape(-1, 4)), FOLDS, ITEMS, 7, whole.blocks
    )
    first.see(whole)
    second.see(second_view)
    steps = [_of_user(random_step(20, seed=k), 0) for k in range(4)]
    scores: list[Float32] = [play(one, steps) for one in (first, second)]
    assert same_bits(*scores)
    assert np.isfinite(scores[0]).all()


def _of_user(step: Step, user: int) -> Step:
    batch, label = step
    users = np.full(len(batch), user, np.int32)
    return Batch(users, batch.item, batch.categorical, batch.numeric, batch.history), label
