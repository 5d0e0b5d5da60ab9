"""Every recommender of the catalogue keeps the contract of ``policies.base.Recommender``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch

from lis_sim.types import Batch
from policies import CleanArm, Recommender, make_policy
from policies.catalogue import FORMS, POLICIES
from policies.view import RepresentationView
from tests.unit.policies.worlds import (
    DIMENSIONS,
    SCHEMA,
    SETTINGS,
    Step,
    WindowEachStep,
    auc,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
    view,
    zero_view,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@dataclass(frozen=True)
class Case:
    """One way to make a recommender."""

    policy: str
    form: str
    seen: bool

    def fresh(self, shown: RepresentationView | None = None, seed: int = 0) -> Recommender:
        """Return a new recommender that sees ``shown``, by default this case's own view."""
        shown = shown or (view() if self.seen else None)
        width = None if shown is None else DIMENSIONS
        settings = SETTINGS[self.policy]
        if self.form == "joint":
            recommender = make_policy(
                self.policy, SCHEMA, seed=seed, dimensions=width, settings=settings
            )
        else:
            policy = make_policy(self.policy, SCHEMA, seed=seed, settings=settings)
            clean = CleanArm(policy, per_user=4)
            recommender = WindowEachStep(clean, clean if width is None else clean.arm(width))
        recommender.see(shown)
        return recommender


CASES = [Case(*parts) for parts in product(POLICIES, FORMS, (False, True))]


def _name(case: Case) -> str:
    return f"{case.policy}-{case.form}-{'seen' if case.seen else 'clean'}"


@pytest.fixture(params=CASES, ids=_name)
def case(request: pytest.FixtureRequest) -> Case:
    assert isinstance(request.param, Case)
    return request.param


def test_every_policy_has_settings_here() -> None:
    assert set(SETTINGS) == set(POLICIES)


def test_is_a_recommender(case: Case) -> None:
    assert isinstance(case.fresh(), Recommender)


@pytest.mark.parametrize("events", [0, 1, 16, 50])
def test_works_before_any_learning(case: Case, events: int) -> None:
    batch, _ = random_step(events, seed=1)
    logit = case.fresh().score(batch)
    assert logit.dtype == np.float32
    assert logit.shape == (events,)
    assert np.isfinite(logit).all()


def test_stays_finite_whatever_the_labels(case: Case) -> None:
    recommender = case.fresh()
    for batch, _ in stream():
        recommender.update(batch, np.ones(len(batch), np.float32))
    assert np.isfinite(recommender.score(stream()[0][0])).all()


def test_same_seed_same_bytes(case: Case) -> None:
    a, b = case.fresh(), case.fresh()
    assert same_bits(play(a, stream()), play(b, stream()))
    assert same_state(a.state_dict(), b.state_dict())


def test_learning_changes_scores(case: Case) -> None:
    batch, label = random_step(16, seed=2)
    recommender = case.fresh()
    before = recommender.score(batch)
    recommender.update(batch, label)
    assert not same_bits(before, recommender.score(batch))


def test_scoring_leaves_what_is_learned_alone(case: Case) -> None:
    quiet, curious = case.fresh(), case.fresh()
    for step, (batch, label) in enumerate(stream()):
        curious.score(random_step(40, seed=900 + step)[0])
        expected = quiet.score(batch)
        assert same_bits(expected, curious.score(batch))
        assert same_bits(expected, curious.score(batch))
        curious.score(random_step(9, seed=800 + step)[0])
        quiet.update(batch, label)
        curious.update(batch, label)
    assert same_bits(*(r.score(stream()[2][0]) for r in (quiet, curious)))


def test_update_needs_no_score(case: Case) -> None:
    """What score keeps for the update is only work saved."""
    scored, unscored = case.fresh(), case.fresh()
    for batch, label in stream():
        scored.score(batch)
        scored.update(batch, label)
        unscored.update(batch, label)
    batch = stream()[2][0]
    assert same_bits(scored.score(batch), unscored.score(batch))


def test_scores_belong_to_the_caller(case: Case) -> None:
    recommender = case.fresh()
    for batch, label in stream():
        recommender.score(batch).fill(9.0)
        recommender.update(batch, label)
    untouched = case.fresh()
    play(untouched, stream())
    assert same_state(recommender.state_dict(), untouched.state_dict())


