"""Evidence is the last events of every user, however the log was cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.preference.evidence import Evidence, EvidenceStore, evidence_of
from lis_sim.preference.intake import Taken
from lis_sim.types import Int64

EVENTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 1)), max_size=60)
Event = tuple[int, int, int]


def taken_of(events: Sequence[Event] | Int64, first_us: int = 0) -> Taken:
    """Return events a microsecond apart."""
    user, item, label = np.array(events, np.int64).reshape(-1, 3).T
    return Taken(
        user.astype(np.int32),
        item.astype(np.int32),
        label.astype(np.int8),
        first_us + np.arange(len(user)),
    )


def store_of(events: Sequence[Event], per_user: int, cuts: Sequence[int] = ()) -> EvidenceStore:
    store = EvidenceStore(per_user)
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for number, (start, end) in enumerate(pairwise(edges)):
        store.add(taken_of(events[start:end]))
        if number % 2:
            store.events()  # looking must not change what comes later
    return store


def last_events(events: Sequence[Event], user: int, per_user: int) -> list[tuple[int, int]]:
    return [(item, label) for u, item, label in events if u == user][-per_user:]


def groups(evidence: Evidence) -> list[list[tuple[int, int]]]:
    pairs = list(zip(evidence.item.tolist(), evidence.label.astype(int).tolist(), strict=True))
    bounds = evidence.start.tolist()
    return [pairs[start:end] for start, end in pairwise(bounds)]


@given(EVENTS, st.integers(1, 5), st.lists(st.integers(0, 60), max_size=6))
def test_a_store_keeps_the_last_events_however_they_were_cut(
    events: list[Event], per_user: int, cuts: list[int]
) -> None:
    user, item, label = store_of(events, per_user, cuts).events()
    kept = list(zip(user.tolist(), item.tolist(), label.tolist(), strict=True))
    assert kept == [(u, *pair) for u in range(7) for pair in last_events(events, u, per_user)]


@given(EVENTS, EVENTS, st.integers(1, 5), st.lists(st.booleans(), min_size=7, max_size=7))
def test_held_out_users_come_from_the_past(
    past: list[Event], rest: list[Event], per_user: int, held_out: list[bool]
) -> None:
    inside, outside = store_of(past, per_user), store_of(past + rest, per_user)
    expected = [last_events(past if held_out[u] else past + rest, u, per_user) for u in range(7)]
    found = evidence_of(outside, inside, np.array(held_out))
    assert groups(found) == [group for group in expected if group]
    assert found.start[0] == 0
    assert (np.diff(found.start) > 0).all()
    assert len(found) == sum(map(len, expected))


@given(EVENTS, st.integers(1, 5))
def test_nobody_held_out_is_the_outside_store(events: list[Event], per_user: int) -> None:
    outside, inside = store_of(events, per_user), store_of([], per_user)
    nobody = evidence_of(outside, inside)
    explicit = evidence_of(outside, inside, np.zeros(7, bool))
    assert groups(nobody) == groups(explicit)
    assert groups(evidence_of(outside, inside, np.ones(7, bool))) == []


@pytest.mark.parametrize("per_user", [1, 5])
def test_memory_does_not_grow_with_the_log(per_user: int) -> None:
    random = np.random.default_rng(0)
    store = EvidenceStore(per_user)
    most = 0
    for _ in range(40):
        store.add(taken_of(np.stack([random.integers(0, 100, 5000)] * 3, axis=1)))
        most = max(most, store.held())
    assert most <= 65_536 + 5_000 + 100 * per_user
    assert len(store.events()[0]) == store.held() == 100 * per_user
