"""Checks of what a recommender scores and learns."""

from __future__ import annotations

import numpy as np

from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check, UncheckedError
from lis_sim.checks.policy_first import STEADY, apart, refuse_apart
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

WRONG_WAY, LEARNED = 0.4, 0.6  # AUC on the obvious world
_CLOSE = 1e-5, 1e-6  # relative, absolute


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
    refuse_apart(scored.score(batch).copy(), unscored.score(batch).copy(), "of the two")


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
            raise BrokenError(f"12 events scored {how} differ by up to {apart(together, found)}")


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


SCORES: tuple[Check[Case], ...] = (
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