def test_scoring_one_by_one_is_scoring_together(case: Case) -> None:
    recommender = case.fresh()
    play(recommender, stream())
    batch, _ = random_step(12, seed=5)
    one_by_one = [recommender.score(batch.take(slice(k, k + 1)))[0] for k in range(12)]
    np.testing.assert_allclose(recommender.score(batch), one_by_one, rtol=1e-5, atol=1e-6)


def test_arms_are_equal_before_learning(case: Case) -> None:
    clean = Case(case.policy, "residual", seen=False).fresh()
    for batch, _ in stream():
        assert same_bits(case.fresh().score(batch), clean.score(batch))


@pytest.mark.parametrize("supported", [True, False])
def test_an_empty_representation_changes_nothing(case: Case, supported: bool) -> None:
    steps = stream((16, 40, 7, 16, 33) * 4)
    clean = Case(case.policy, "residual", seen=False).fresh()
    empty = case.fresh(zero_view(supported))
    assert same_bits(play(clean, steps), play(empty, steps))


def test_stopping_and_restoring_is_never_stopping(case: Case) -> None:
    steps = stream()
    recommender = case.fresh()
    play(recommender, steps[:3])
    saved = recommender.state_dict()
    kept = {key: array.copy() for key, array in saved.items()}
    rest = play(recommender, steps[3:])
    restored = case.fresh(seed=0)
    restored.load_state_dict(saved)
    assert same_bits(play(restored, steps[3:]), rest)
    assert same_state(restored.state_dict(), recommender.state_dict())
    assert same_state(saved, kept), "a saved state must not follow the recommender"


def test_restoring_forgets_what_was_there(case: Case) -> None:
    steps = stream()
    recommender, other = case.fresh(), case.fresh()
    play(recommender, steps[:2])
    saved = recommender.state_dict()
    play(other, stream(seed=7))
    batch, label = steps[2]
    other.score(batch)  # what it kept of this pass is stale after loading
    other.load_state_dict(saved)
    other.update(batch, label)
    recommender.update(batch, label)
    assert same_state(recommender.state_dict(), other.state_dict())


def test_state_is_plain_arrays(case: Case) -> None:
    recommender = case.fresh()
    play(recommender, stream())
    for array in recommender.state_dict().values():
        assert type(array) is np.ndarray
        assert array.dtype.kind in "fiu"


def test_tables_grown_as_ids_appear_equal_tables_made_at_once(case: Case) -> None:
    grown, at_once = case.fresh(), case.fresh()
    batch, _ = random_step(1, seed=0)
    largest = Batch(
        user=np.array([5000], np.int32),
        item=np.array([3000], np.int32),
        categorical=np.array([[900]], np.int32),
        numeric=batch.numeric,
        history=batch.history,
    )
    at_once.score(largest)
    steps = sorted(stream(), key=lambda step: int(step[0].user.max()))
    one_by_one = [
        (batch.take(slice(k, k + 1)), label[k : k + 1])
        for batch, label in steps[:4]
        for k in range(len(batch))
    ]
    assert same_bits(play(grown, one_by_one), play(at_once, one_by_one))


def test_memory_does_not_grow_with_events(case: Case) -> None:
    recommender = case.fresh()
    play(recommender, stream())
    size = _bytes(recommender)
    play(recommender, stream() * 3)
    assert _bytes(recommender) == size


@pytest.mark.parametrize("case", [c for c in CASES if c.seen], ids=_name, indirect=True)
def test_a_new_view_between_score_and_update_counts(case: Case) -> None:
    batch, label = random_step(16, seed=4)
    a, b = case.fresh(), case.fresh()
    a.score(batch)
    for recommender in (a, b):
        recommender.see(view(seed=9))
        recommender.update(batch, label)
    assert same_state(a.state_dict(), b.state_dict())


def test_learns_a_world_with_an_obvious_answer(case: Case) -> None:
    """Even items are always engaged with, odd ones never."""
    steps: list[Step] = []
    for step in range(60):
        batch, _ = random_step(16, seed=step)
        steps.append((batch, (batch.item % 2 == 0).astype(np.float32)))
    recommender = case.fresh()
    play(recommender, steps)
    batch, label = steps[0]
    assert auc(recommender.score(batch), label) > 0.99


def _bytes(recommender: Recommender) -> int:
    return sum(array.nbytes for array in recommender.state_dict().values())
