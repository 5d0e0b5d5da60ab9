"""Every recommender learns from shards of users what it learns from all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from lis_sim.types import Float32
from policies import CleanArm, Recommender, make_policy
from policies.embedding import CHUNK_BITS
from policies.exchange import ALONE, Exchange
from policies.view import RepresentationView
from tests.unit.policies.shards import joined, on_shards, own_part
from tests.unit.policies.worlds import (
    DIMENSIONS,
    SCHEMA,
    SETTINGS,
    State,
    WindowEachStep,
    play,
    same_bits,
    stream,
    view,
    zero_view,
)

TABLE = ("weight", "square")
OF_USERS = ("tower.user.", "memory.user", "memory.item", "memory.residual")
TORCH, COMPILED = {"kernel": "torch"}, {"kernel": "compiled"}
CASES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("popularity", "popularity", "joint", {}),
    ("torch", "deepfm", "joint", TORCH),
    ("compiled", "deepfm", "joint", COMPILED),
    ("hashed rows", "deepfm", "joint", {**TORCH, "hash_bits": 3}),
    ("hashed rows, compiled", "deepfm", "joint", {**COMPILED, "hash_bits": 3}),
    ("cross layers", "dcn_v2", "joint", {}),
    ("attention", "din", "joint", {}),
    ("attention, hashed rows", "din", "joint", {"hash_bits": 3}),
    ("factors", "mf", "joint", COMPILED),
    ("one column", "logistic", "joint", {}),
    ("residual", "deepfm", "residual", COMPILED),
    ("residual over popularity", "popularity", "residual", {}),
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@dataclass(frozen=True)
class Case:
    """One way to make a recommender, on a shard or alone."""

    policy: str
    form: str
    settings: dict[str, Any]

    def fresh(self, exchange: Exchange = ALONE, shown: RepresentationView | None = None) -> Any:
        """Return a new recommender that sees ``shown``, by default a random view."""
        settings = {**SETTINGS[self.policy], **self.settings}
        if self.form == "joint":
            recommender: Recommender = make_policy(
                self.policy,
                SCHEMA,
                seed=0,
                dimensions=DIMENSIONS,
                settings=settings,
                exchange=exchange,
            )
        else:
            policy = make_policy(self.policy, SCHEMA, seed=0, settings=settings, exchange=exchange)
            clean = CleanArm(policy, 4, exchange)
            recommender = WindowEachStep(clean, clean.arm(DIMENSIONS))
        recommender.see(shown or view())
        return recommender


@pytest.fixture(params=[Case(*case[1:]) for case in CASES], ids=[case[0] for case in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    assert isinstance(request.param, Case)
    return request.param


def played(
    case: Case, of: int, shown: RepresentationView | None = None
) -> tuple[Float32, list[State]]:
    """Return all scores of the stream and every shard's state."""
    steps = stream()

    def work(exchange: Exchange) -> tuple[list[Float32], State]:
        recommender, scores = case.fresh(exchange, shown), []
        for batch, label in (own_part(step, exchange.shard) for step in steps):
            scores.append(recommender.score(batch).copy())
            recommender.update(batch, label)
        return scores, recommender.state_dict()

    found = on_shards(of, work)
    return joined([scores for scores, _ in found], steps), [state for _, state in found]


@pytest.mark.parametrize("of", [2, 3, 7])
def test_scores_are_those_of_one_worker(case: Case, of: int) -> None:
    """With 7 shards some have no event in a step, and one has none at all."""
    alone = case.fresh()
    np.testing.assert_allclose(played(case, of)[0], play(alone, stream()), rtol=0, atol=2e-5)


def test_same_shards_same_bytes(case: Case) -> None:
    one, other = played(case, 2), played(case, 2)
    assert same_bits(one[0], other[0])
    for a, b in zip(one[1], other[1], strict=True):
        assert a.keys() == b.keys()
        assert all(same_bits(a[key], b[key]) for key in a)


def test_what_is_everybodys_is_the_same_on_every_shard(case: Case) -> None:
    first, *others = map(of_everybody, played(case, 3)[1])
    assert first
    for other in others:
        assert first.keys() == other.keys()
        assert all(same_bits(first[key], other[key]) for key in first)


def of_everybody(state: State) -> State:
    """Return what of a shard's state is of no user, with tables' rows in the order of ids."""
    shared = {key: one for key, one in state.items() if not key.startswith(OF_USERS)}
    chunk = np.arange(1 << CHUNK_BITS)
    for key in [key for key in shared if ".chunks." in key]:
        rows = (shared.pop(key)[:, None] + chunk).ravel()
        if not key.endswith(".0"):  # the field of users
            shared |= {f"{key}.{part}": state[f"table.{part}"][rows] for part in TABLE}
    return {key: one for key, one in shared.items() if key not in [f"table.{p}" for p in TABLE]}


def test_goes_on_from_the_state_of_a_shard(case: Case) -> None:
    steps = stream()

    def work(exchange: Exchange) -> tuple[Float32, Float32]:
        own = [own_part(step, exchange.shard) for step in steps]
        whole = case.fresh(exchange)
        play(whole, own[:3])
        state = whole.state_dict()
        expected = play(whole, own[3:])
        again = case.fresh(exchange)
        again.load_state_dict(state)
        again.see(view())
        return expected, play(again, own[3:])

    for expected, found in on_shards(2, work):
        assert same_bits(expected, found)


def test_a_representation_of_nothing_changes_nothing(case: Case) -> None:
    empty = played(case, 2, zero_view(supported=False))[0]
    clean = case.fresh(shown=zero_view(supported=False))
    np.testing.assert_allclose(empty, play(clean, stream()), rtol=0, atol=2e-5)
