"""Checks of what makes the arms of a policy comparable."""

from __future__ import annotations

from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check, UncheckedError
from lis_sim.checks.policy_first import STEADY
from lis_sim.checks.world import (
    differing,
    play,
    random_step,
    same_bits,
    same_state,
    stream,
    view,
    zero_view,
)


def arms_are_equal_before_learning(case: Case) -> None:
    """Before anything was learned the arm scores to the bit like the clean one."""
    clean = case.clean()
    for batch, _ in stream():
        if not same_bits(case.fresh().score(batch), clean.score(batch).copy()):
            raise BrokenError("it begins with other scores than the clean arm of the same seed")


def an_empty_representation_changes_nothing(case: Case) -> None:
    """With vectors that are all zero the arm stays equal to the clean one, to the bit."""
    _refuse_unseen(case)
    steps = stream((16, 40, 7, 16, 33) * 4)
    expected = play(case.clean(), steps)
    for supported in (True, False):
        if not same_bits(expected, play(case.fresh(zero_view(supported)), steps)):
            vectors = "zero vectors" if supported else "no item supported"
            raise BrokenError(f"with {vectors} it does not score like the clean arm")


def a_new_view_counts_at_once(case: Case) -> None:
    """What is shown between scoring and learning is learned from."""
    _refuse_unseen(case)
    batch, label = random_step(16, seed=4)
    scored, unscored = case.fresh(), case.fresh()
    scored.score(batch)
    for recommender in (scored, unscored):
        recommender.see(view(seed=9))
        recommender.update(batch, label)
    found, expected = scored.state_dict(), unscored.state_dict()
    if not same_state(found, expected):
        raise BrokenError(f"it learned from what it saw before: {differing(found, expected)}")


def _refuse_unseen(case: Case) -> None:
    if not case.seen:
        raise UncheckedError("this arm sees no representation")


_SAME_START = (
    "draw first weights of the parameters that all arms share from generators that a "
    "representation's parameters have no part in, and begin those at zero"
)

ARM_CHECKS: tuple[Check[Case], ...] = (
    Check(arms_are_equal_before_learning, _SAME_START, (STEADY,)),
    Check(
        an_empty_representation_changes_nothing,
        "let a representation enter through its vectors alone, with weights that are zero at first",
        ("arms_are_equal_before_learning",),
    ),
    Check(
        a_new_view_counts_at_once,
        "forget in see what was worked out from the view before",
        ("update_needs_no_score",),
    ),
)
