"""Checks of what a recommender scores, and of what scoring leaves alone."""

from __future__ import annotations

import numpy as np

from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check, UncheckedError
from lis_sim.checks.randomness import global_states, seeded
from lis_sim.checks.world import (
    auc,
    differing,
    obvious_stream,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
)
from lis_sim.types import Batch, Float32
from policies import Recommender

WRONG_WAY, LEARNED = 0.4, 0.6  # AUC on the obvious world
_CLOSE = 1e-5, 1e-6  # relative, absolute


def is_a_recommender(case: Case) -> None:
    """It can be made, and has the methods of a recommender."""
    if not isinstance(case.fresh(), Recommender):
        raise BrokenError("it lacks one of score, update, see, state_dict, load_state_dict")


def works_before_any_learning(case: Case) -> None:
    """One finite float32 score an event, before anything was learned and for no event at all."""
    for events in (0, 1, 16, 50):
        logit = case.fresh().score(random_step(events, seed=1)[0])
        if not isinstance(logit, np.ndarray) or logit.dtype != np.float32:
            raise BrokenError(
                f"score returned {getattr(logit, 'dtype', type(logit).__name__)}; accepted: a "
                "float32 array"
            )
        if logit.shape != (events,):
            raise BrokenError(f"score of {events} events has shape {logit.shape}")
        if not np.isfinite(logit).all():
            raise BrokenError(f"{np.count_nonzero(~np.isfinite(logit))} of {events} are not finite")


def leaves_its_inputs_alone(case: Case) -> None:
    """What it is given to score and to learn from is as it was afterwards."""
    recommender = case.fresh()
    for batch, label in stream():
        before = _copied(batch), label.copy()
        recommender.score(batch)
        _refuse_changed(before[0], batch, "score")
        recommender.update(batch, label)
        _refuse_changed(before[0], batch, "update")
        if not same_bits(before[1], label):
            raise BrokenError("update changed the labels, which all arms learn from")


def same_seed_same_bytes(case: Case) -> None:
    """Two of the same seed give the same scores and states, to the last bit."""
    found = []
    for _ in range(2):
        with seeded(0):
            recommender = case.fresh()
            found.append((play(recommender, stream()), recommender.state_dict()))
    (scores, state), (again, other) = found
    if not same_bits(scores, again):
        raise BrokenError(f"scores differ by up to {_apart(scores, again)}")
    if not same_state(state, other):
        raise BrokenError(f"states differ: {differing(state, other)}")


def leaves_global_random_numbers_alone(case: Case) -> None:
    """It neither needs nor changes the global random numbers of torch, NumPy and Python."""
    found = []
    for seed in (1, 2):
        with seeded(seed):
            before = global_states()
            found.append(play(case.fresh(), stream()))
            changed = [name for name, state in global_states().items() if state != before[name]]
        if changed:
            raise BrokenError(f"it drew from, or seeded, the global generator of {changed[0]}")
    if not same_bits(*found):
        raise BrokenError(f"with other global seeds scores differ by up to {_apart(*found)}")


def scoring_leaves_what_is_learned_alone(case: Case) -> None:
    """However often something is scored, later scores are the same."""
    quiet, curious = case.fresh(), case.fresh()
    for step, (batch, label) in enumerate(stream()):
        curious.score(random_step(40, seed=900 + step)[0])
        expected = quiet.score(batch).copy()
        for _ in range(2):
            _refuse_apart(expected, curious.score(batch).copy(), "after other events were scored")
        curious.score(random_step(9, seed=800 + step)[0])
        quiet.update(batch, label)
        curious.update(batch, label)
    last = stream()[2][0]
    scores = [recommender.score(last).copy() for recommender in (quiet, curious)]
    _refuse_apart(*scores, "of two that learned alike, one of which had scored more")


def stays_finite_whatever_the_labels(case: Case) -> None:
    """Scores are finite after a stream of positives alone."""
    recommender = case.fresh()
    for batch, _ in stream():
        recommender.update(batch, np.ones(len(batch), np.float32))
    if not np.isfinite(recommender.score(stream()[0][0])).all():
        raise BrokenError("after six steps in which everything was engaged with, some are not")


def learning_changes_scores(case: Case) -> None:
    """Learning from a step changes the scores of that step."""
    batch, label = random_step(16, seed=2)
    recommender = case.fresh()
    before = recommender.score(batch).copy()
    recommender.update(batch, label)
    if same_bits(before, recommender.score(batch)):
        raise BrokenError("all 16 scores are the same after an update")


def update_needs_no_score(case: Case) -> None:
    """It learns the same whether or not it was asked for scores before."""
    scored, unscored = case.fresh(), case.fresh()
    for batch, label in stream():
        scored.score(batch)
        scored.update(batch, label)
        unscored.update(batch, label)
    batch = stream()[2][0]
    _refuse_apart(scored.score(batch).copy(), unscored.score(batch).copy(), "of the two")


