"""The first checks of a recommender, without which all others would say nothing."""

from __future__ import annotations

import numpy as np

from lis_sim.checks.case import Case
from lis_sim.checks.outcome import BrokenError, Check
from lis_sim.checks.randomness import global_states, seeded
from lis_sim.checks.world import differing, play, random_step, same_bits, same_state, stream
from lis_sim.types import Batch, Float32
from policies import Recommender


def is_a_recommender(case: Case) -> None:
    """It can be made, and has the methods of a recommender."""
    if not isinstance(case.fresh(), Recommender):
        raise BrokenError("it lacks one of score, update, see, state_dict, load_state_dict")


def works_before_any_learning(case: Case) -> None:
    """One finite float32 score an event, before anything was learned and for no event at all."""
    for events in (0, 1, 16, 50):
        logit: object = case.fresh().score(random_step(events, seed=1)[0])
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


def state_is_plain_arrays(case: Case) -> None:
    """The state is NumPy arrays of numbers."""
    recommender = case.fresh()
    play(recommender, stream())
    state: object = recommender.state_dict()
    if not isinstance(state, dict):
        raise BrokenError(f"state_dict returned {type(state).__name__}; accepted: a dict")
    for name, array in state.items():
        if type(array) is not np.ndarray or array.dtype.kind not in "fiu":
            kind = getattr(array, "dtype", type(array).__name__)
            raise BrokenError(f"'{name}' is {kind}; accepted: an array of numbers")


def same_seed_same_bytes(case: Case) -> None:
    """Two of the same seed give the same scores and states, to the last bit."""
    found = []
    for _ in range(2):
        with seeded(0):
            recommender = case.fresh()
            found.append((play(recommender, stream()), recommender.state_dict()))
    (scores, state), (again, other) = found
    if not same_bits(scores, again):
        raise BrokenError(f"scores differ by up to {apart(scores, again)}")
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
        raise BrokenError(f"with other global seeds scores differ by up to {apart(*found)}")


def scoring_leaves_what_is_learned_alone(case: Case) -> None:
    """However often something is scored, later scores are the same."""
    quiet, curious = case.fresh(), case.fresh()
    for step, (batch, label) in enumerate(stream()):
        curious.score(random_step(40, seed=900 + step)[0])
        expected = quiet.score(batch).copy()
        for _ in range(2):
            refuse_apart(expected, curious.score(batch).copy(), "after other events were scored")
        curious.score(random_step(9, seed=800 + step)[0])
        quiet.update(batch, label)
        curious.update(batch, label)
    last = stream()[2][0]
    scores = [recommender.score(last).copy() for recommender in (quiet, curious)]
    refuse_apart(scores[0], scores[1], "of two that learned alike, one of which had scored more")


def _copied(batch: Batch) -> Batch:
    return Batch(*(getattr(batch, name).copy() for name in _PARTS))


_PARTS = ("user", "item", "categorical", "numeric", "history")


def _refuse_changed(before: Batch, batch: Batch, method: str) -> None:
    for name in _PARTS:
        if not same_bits(getattr(before, name), getattr(batch, name)):
            raise BrokenError(f"{method} changed batch.{name}, which all arms read")


def refuse_apart(expected: Float32, found: Float32, how: str) -> None:
    """Raise :class:`BrokenError` unless scores are the same to the last bit."""
    if not same_bits(expected, found):
        raise BrokenError(f"scores {how} differ by up to {apart(expected, found)}")


def apart(a: Float32, b: Float32) -> str:
    """Return how far scores are apart at most."""
    return f"{np.abs(a.astype(np.float64) - b).max(initial=0.0):.3g}"


_FIRST = "works_before_any_learning"
_PLAIN = "state_is_plain_arrays"
_SAME = "same_seed_same_bytes"
_GLOBAL = "leaves_global_random_numbers_alone"
# Without it, what bytes are compared with would not be the same from one call to the next.
STEADY = "scoring_leaves_what_is_learned_alone"

FIRST_CHECKS: tuple[Check[Case], ...] = (
    Check(is_a_recommender, "see docs/own_ranker.md for what it must have"),
    Check(
        works_before_any_learning,
        "return one finite float32 number an event, from the first event on",
        ("is_a_recommender",),
    ),
    Check(leaves_its_inputs_alone, "copy before you write", (_FIRST,)),
    Check(
        state_is_plain_arrays,
        "return {name: numpy array}; keep what is not a number out of the state",
        ("leaves_its_inputs_alone",),
    ),
    Check(
        same_seed_same_bytes,
        "draw every random number from a generator made of the seed that you are given; clocks, "
        "addresses and the order of a set are random numbers too",
        (_PLAIN,),
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
)
