"""The residual form: tastes, the sequential regression, and arms over a shared clean one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from lis_sim.errors import ConfigError
from lis_sim.hashing import generator
from lis_sim.types import Batch, Float32, Float64, Int32, Representation
from policies import CleanArm, Recommender, make_policy
from policies.memory import ResidualMemory
from policies.regression import SequentialLogistic
from policies.residual import ResidualArm
from policies.similarity import similarity
from policies.taste import Tastes
from policies.view import RepresentationView
from tests.unit.policies.worlds import (
    DIMENSIONS,
    FOLDS,
    SCHEMA,
    SETTINGS,
    TRUTHS,
    State,
    Step,
    Truth,
    auc,
    random_step,
    representation,
    same_bits,
    same_state,
    stream,
    view,
    zero_view,
)

ALL = slice(0, DIMENSIONS)


def fresh() -> CleanArm:
    return CleanArm(make_policy("deepfm", SCHEMA, seed=0, settings=SETTINGS["deepfm"]))


def memory_of(user: Int32, item: Int32, residual: Float32) -> ResidualMemory:
    memory = ResidualMemory()
    memory.add(user, item, residual)
    memory.end_window()
    return memory


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 6, 8, 21]))
def test_a_taste_is_the_mean_of_the_normal_posterior(seed: int, users: int) -> None:
    """Also of users without a past, and of more users than are solved side by side."""
    draw = np.random.default_rng(seed)
    user = draw.integers(0, max(1, users - 2), 30).astype(np.int32)
    item = draw.integers(0, 450, 30).astype(np.int32)  # some are not in the representation
    residual = draw.uniform(-1, 1, 30).astype(np.float32)
    shown = view()
    seen = shown.table[shown.rows(user, item), :DIMENSIONS].astype(np.float64) / DIMENSIONS**0.5
    asked = draw.permutation(users).astype(np.int32)
    vector = draw.normal(size=(users, DIMENSIONS)).astype(np.float32)
    found = Tastes(memory_of(user, item, residual)).match(shown, ALL, asked, vector)
    for row, one in enumerate(asked):
        own = user == one
        error = np.abs(residual[own].astype(np.float64))
        precision = np.eye(DIMENSIONS) + (seen[own].T * (error * (1 - error))) @ seen[own]
        taste = np.linalg.solve(precision, seen[own].T @ residual[own].astype(np.float64))
        assert found[row] == pytest.approx(taste @ vector[row] / DIMENSIONS**0.5, abs=1e-5)


def test_a_taste_does_not_depend_on_who_is_asked_with_it() -> None:
    """To the bit: workers and restarts may ask for other users at a time."""
    batch, label = random_step(200, seed=4)
    memory, shown = memory_of(batch.user, batch.item, label - np.float32(0.4)), view()
    vector = np.ones((12, DIMENSIONS), np.float32)
    asked = np.array([3, 700, 0, 5, 1999, 1, 2, 9, 4, 6, 7, 8], np.int32)
    together = Tastes(memory).match(shown, ALL, asked, vector)
    twice = Tastes(memory)
    in_turn = [twice.match(shown, ALL, asked[[row, row]], vector[:2])[1] for row in range(12)]
    assert together.tolist() == in_turn
    assert twice.match(shown, ALL, asked, vector).tolist() == in_turn


def test_a_rotation_of_the_representation_changes_no_match() -> None:
    draw = np.random.default_rng(3)
    whole = representation()
    turn, _ = np.linalg.qr(draw.normal(size=(DIMENSIONS, DIMENSIONS)))
    turned = Representation((whole.vectors @ turn).astype(np.float32), whole.supported)
    batch, label = random_step(40, seed=1)
    memory = memory_of(batch.user, batch.item, label - np.float32(0.4))
    match = []
    for one in (whole, turned):
        shown = RepresentationView.of(one, fold_seed=0)
        vector = shown.table[shown.rows(batch.user, batch.item), :DIMENSIONS]
        match.append(Tastes(memory).match(shown, ALL, batch.user, vector))
    np.testing.assert_allclose(match[0], match[1], atol=1e-5)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_memory_keeps_the_last_events_of_every_user(sizes: list[int]) -> None:
    memory = ResidualMemory(per_user=3)
    users, items = [], []
    for step, size in enumerate(sizes):
        batch, label = random_step(size, seed=step)
        memory.add(batch.user, batch.item, label)
        memory.end_window()
        users.append(batch.user)
        items.append(batch.item)
    user, item = np.concatenate(users), np.concatenate(items)
    kept = memory.events()
    for one in np.unique(user):
        own = kept.item[kept.start[one] : kept.start[one + 1]]
        assert own.tolist() == item[user == one][-3:].tolist()
    np.testing.assert_array_equal(
        memory.met(np.arange(600, dtype=np.int32)), np.bincount(item, minlength=600)
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@example(14625780, 1)  # a saturated logit: whole steps pass the mode by far, again and again
def test_one_step_of_the_regression_finds_the_mode(seed: int, events: int) -> None:
    draw = np.random.default_rng(seed)
    x, offset = draw.normal(size=(events, 3)), draw.normal(size=events)
    label = draw.integers(0, 2, events).astype(np.float32)
    mean, precision = np.array([1.0, 0.0, 0.0]), np.array([10.0, 2.0, 0.5])
    regression = SequentialLogistic(mean, precision, np.zeros(3, bool))
    regression.learn(x, offset, label)

    def loss(weight: Float64) -> float:
        logit = offset + x @ weight
        fit = np.logaddexp(0.0, logit).sum() - (label * logit).sum()
        return float(fit + 0.5 * (precision * (weight - mean) ** 2).sum())

    best = minimize(loss, mean, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(regression.weight, best.x, atol=1e-4)


def test_steps_of_the_regression_add_up() -> None:
    """Near the mode, many steps come to what all events at once give."""
    draw = generator(0, "regression test")
    x = draw.normal(size=(4000, 4))
    label = (draw.random(4000) < 1 / (1 + np.exp(-(x @ [0.5, -0.3, 0.0, 0.2])))).astype(np.float32)
    whole, parts = (
        SequentialLogistic(np.zeros(4), np.ones(4), np.zeros(4, bool)) for _ in range(2)
    )
    whole.learn(x, np.zeros(4000), label)
    for start in range(0, 4000, 200):
        rows = slice(start, start + 200)
        parts.learn(x[rows], np.zeros(200), label[rows])
    np.testing.assert_allclose(parts.weight, whole.weight, atol=0.02)


def test_weights_that_know_nothing_stay_closed() -> None:
    draw = generator(1, "regression test")
    x = draw.normal(size=(20_000, 12))
    label = (draw.random(20_000) < 1 / (1 + np.exp(-0.3 * x[:, 0]))).astype(np.float32)
    regression = SequentialLogistic(np.zeros(12), np.ones(12), np.ones(12, bool))
    assert not regression.weight.any()
    regression.learn(x, np.zeros(20_000), label)
    regression.find_precisions()
    assert regression.weight[0] == pytest.approx(0.3, abs=0.05)
    assert (np.abs(regression.weight[1:]) < 1e-6).sum() >= 6
    assert np.abs(regression.weight[1:]).max() < 0.03


@pytest.mark.parametrize("start", [-10.0, -3.0, 0.0, 3.0])
@pytest.mark.parametrize("size", [1.0, 4.0])
def test_far_from_the_mode_steps_do_not_run_away(start: float, size: float) -> None:
    """Where logits saturate the curvature is tiny and a whole Newton step passes the mode."""
    draw = generator(2, "regression test")
    x = size * draw.normal(size=(1024, 2))
    label = (draw.random(1024) < 0.3).astype(np.float32)
    offset = np.full(1024, start) + draw.normal(size=1024)
    mean, precision = np.array([1.0, 0.0]), np.array([10.0, 10.0])
    regression = SequentialLogistic(mean, precision, np.zeros(2, bool))
    regression.learn(x, offset, label)

    def loss(weight: Float64) -> float:
        logit = offset + x @ weight
        fit = np.logaddexp(0.0, logit).sum() - (label * logit).sum()
        return float(fit + 0.5 * (precision * (weight - mean) ** 2).sum())

    best = minimize(loss, mean, method="BFGS")
    assert loss(regression.weight) <= best.fun * 1.01


def test_a_step_leaves_the_expansion_of_its_loss_in_all_weights() -> None:
    """Also in those that are closed: what they would gain is found from it."""
    draw = generator(4, "regression test")
    x, offset = draw.normal(size=(300, 3)), draw.normal(size=300)
    label = draw.integers(0, 2, 300).astype(np.float32)
    found = np.array([False, True, True])
    regression = SequentialLogistic(np.array([1.0, 0.0, 0.0]), np.ones(3), found)
    regression.learn(x, offset, label)
    weight = regression.weight
    assert weight[0] != 1.0
    assert weight[1:].tolist() == [0.0, 0.0]
    p = 1.0 / (1.0 + np.exp(-(offset + x @ weight)))
    curvature = (x.T * (p * (1.0 - p))) @ x
    state: State = regression.state_dict()
    np.testing.assert_allclose(state["curvature"], curvature, rtol=1e-9)
    slope = x.T @ (p - label)
    np.testing.assert_allclose(state["pull"], curvature @ weight - slope, rtol=1e-9)


def test_closed_weights_break_no_tie() -> None:
    draw = generator(3, "regression test")
    x = draw.normal(size=(500, 4))
    regression = SequentialLogistic(np.zeros(4), np.ones(4), np.ones(4, bool))
    regression.learn(x, np.zeros(500), draw.integers(0, 2, 500).astype(np.float32))
    assert not regression.predict(x).any()
    regression.find_precisions()
    closed = regression.weight == 0.0
    assert closed.any()


def test_the_similarity_is_a_mean_over_the_history() -> None:
    shown = view()
    batch, _ = random_step(50, seed=2)
    found = similarity(shown, ALL, batch, shown.first_rows(batch.user))
    for event in range(50):
        user, history = batch.user[event : event + 1], batch.history[event]
        length = int((history >= 0).sum())
        past = shown.table[shown.rows(user, history[None])[0], :DIMENSIONS]
        own = shown.table[shown.rows(user, batch.item[event : event + 1])[0], :DIMENSIONS]
        expected = float((past @ own).sum() / DIMENSIONS / length) if length else 0.0
        assert found[event] == pytest.approx(expected, abs=1e-5)


def test_the_clean_arm_does_not_feel_what_stands_on_it() -> None:
    clean, alone = fresh(), fresh()
    arm = clean.arm(DIMENSIONS)
    arm.see(view())
    for batch, label in stream((40, 50, 33, 60)):
        expected = alone.score(batch)
        arm.score(batch)
        assert same_bits(clean.score(batch), expected)
        arm.update(batch, label)
        clean.update(batch, label)
        alone.update(batch, label)
        for one in (clean, alone):
            one.end_window()
    assert same_state(clean.state_dict(), alone.state_dict())


def test_the_order_of_the_arms_does_not_matter() -> None:
    scores = []
    for order in ([0, 1, 2], [2, 1, 0]):
        clean = fresh()
        arms: list[Recommender] = [clean, clean.arm(DIMENSIONS), clean.arm(DIMENSIONS)]
        arms[1].see(view(1))
        arms[2].see(view(2))
        own: dict[int, list[Float32]] = {0: [], 1: [], 2: []}
        for batch, label in stream((40, 50, 33, 60)):
            for which in order:
                own[which].append(arms[which].score(batch))
            for which in order:
                arms[which].update(batch, label)
            clean.end_window()
        scores.append([np.concatenate(own[which]) for which in range(3)])
    assert all(same_bits(a, b) for a, b in zip(*scores, strict=True))


def test_the_same_batch_may_be_learned_twice() -> None:
    clean = fresh()
    arm = clean.arm(DIMENSIONS)
    arm.see(view())
    batch, label = random_step(20, seed=0)
    for _ in range(2):
        arm.update(batch, label)
        clean.update(batch, label)
    twice = make_policy("deepfm", SCHEMA, seed=0, settings=SETTINGS["deepfm"])
    twice.update(batch, label)
    twice.update(batch, label)
    assert same_bits(clean.recommender.score(batch), twice.score(batch))


@pytest.mark.parametrize("supported", [True, False])
def test_an_empty_representation_is_the_clean_arm_to_the_bit(supported: bool) -> None:
    clean = fresh()
    arm = clean.arm(DIMENSIONS)
    arm.see(zero_view(supported))
    for batch, label in stream((40, 50, 33, 60)):
        assert same_bits(arm.score(batch), clean.score(batch))
        arm.update(batch, label)
        clean.update(batch, label)
        clean.end_window()


def test_an_arm_refuses_another_width() -> None:
    with pytest.raises(
        ConfigError, match=r"blocks of \(3,\) dimensions, this arm was made for \(5,\)"
    ):
        fresh().arm(5).see(view())


USERS, EVENTS, STEPS, DIM, PAST = 12, 60, 60, 4, 3


@pytest.mark.parametrize("truth", TRUTHS)
def test_new_items_are_ranked_by_what_their_vectors_tell(truth: Truth) -> None:
    """No item is ever seen twice: whatever is learned about items comes from vectors."""
    draw = np.random.Generator(np.random.Philox(key=11))
    items = EVENTS * STEPS
    vectors = draw.normal(size=(items, DIM))
    shown = Representation(vectors[None].astype(np.float32), np.ones((1, items), bool))
    clean = CleanArm(make_policy("popularity", SCHEMA, seed=0))
    arm = clean.arm(DIM)
    arm.see(RepresentationView.of(shown, fold_seed=0))
    scores, labels = [], []
    for step in range(STEPS):
        batch = Batch(
            user=draw.integers(0, USERS, EVENTS, dtype=np.int32),
            item=np.arange(step * EVENTS, (step + 1) * EVENTS, dtype=np.int32),
            categorical=np.empty((EVENTS, 0), np.int32),
            numeric=np.empty((EVENTS, 0), np.float32),
            history=draw.integers(0, items, (EVENTS, PAST), dtype=np.int32),
        )
        likes = truth(batch.user, vectors[batch.item], vectors[batch.history]) > 0
        scores.append(arm.score(batch))
        labels.append(likes.astype(np.float32))
        arm.update(batch, labels[-1])
        clean.end_window()
    late = slice(STEPS // 2, None)
    assert auc(np.concatenate(scores[late]), np.concatenate(labels[late])) > 0.9


def test_noise_costs_next_to_nothing() -> None:
    """Random vectors, tasteless labels: the arm's order is the clean one's nearly everywhere."""
    draw = generator(5, "noise")
    clean = CleanArm(make_policy("popularity", SCHEMA, seed=0))
    arm = clean.arm(DIMENSIONS)
    arm.see(view())
    rate = draw.random(600)
    gap = []
    for step in range(60):
        batch, _ = random_step(200, seed=step)
        label = (draw.random(200) < rate[batch.item]).astype(np.float32)
        if step >= 20:
            gap.append(auc(arm.score(batch), label) - auc(clean.score(batch), label))
        arm.update(batch, label)
        if step % 5 == 4:
            clean.end_window()
    assert FOLDS == 5
    assert abs(float(np.mean(gap))) < 0.01


def test_restoring_both_goes_on_to_the_same_bytes() -> None:
    steps = stream((40, 50, 33, 60, 20))
    arms: list[tuple[CleanArm, ResidualArm]] = []
    for _ in range(2):
        clean = fresh()
        arms.append((clean, clean.arm(DIMENSIONS)))
        arms[-1][1].see(view())
    (clean, arm), (other, twin) = arms
    _learn(clean, arm, steps[:3])
    other.load_state_dict(clean.state_dict())
    twin.load_state_dict(arm.state_dict())
    for one in arms:
        _learn(*one, steps[3:])
    assert same_bits(arm.score(steps[0][0]), twin.score(steps[0][0]))
    assert same_state(clean.state_dict(), other.state_dict())
    assert same_state(arm.state_dict(), twin.state_dict())


def _learn(clean: CleanArm, arm: ResidualArm, steps: list[Step]) -> None:
    for batch, label in steps:
        arm.update(batch, label)
        clean.end_window()