def scores_belong_to_the_caller(case: Case) -> None:
    """Who gets scores may write into them."""
    recommender, untouched = case.fresh(), case.fresh()
    for batch, label in stream():
        recommender.score(batch).fill(9.0)
        recommender.update(batch, label)
    play(untouched, stream())
    found, expected = recommender.state_dict(), untouched.state_dict()
    if not same_state(found, expected):
        raise BrokenError(f"what was written there was learned: {differing(found, expected)}")


def scores_do_not_depend_on_the_batch(case: Case) -> None:
    """An event's score is the same alone, among others, and in another order."""
    recommender = case.fresh()
    play(recommender, stream())
    batch, _ = random_step(12, seed=5)
    together = recommender.score(batch).copy()
    alone = np.array([recommender.score(batch.take(slice(k, k + 1)))[0] for k in range(12)])
    turned = recommender.score(batch.take(np.arange(12)[::-1].copy()))[::-1]
    for found, how in ((alone, "one by one"), (turned, "in reverse")):
        if not np.allclose(together, found, rtol=_CLOSE[0], atol=_CLOSE[1]):
            raise BrokenError(f"12 events scored {how} differ by up to {_apart(together, found)}")


def learns_the_right_way_round(case: Case) -> None:
    """In a world where even items are always engaged with, it puts them first."""
    steps = obvious_stream()
    recommender = case.fresh()
    play(recommender, steps)
    found = auc(recommender.score(steps[0][0]), steps[0][1])
    if found < WRONG_WAY:
        raise BrokenError(f"its AUC is {found:.2f} after 60 steps of that world")
    if found < LEARNED:
        raise UncheckedError(
            f"its AUC is {found:.2f} after 60 steps of 16 events: it does not look at single "
            "items, or learns too slowly to tell"
        )


def _copied(batch: Batch) -> Batch:
    return Batch(*(getattr(batch, name).copy() for name in _PARTS))


_PARTS = ("user", "item", "categorical", "numeric", "history")


def _refuse_changed(before: Batch, batch: Batch, method: str) -> None:
    for name in _PARTS:
        if not same_bits(getattr(before, name), getattr(batch, name)):
            raise BrokenError(f"{method} changed batch.{name}, which all arms read")


def _refuse_apart(expected: Float32, found: Float32, how: str) -> None:
    if not same_bits(expected, found):
        raise BrokenError(f"scores {how} differ by up to {_apart(expected, found)}")


def _apart(a: Float32, b: Float32) -> str:
    return f"{np.abs(a.astype(np.float64) - b).max(initial=0.0):.3g}"


_FIRST = "works_before_any_learning"
_INPUTS = "leaves_its_inputs_alone"
_SAME = "same_seed_same_bytes"
_GLOBAL = "leaves_global_random_numbers_alone"
# Without these, what bytes are compared with would not be the same from one call to the next.
STEADY = "scoring_leaves_what_is_learned_alone"

SCORES: tuple[Check[Case], ...] = (
    Check(is_a_recommender, "see docs/own_ranker.md for what it must have"),
    Check(
        works_before_any_learning,
        "return one finite float32 number an event, from the first event on",
        ("is_a_recommender",),
    ),
    Check(leaves_its_inputs_alone, "copy before you write", (_FIRST,)),
    Check(
        same_seed_same_bytes,
        "draw every random number from a generator made of the seed that you are given; clocks, "
        "addresses and the order of a set are random numbers too",
        (_INPUTS,),
    ),
    Check(
        leaves_global_random_numbers_alone,
        "use a generator of your own: torch.Generator().manual_seed(seed), "
        "numpy.random.default_rng(seed)",
        (_SAME,),
    ),
    Check(
        scoring_leaves_what_is_learned_alone,
        "let score (of a module: forward in eval mode) change nothing that is kept; update learns",
        (_GLOBAL,),
    ),
    Check(stays_finite_whatever_the_labels, "lower the learning rate, or clip", (STEADY,)),
    Check(
        learning_changes_scores,
        "let update step the parameters that score reads; are they in the optimizer?",
        (STEADY,),
    ),
    Check(update_needs_no_score, "work out in update what it needs", (STEADY,)),
    Check(scores_belong_to_the_caller, "return a copy of what you keep", (STEADY,)),
    Check(
        scores_do_not_depend_on_the_batch,
        "score every event by itself: no mean, rank or batch norm over the events of a batch",
        (STEADY,),
    ),
    Check(
        learns_the_right_way_round,
        "a higher logit must mean a likelier label 1: look at the sign of the loss",
        ("learning_changes_scores",),
    ),
)
