"""Checks of a user's own builder of preference data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lis_sim.checks.outcome import BrokenError, Check
from lis_sim.checks.randomness import global_states, seeded
from lis_sim.checks.world import same_bits
from lis_sim.hashing import generator
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.own import OwnBuilder, OwnEvents, call
from lis_sim.preference.own_source import chosen
from lis_sim.types import Bool, Float64

USERS, ITEMS = 60, 40
PAST, FUTURE = 600, 300  # events
_SEED = 5

Built = tuple[Float64, Bool]


@dataclass(frozen=True, slots=True)
class BuilderCase:
    """A builder with the settings of its preference data."""

    spec: PreferenceSpec
    builder: OwnBuilder

    def build(self, past: OwnEvents, future: OwnEvents, items: int = ITEMS) -> Built:
        """Call it as a run does: with read-only copies, and a look at what it returns."""
        copies = [chosen(one, np.ones(len(one), np.bool_)) for one in (past, future)]
        return call(self.spec, self.builder, copies[0], copies[1], items, _SEED)


def some_events(count: int, first_us: int, purpose: str) -> OwnEvents:
    """Return random events by user, oldest first."""
    draw = generator(_SEED, purpose)
    user = draw.integers(0, USERS, count, dtype=np.int32)
    item = (ITEMS * draw.random(count) ** 2).astype(np.int32)
    time_us = first_us + np.sort(draw.integers(0, 10**9, count))
    label = (draw.random(count) < np.where((user + item) % 3 == 0, 0.7, 0.2)).astype(np.float32)
    order = np.argsort(user, kind="stable")
    return OwnEvents(user[order], item[order], time_us[order], label[order])


def _past() -> OwnEvents:
    return some_events(PAST, 0, "past")


def _future() -> OwnEvents:
    return some_events(FUTURE, 10**9, "future")


def _none() -> OwnEvents:
    return chosen(_past(), np.zeros(PAST, np.bool_))


def returns_vectors_and_support(case: BuilderCase) -> None:
    """Of past and future it makes finite vectors, and says which items have one."""
    vectors, supported = case.build(_past(), _future())
    if not supported.any():
        raise BrokenError(f"none of {ITEMS} items is supported, of {PAST + FUTURE} events")
    if not vectors[supported].any():
        raise BrokenError("the vectors of all supported items are zero")


def works_with_little(case: BuilderCase) -> None:
    """It copes with no past, no future, one event, and items that nobody has met."""
    one = chosen(_past(), np.arange(PAST) == 0)
    for past, future, items in (
        (_none(), _future(), ITEMS),
        (_past(), _none(), ITEMS),
        (one, _none(), ITEMS),
        (_past(), _future(), 3 * ITEMS),
    ):
        case.build(past, future, items)


def same_events_same_bytes(case: BuilderCase) -> None:
    """Of the same events it makes the same vectors, to the last bit."""
    found = []
    for _ in range(2):
        with seeded(0):
            found.append(case.build(_past(), _future()))
    _refuse_apart(found[0], found[1], "two calls with the same arguments")


def leaves_global_random_numbers_alone(case: BuilderCase) -> None:
    """It neither needs nor changes the global random numbers of torch, NumPy and Python."""
    found = []
    for seed in (1, 2):
        with seeded(seed):
            before = global_states()
            found.append(case.build(_past(), _future()))
            changed = [name for name, state in global_states().items() if state != before[name]]
        if changed:
            raise BrokenError(f"it drew from, or seeded, the global generator of {changed[0]}")
    _refuse_apart(found[0], found[1], "with other global seeds, two calls")


def keeps_nothing_between_calls(case: BuilderCase) -> None:
    """What one arm may see reaches no other arm through it."""
    first = case.build(_past(), _none())
    # Another one than the other checks show: what came of those is kept already.
    case.build(_past(), some_events(2 * FUTURE, 10**9, "another future"))
    _refuse_apart(first, case.build(_past(), _none()), "a call before and one after another arm's")


def looks_at_the_future(case: BuilderCase) -> None:
    """The future that an arm may see makes a difference."""
    without, given = case.build(_past(), _none()), case.build(_past(), _future())
    if _same(without, given):
        raise BrokenError("with the future of all users it returns what it returns without")


def looks_at_times_as_differences(case: BuilderCase) -> None:
    """It works whenever the log was recorded: at the year 2200 as at 1970."""
    shift = np.int64(7_258_118_400_000_000)
    moved = [replace(one, time_us=one.time_us + shift) for one in (_past(), _future())]
    case.build(moved[0], moved[1])


def _same(a: Built, b: Built) -> bool:
    return all(same_bits(one, other) for one, other in zip(a, b, strict=True))


def _refuse_apart(a: Built, b: Built, what: str) -> None:
    if not _same(a, b):
        apart = np.abs(a[0] - b[0]).max(initial=0.0)
        raise BrokenError(f"{what} gave vectors up to {apart:.3g} apart")


_FIRST = "returns_vectors_and_support"
_SAME = "same_events_same_bytes"
_GLOBAL = "leaves_global_random_numbers_alone"

BUILDER_CHECKS: tuple[Check[BuilderCase], ...] = (
    Check(
        returns_vectors_and_support,
        "return (vectors (items, dimensions), supported (items,)); events are read-only: copy "
        "before you write",
    ),
    Check(works_with_little, "an arm's first windows have few events, or none", (_FIRST,)),
    Check(looks_at_times_as_differences, "times are int64 microseconds UTC", (_FIRST,)),
    Check(same_events_same_bytes, "draw from a generator made of `seed`", (_FIRST,)),
    Check(
        leaves_global_random_numbers_alone,
        "use numpy.random.default_rng(seed)",
        (_SAME,),
    ),
    Check(
        keeps_nothing_between_calls,
        "let the result follow from the arguments alone: no cache, no global",
        (_GLOBAL,),
    ),
    Check(
        looks_at_the_future,
        "read `future` as well as `past`: leaked arms differ from causal by nothing else",
        (_GLOBAL,),
    ),
)
