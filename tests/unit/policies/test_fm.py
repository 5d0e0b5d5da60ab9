"""Logistic regression, FM and MF: what each looks at, and machine code as tensors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.types import Batch
from policies import make_policy
from policies.compiled_backbone import CompiledBackbone
from policies.fm import FM, MF, PairsRanker
from policies.settings import FMSettings, MFSettings
from tests.unit.policies.worlds import (
    PLAIN,
    SCHEMA,
    SETTINGS,
    State,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
)

KINDS: dict[str, tuple[type[PairsRanker[Any]], type[FMSettings]]] = {
    "fm": (FM, FMSettings),
    "mf": (MF, MFSettings),
}


def ranker(name: str, kernel: str, dim: int = 8) -> PairsRanker[Any]:
    kind, of = KINDS[name]
    return kind(SCHEMA, seed=3, settings=of(dim=dim, batch_events=16, kernel=kernel))


@settings(max_examples=10)
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.integers(0, 40), min_size=1, max_size=5),
    st.sampled_from([8, 16]),
)
def test_machine_code_scores_and_learns_as_tensors(name: str, sizes: list[int], dim: int) -> None:
    both = [ranker(name, kernel, dim) for kernel in ("compiled", "torch")]
    assert [isinstance(one._backbone, CompiledBackbone) for one in both] == [True, False]
    steps = [random_step(size, seed=k) for k, size in enumerate(sizes)]
    found, expected = (play(one, steps) for one in both)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-5)
    states: list[State] = [one.state_dict() for one in both]
    assert states[0].keys() == states[1].keys()
    for key, value in states[1].items():
        np.testing.assert_allclose(states[0][key], value, rtol=1e-4, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("kernel", ["compiled", "torch"])
def test_mf_sees_users_and_items_alone(kernel: str) -> None:
    """Features change nothing, to the bit, whatever the schema says of them."""
    own = {**SETTINGS["mf"], "kernel": kernel}
    with_features, without, other = (
        make_policy("mf", schema, seed=0, settings=own) for schema in (SCHEMA, PLAIN, SCHEMA)
    )
    steps = stream()
    bare = [(_without_features(batch), label) for batch, label in steps]
    odd = [(replace(batch, numeric=batch.numeric * 7.0), label) for batch, label in steps]
    scores = play(with_features, steps)
    assert same_bits(scores, play(without, bare))
    assert same_bits(scores, play(other, odd))
    assert same_state(with_features.state_dict(), without.state_dict())


def test_a_logistic_regression_has_one_number_for_each_id() -> None:
    recommender = make_policy("logistic", SCHEMA, seed=0, settings=SETTINGS["logistic"])
    batch, _ = stream()[1]
    assert not recommender.score(batch).any(), "nothing is drawn at random"
    play(recommender, stream())
    state = recommender.state_dict()
    assert state["table.weight"].shape[1] == state["table.square"].shape[1] == 1
    assert state["dense.numeric.weight"].shape == (2, 1)


def test_a_logistic_regression_knows_nothing_of_two_together() -> None:
    """What a user adds to the logit is the same for every item."""
    recommender = make_policy("logistic", PLAIN, seed=0)
    play(recommender, [random_step(30, seed=k, schema=PLAIN) for k in range(5)])
    pairs, _ = random_step(4, seed=0, schema=PLAIN)
    ids = np.array([[0, 1], [0, 2], [3, 1], [3, 2]], np.int32)
    logit = recommender.score(replace(pairs, user=ids[:, 0].copy(), item=ids[:, 1].copy()))
    assert logit[0] != logit[1]
    np.testing.assert_allclose(logit[0] - logit[1], logit[2] - logit[3], rtol=0, atol=1e-6)


def _without_features(batch: Batch) -> Batch:
    none = len(batch), 0
    return replace(batch, categorical=np.empty(none, np.int32), numeric=np.empty(none, np.float32))
