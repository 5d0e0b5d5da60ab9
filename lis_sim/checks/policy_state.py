"""Checks of what a recommender keeps: that it is whole, bounded, and grows alike."""

from __future__ import annotations

import numpy as np

from lis_sim.checks.case import Case
from lis_sim.checks.held import held_bytes, traced
from lis_sim.checks.outcome import BrokenError, Check
from lis_sim.checks.policy_first import STEADY
from lis_sim.checks.world import State, differing, late_ids, play, same_bits, same_state, stream

_WARM_UP, _REPEATS = 2, 5  # times the stream: what is cached for good comes at first
_LEAST = 16  # bytes an event: what keeps less of events keeps nothing of them


def goes_on_from_its_state(case: Case) -> None:
    """A fresh one that is given its state goes on to the same bytes."""
    steps = stream()
    recommender = case.fresh()
    play(recommender, steps[:3])
    saved = recommender.state_dict()
    kept = {key: array.copy() for key, array in saved.items()}
    expected = play(recommender, steps[3:])
    if not same_state(saved, kept):
        raise BrokenError(f"a saved state follows what is learned: {differing(saved, kept)}")
    restored = case.fresh(seed=0)
    restored.load_state_dict(saved)
    found = play(restored, steps[3:])
    if not same_bits(expected, found):
        apart = np.abs(expected.astype(np.float64) - found).max()
        raise BrokenError(f"scores after it differ by up to {apart:.3g}")
    if not same_state(restored.state_dict(), recommender.state_dict()):
        names = differing(restored.state_dict(), recommender.state_dict())
        raise BrokenError(f"later states differ: {names}")
    if not same_state(saved, kept):
        raise BrokenError(f"a loaded state follows what is learned: {differing(saved, kept)}")


def loading_forgets_what_was_there(case: Case) -> None:
    """One that has learned something else and is given a state goes on like its owner."""
    steps = stream()
    recommender, other = case.fresh(), case.fresh()
    play(recommender, steps[:2])
    saved = recommender.state_dict()
    play(other, stream(seed=7))
    batch, label = steps[2]
    other.score(batch)  # what it keeps of this is stale after loading
    other.load_state_dict(saved)
    other.update(batch, label)
    recommender.update(batch, label)
    found, expected = other.state_dict(), recommender.state_dict()
    if not same_state(found, expected):
        raise BrokenError(f"after a further step they differ: {differing(found, expected)}")


def takes_ids_as_they_come(case: Case) -> None:
    """Ids that no schema knew are scored, and when they come changes nothing for the others."""
    grown, at_once = case.fresh(), case.fresh()
    at_once.score(late_ids())
    steps = sorted(stream(), key=lambda step: int(step[0].user.max()))
    one_by_one = [
        (batch.take(slice(k, k + 1)), label[k : k + 1])
        for batch, label in steps[:4]
        for k in range(len(batch))
    ]
    expected, found = play(grown, one_by_one), play(at_once, one_by_one)
    if not same_bits(expected, found):
        apart = np.abs(expected.astype(np.float64) - found).max()
        raise BrokenError(
            f"once a larger id was scored, others' scores differ by up to {apart:.3g}"
        )


def memory_does_not_grow_with_events(case: Case) -> None:
    """Further events of known users and items take no further memory."""
    recommender = case.fresh()
    play(recommender, stream())
    size = _bytes(recommender.state_dict())
    with traced():
        play(recommender, stream() * _WARM_UP)
        before = held_bytes()
        for _ in range(_REPEATS):
            play(recommender, stream())
        grown = held_bytes() - before
    events = _REPEATS * sum(len(batch) for batch, _ in stream())
    later = _bytes(recommender.state_dict())
    if later != size:
        raise BrokenError(f"the state grew from {size:,} to {later:,} bytes")
    if grown > _LEAST * events:
        raise BrokenError(
            f"after {events:,} further events it held {grown:,} bytes more, "
            f"{grown / events:.0f} of each event"
        )


def _bytes(state: State) -> int:
    return sum(array.nbytes for array in state.values())


STATE: tuple[Check[Case], ...] = (
    Check(
        goes_on_from_its_state,
        "put all that later scores depend on into state_dict, as copies (of a module: into "
        "parameters and buffers, register_buffer), and take all of it over in load_state_dict",
        (STEADY,),
    ),
    Check(
        loading_forgets_what_was_there,
        "set everything in load_state_dict, also what a fresh one has not",
        ("goes_on_from_its_state", "update_needs_no_score"),
    ),
    Check(
        takes_ids_as_they_come,
        "grow tables by numbers that follow from the id alone, or hash ids onto fixed rows",
        (STEADY,),
    ),
    Check(
        memory_does_not_grow_with_events,
        "keep a fixed number of events, or sums; a list of batches or losses grows for ever",
        (STEADY,),
    ),
)
