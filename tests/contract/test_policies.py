"""Every recommender of the catalogue keeps the contract of ``policies.base.Recommender``.

The promises are those of :mod:`lis_sim.checks`, which anybody can look for in their own ranker.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
import torch

from lis_sim.checks import POLICY_CHECKS, Case, Check
from lis_sim.checks.world import SCHEMA, auc, obvious_stream, play
from policies import Recommender, make_policy
from policies.catalogue import FORMS, POLICIES
from tests.unit.policies.worlds import SETTINGS


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def case_of(policy: str, form: str, seen: bool) -> Case:
    def make(seed: int, dimensions: int | None) -> Recommender:
        settings = SETTINGS[policy]
        return make_policy(policy, SCHEMA, seed=seed, dimensions=dimensions, settings=settings)

    return Case(make, form, seen)


CASES = {
    f"{policy}-{form}-{'seen' if seen else 'clean'}": case_of(policy, form, seen)
    for policy, form, seen in product(POLICIES, FORMS, (False, True))
}


OF_VIEWS = ("an_empty_representation_changes_nothing", "a_new_view_counts_at_once")


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    assert isinstance(request.param, Case)
    return request.param


def test_every_policy_has_settings_here() -> None:
    assert set(SETTINGS) == set(POLICIES)


@pytest.mark.parametrize("check", POLICY_CHECKS, ids=[one.name for one in POLICY_CHECKS])
def test_keeps_the_contract(case: Case, check: Check[Case]) -> None:
    outcome = check.outcome(case)
    nothing_to_see = check.name in OF_VIEWS and not case.seen
    assert outcome.result == ("skipped" if nothing_to_see else "passed"), outcome.found


def test_learns_a_world_with_an_obvious_answer(case: Case) -> None:
    """The public check is content with the right direction; ours know the answer."""
    steps = obvious_stream()
    recommender = case.fresh()
    play(recommender, steps)
    batch, label = steps[0]
    assert auc(recommender.score(batch), label) > 0.99
