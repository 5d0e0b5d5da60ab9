"""The compiled backbone against the one of tensors, which is the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.errors import ConfigError
from lis_sim.types import CategoricalColumn, Schema
from policies.compiled_backbone import CompiledBackbone, runs_compiled
from policies.deepfm import DeepFM
from policies.settings import DeepFMSettings
from tests.unit.policies.worlds import (
    SCHEMA,
    State,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
)

SIZES = st.lists(st.integers(0, 70), min_size=1, max_size=6)
SCHEMAS = st.builds(
    Schema,
    users=st.just(2000),
    items=st.just(600),
    categorical=st.sampled_from([(), (CategoricalColumn("tab", 4),)]),
    numeric=st.sampled_from([(), ("age",), ("age", "price")]),
)


def deepfm(kernel: str, schema: Schema = SCHEMA, **changes: object) -> DeepFM:
    sizes = {"dim": 8, "hidden": (8,), "batch_events": 16} | changes
    return DeepFM(schema, seed=3, settings=DeepFMSettings(kernel=kernel, **sizes))  # type: ignore[arg-type]


@settings(max_examples=20)
@given(SIZES, SCHEMAS, st.sampled_from([(), (8,), (7, 5, 3)]), st.sampled_from([8, 16, 24]))
def test_scores_and_states_are_those_of_tensors(
    sizes: list[int], schema: Schema, hidden: tuple[int, ...], dim: int
) -> None:
    both = [deepfm(one, schema, hidden=hidden, dim=dim) for one in ("compiled", "torch")]
    steps = [random_step(size, seed=k, schema=schema) for k, size in enumerate(sizes)]
    found, expected = (play(one, steps) for one in both)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)
    states: list[State] = [one.state_dict() for one in both]
    assert states[0].keys() == states[1].keys()
    for key, value in states[1].items():
        np.testing.assert_allclose(states[0][key], value, rtol=1e-4, atol=1e-5, err_msg=key)


def test_it_is_taken_on_a_processor_and_gives_the_same_bytes_twice() -> None:
    first, second, named = deepfm("auto"), deepfm("auto"), deepfm("compiled")
    scores = [play(one, stream()) for one in (first, second, named)]
    assert all(same_bits(scores[0], one) for one in scores[1:])
    assert same_state(first.state_dict(), second.state_dict())
    assert isinstance(first._backbone, CompiledBackbone)
    assert not isinstance(deepfm("torch")._backbone, CompiledBackbone)


def test_a_state_goes_from_one_to_the_other() -> None:
    """A run begun on a processor can be looked at on another device."""
    learned = deepfm("compiled")
    play(learned, stream())
    other = deepfm("torch")
    other.load_state_dict(learned.state_dict())
    batch, _ = random_step(30, seed=9)
    np.testing.assert_allclose(other.score(batch), learned.score(batch), rtol=0.0, atol=1e-5)


def test_a_diverged_row_does_not_end_the_loop() -> None:
    """What is not finite reaches the loop's own check, as from tensors, not a ZeroDivisionError."""
    recommender = deepfm("compiled")
    batch, label = random_step(10, seed=0)
    recommender.update(batch, label)
    state = recommender.state_dict()
    state["dense.bias.weight"][:] = np.inf
    recommender.load_state_dict(state)
    assert not np.isfinite(recommender.score(batch)).any()
    recommender.update(batch, label)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"policy.kernel is 'numba'; accepted: auto, compiled, t"):
        DeepFMSettings(kernel="numba")
    with pytest.raises(ConfigError, match="the run trains on cuda:1; accepted there: torch"):
        runs_compiled("compiled", "cuda:1", 16)
    with pytest.raises(ConfigError, match=r"policy\.dim 12; accepted with it: a multiple of 8"):
        runs_compiled("compiled", "cpu", 12)
    assert not runs_compiled("auto", "cuda", 16)
    assert not runs_compiled("auto", "cpu", 12)
