"""Preference data of a log whose labels come later than their events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.preference import Horizon, PreferenceSpec
from lis_sim.preference import arrivals as module
from lis_sim.preference.arrivals import Arrivals
from lis_sim.preference.evidence import EvidenceStore
from lis_sim.preference.intake import Intake, Taken
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.types import Int64
from tests.unit.preference.worlds import (
    CO_CLICK,
    SMALL,
    Log,
    late_log,
    plan_of,
    random_log,
    same,
    served,
    windows_of,
)

SEEDS = st.integers(0, 10**6)
SPARSE_ID = PreferenceSpec("ids", "sparse_id", {"rank": 3, "passes": 2})
FORGETFUL = PreferenceSpec("last", settings=SMALL, per_user=4)
ALL = (CO_CLICK, FORGETFUL, SPARSE_ID)


def label_time_of(log: Log) -> Int64:
    assert log.label_time_us is not None
    return log.label_time_us


def rows_of(arrivals: Arrivals, until_us: int) -> list[int]:
    return [int(row) for part in arrivals.until(until_us, until_us) for row in part.row]


@settings(max_examples=20)
@given(seed=SEEDS, few=st.sampled_from([0, 20, 10**6]), cuts=st.lists(st.integers(0, 250)))
def test_every_label_arrives_once_and_in_order(seed: int, few: int, cuts: list[int]) -> None:
    log = late_log(seed)
    dataset, known_us = log.write(), label_time_of(log)
    moments = [int(log.time_us[0]) + cut for cut in sorted(cuts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)  # events held back before any are given
        patch.setattr(Dataset.blocks, "__defaults__", (0, None, 16, ()))
        arrivals = Arrivals(FutureDoor(dataset))
        found = []
        for until_us in moments:
            found += rows_of(arrivals, until_us)
            again = Arrivals(FutureDoor(dataset), (), arrivals.settled_row, until_us)
            later = moments[-1] + 9
            kept = rows_of(again, later)
            expected = np.flatnonzero((known_us >= until_us) & (known_us < later))
            assert sorted(kept) == expected.tolist(), "another one goes on from there"
    if moments:
        order = np.lexsort([np.arange(len(known_us)), known_us])
        assert found == order[known_us[order] < moments[-1]].tolist()


def test_labels_at_once_change_nothing() -> None:
    log = random_log(3)
    at_once = replace(log, label_time_us=log.time_us)
    for spec in (CO_CLICK, FORGETFUL):
        plan = plan_of(windows_of(log), Horizon(None), (spec,))
        pairs = zip(served(log, plan), served(at_once, plan), strict=True)
        assert all(same(one, other) for one, other in pairs)


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
@settings(max_examples=5)
@given(seed=SEEDS, window=st.integers(1, 4))
def test_causal_knows_no_label_that_is_still_to_come(
    seed: int, window: int, spec: PreferenceSpec
) -> None:
    log = late_log(seed)
    plan = plan_of(windows_of(log), Horizon(None), (spec,))
    unknown = label_time_of(log) >= plan.windows[window].start_us
    waiting = unknown & (log.time_us < plan.windows[window].start_us)
    truth, garbled = served(log, plan), served(log.garbled(unknown), plan)
    for k in range(window + 1):
        assert same(truth[k], garbled[k], "causal")
    if waiting.any():
        assert not same(truth[window], garbled[window], "leaked"), "all of it is leaked"


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_past_is_what_is_known_in_the_order_in_which_it_became_so(seed: int) -> None:
    """The last four events of a user are those whose labels came last."""
    log = late_log(seed)
    known_us = label_time_of(log)
    reading = PastAndFuture(FutureDoor(log.write()), [Intake(4)])
    for window in windows_of(log):
        reading.advance(Moment(window.start_us, window.end_us))
        order = np.lexsort([np.arange(len(known_us)), known_us])
        order = order[known_us[order] < window.start_us]
        expected = EvidenceStore(4)
        for at in order:  # one by one
            one = slice(at, at + 1)
            engaged = log.label[one].astype(np.int8)
            expected.add(Taken(log.user[one], log.item[one], engaged, log.time_us[one]))
        found = reading.past[Intake(4)].events()
        for mine, theirs in zip(map(np.asarray, found), expected.events(), strict=True):
            assert mine.tolist() == np.asarray(theirs).tolist()
        ahead, _, _ = reading.future[Intake(4)].events()
        counts = np.bincount(log.user[: window.end_row])
        assert np.bincount(ahead).tolist() == np.minimum(counts, 4).tolist()
