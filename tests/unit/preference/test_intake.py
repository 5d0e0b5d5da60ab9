"""What evidence takes in of the events that are read, against the same by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.future import FutureDoor
from lis_sim.hashing import fold_of
from lis_sim.preference.behaviour import Behaviour
from lis_sim.preference.evidence import with_support
from lis_sim.preference.intake import Intake
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.preference.selection import Selection
from lis_sim.types import EventBlock
from tests.unit.preference.worlds import (
    FIRST_US,
    ITEMS,
    USERS,
    Log,
    evidence_from,
    random_log,
)

SEEDS = st.integers(0, 10**6)


def taken(
    log: Log, intake: Intake, start_us: int, reach_us: int
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """Return (user, item, engaged) of what past and future hold."""
    reading = PastAndFuture(FutureDoor(log.write()), [intake])
    for share in (0.3, 0.6, 1.0):  # in several pieces, as windows pass
        at = FIRST_US + int(share * (start_us - FIRST_US))
        reading.advance(Moment(at, reach_us if share == 1.0 else at))
    stores = (reading.past[intake], reading.future[intake])
    past, future = (
        list(zip(*(part.tolist() for part in store.events()), strict=True)) for store in stores
    )
    return past, future


@settings(max_examples=25)
@given(
    seed=SEEDS,
    per_user=st.integers(1, 20),
    least=st.one_of(st.none(), st.integers(0, 60)),
    until=st.one_of(st.none(), st.integers(1, 200)),
    age=st.one_of(st.none(), st.integers(1, 200)),
    start=st.integers(0, 150),
    more=st.integers(0, 100),
)
def test_what_is_taken_is_what_the_settings_say(
    seed: int,
    per_user: int,
    least: int | None,
    until: int | None,
    age: int | None,
    start: int,
    more: int,
) -> None:
    log = random_log(seed, events=60)
    behaviour = Behaviour.parse("label" if least is None else f"seconds >= {least}")
    until_us = None if until is None else FIRST_US + until
    intake = Intake(per_user, behaviour, until_us=until_us, max_age_us=age)
    engaged = log.label if least is None else log.seconds >= least
    since_us = log.time_us - FIRST_US

    def expected(end: int) -> list[tuple[int, int, int]]:
        rows = (since_us < end) & (since_us < (until or 10**6))
        rows &= since_us >= start - (10**6 if age is None else age)
        by_user = []
        for user in range(USERS):
            own = np.flatnonzero(rows & (log.user == user))[-per_user:]
            by_user += [(user, int(log.item[row]), int(engaged[row])) for row in own]
        return by_user

    past, future = taken(log, intake, FIRST_US + start, FIRST_US + start + more)
    assert past == expected(start)
    assert future == expected(start + more)


def intake_of(of: str, share: float) -> Intake:
    given_settings: dict[str, Any] = {of: share}
    return Intake.of(Selection(**given_settings), per_user=9, seed=0, start_us=0, end_us=9)


@pytest.mark.parametrize("of", ["users_share", "events_share"])
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_shares_are_of_users_and_events(share: float, of: str) -> None:
    log = random_log(1, events=3000)
    nothing = np.zeros((3000, 0))
    twice_each = (np.arange(3000) // 2).astype(np.int32)
    whole = EventBlock(0, twice_each, log.item, np.arange(3000), log.label,
                       nothing.astype(np.int32), nothing.astype(np.float32))  # fmt: skip
    intake = intake_of(of, share)
    taken_whole = intake.take(whole)
    users = np.unique(taken_whole.user)
    assert (2 * len(users) == len(taken_whole)) == (of == "users_share")
    assert abs(len(taken_whole) / 3000 - share) < 0.04
    # Smaller shares lie inside larger ones, and blocks do not matter.
    more = intake_of(of, share + 0.1).take(whole)
    assert set(taken_whole.time_us.tolist()) < set(more.time_us.tolist())
    pieces = [intake.take(whole.slice(at, at + 700)).time_us for at in range(0, 3000, 700)]
    assert np.concatenate(pieces).tolist() == taken_whole.time_us.tolist()
    folds = np.bincount(fold_of(users, 0, 3), minlength=3) / len(users)
    assert np.abs(folds - 1 / 3).max() < 0.1


def test_which_users_are_taken_depends_on_the_seed_only_where_some_are_not() -> None:
    some, everybody = Selection(users_share=0.5), Selection()
    assert Intake.of(some, 9, 1, 0, 9) != Intake.of(some, 9, 2, 0, 9)
    assert Intake.of(everybody, 9, 1, 0, 9) == Intake.of(everybody, 9, 2, 0, 9)


@settings(max_examples=20)
@given(seed=SEEDS, least=st.integers(0, 10), most=st.one_of(st.none(), st.integers(10, 20)))
def test_support_is_engagements_in_the_evidence(seed: int, least: int, most: int | None) -> None:
    log = random_log(seed)
    user, item, label = (part.astype(np.int64) for part in (log.user, log.item, log.label))
    found = with_support(evidence_from(user, item, label), ITEMS, least, most)
    engaged = [int(log.label[log.item == item].sum()) for item in range(ITEMS)]
    items = [i for i in range(ITEMS) if least <= engaged[i] <= (99 if most is None else most)]
    kept = np.isin(log.item, items)
    expected = evidence_from(user[kept], item[kept], label[kept])
    assert found.item.tolist() == expected.item.tolist()
    assert found.label.tolist() == expected.label.tolist()
    assert found.start.tolist() == expected.start.tolist()


def test_recent_crossfit_data_holds_all_that_recent_causal_data_holds() -> None:
    log = random_log(7)
    intake = Intake(50, max_age_us=30)
    past, future = taken(log, intake, FIRST_US + 90, FIRST_US + 10**6)
    assert past
    assert len(future) > len(past)
    for user in range(USERS):
        own = [event for event in past if event[0] == user]
        assert [event for event in future if event[0] == user][: len(own)] == own
