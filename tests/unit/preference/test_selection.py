"""A part of the log as preference data: what is taken, and that no arm sees more by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, Horizon, PreferenceSpec
from tests.unit.preference.worlds import (
    CO_CLICK,
    COLOURS,
    FIRST_US,
    ITEMS,
    SMALL,
    USERS,
    Log,
    plan_of,
    random_log,
    same,
    served,
    shown_by,
    windows_of,
)

SEEDS = st.integers(0, 10**6)
SELECTIONS: dict[str, dict[str, Any]] = {
    "exposure": {"behaviour": "exposure"},
    "rule": {"behaviour": "seconds >= 30"},
    "outcome": {"behaviour": "long"},
    "some_users": {"users_share": 0.6},
    "some_events": {"events_share": 0.5},
    "often": {"min_support": 9},
    "seldom": {"max_support": 9},
    "colour": {"level": "colour"},
    "old": {"until": 0.5},
    "recent": {"max_age": "0.00004s"},
    "all_at_once": {
        "behaviour": "seconds < 40",
        "users_share": 0.8,
        "events_share": 0.8,
        "max_support": 12,
        "level": "colour",
        "until": 0.8,
        "max_age": "0.00009s",
    },
}


def spec(name: str, **given_settings: Any) -> PreferenceSpec:
    return PreferenceSpec(name, settings={**SMALL, "rank": 2, **given_settings})


SPECS = tuple(spec(name, **given_settings) for name, given_settings in SELECTIONS.items())


def test_settings_that_say_what_is_so_anyway_change_nothing() -> None:
    log = random_log(3)
    plan = plan_of(windows_of(log), Horizon(25))
    said = spec("co_click", rank=3, behaviour="label", level="item", users_share=1.0, until=1.0,
                events_share=1, min_support=0, max_support=10**6, max_age="52w")  # fmt: skip
    again = plan_of(windows_of(log), Horizon(25), (said,))
    for one, other in zip(served(log, plan), served(log, again), strict=True):
        assert same(one, other)


def test_a_behaviour_is_the_label_it_would_have_been() -> None:
    log = random_log(4)
    relabelled = Log(
        log.user, log.item, log.time_us, (log.seconds >= 30).astype(np.float32), log.seconds
    )
    label = served(relabelled, plan_of(windows_of(log), Horizon(0)))
    for behaviour in ("seconds >= 30", "long", " long == 1 "):
        one = PreferenceSpec("co_click", settings={**SMALL, "behaviour": behaviour})
        shown = served(log, plan_of(windows_of(log), Horizon(0), (one,)))
        assert all(same(a, b) for a, b in zip(shown, label, strict=True))


@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 4))
def test_no_selection_shows_causal_more_than_the_past(seed: int, window: int) -> None:
    log = random_log(seed)
    arms = tuple(Arm("causal", one.name) for one in SPECS)
    plan = plan_of(windows_of(log), Horizon(None), SPECS, arms)
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan, window + 1)
    garbled = served(log.garbled(later, users=True), plan, window + 1)
    assert all(same(a, b) for a, b in zip(truth, garbled, strict=True))


@pytest.mark.parametrize("horizon", [Horizon(None), Horizon(20)], ids=str)
@settings(max_examples=2)
@given(seed=SEEDS, window=st.integers(0, 4), fold=st.integers(0, 2))
def test_no_selection_shows_a_fold_its_own_future(
    seed: int, window: int, fold: int, horizon: Horizon
) -> None:
    log = random_log(seed)
    arms = tuple(Arm("leaked_crossfit", one.name) for one in SPECS)
    plan = plan_of(windows_of(log), horizon, SPECS, arms)
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan, window + 1)
    for replicate, fold_seed in enumerate(plan.seeds):
        own = fold_of(np.arange(USERS, dtype=np.int32), fold_seed, plan.folds) == fold
        garbled = served(log.garbled(own[log.user] & later), plan, window + 1)
        for one in SPECS:
            key = (f"leaked_crossfit:{one.name}", replicate)
            for shown, other in zip(truth, garbled, strict=True):
                assert shown[key].vectors[fold].tobytes() == other[key].vectors[fold].tobytes()


def test_old_data_ends_where_it_ends() -> None:
    log = random_log(6)
    end_us = FIRST_US + round(0.4 * (log.time_us[-1] + 1 - FIRST_US))
    old = (spec("old", until=0.4),)
    plan = plan_of(windows_of(log), Horizon(None), old)
    truth = served(log, plan)
    after = served(log.garbled(log.time_us >= end_us, users=True), plan)
    before = served(log.garbled(log.time_us == log.time_us[log.time_us < end_us][-1]), plan)
    # Not the placebo: whose vector an item gets goes by the whole log's support.
    kinds = ("causal", "leaked", "leaked_crossfit")
    assert all(same(a, b, *kinds) for a, b in zip(truth, after, strict=True))
    assert not same(truth[4], before[4], "leaked")


def test_recent_data_begins_late() -> None:
    log = random_log(6)
    window = windows_of(log)[3]
    arms = (Arm("leaked", "recent"), Arm("leaked_crossfit", "recent"), Arm("causal", "recent"))
    # The first window that is built: chains remember where former ones pointed.
    plan = plan_of((window,), Horizon(None), (spec("recent", max_age="0.00002s"),), arms)
    begin_us = window.start_us - 20
    truth, before = served(log, plan), served(log.garbled(log.time_us < begin_us), plan)
    first_us = log.time_us[log.time_us >= begin_us][0]
    within = served(log.garbled(log.time_us == first_us), plan)
    assert same(truth[0], before[0])
    assert not same(truth[0], within[0], "causal")


def test_a_level_gives_every_item_its_values_vector() -> None:
    log = random_log(8)
    one = spec("colour", level="colour")
    for shown in served(log, plan_of(windows_of(log), Horizon(0), (one,)))[1:]:
        vectors = shown["causal:colour", 0].vectors[0]
        assert shown["causal:colour", 0].supported.all()
        for colour in range(3):
            assert (vectors[colour::3] == vectors[colour]).all()
        assert len(np.unique(vectors, axis=0)) == 3


@given(seed=SEEDS)
@settings(max_examples=3)
def test_a_level_does_not_know_which_items_are_to_come(seed: int) -> None:
    log, born = random_log(seed), 6
    early = np.arange(len(log.user)) < len(log.user) // 2
    log = replace(log, item=np.where(early, log.item % born, log.item).astype(np.int32))
    plan = plan_of(windows_of(log), Horizon(None), (spec("colour", level="colour"),))
    datasets = [log.write(), log.write()]
    colour = np.where(np.arange(ITEMS) < born, np.arange(ITEMS) % COLOURS, 0).astype(np.int32)
    pq.write_table(pa.table({"colour": pa.array(colour)}), datasets[1].path / "items.parquet")
    builders = [Builder(plan, dataset) for dataset in datasets]
    for builder in builders:
        builder.start(0)
    for truth, other in zip(*(shown_by(builder, 0, 3) for builder in builders), strict=True):
        one, two = (shown["causal:colour", 0].vectors[0][:born] for shown in (truth, other))
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("horizon", [Horizon(None), Horizon(20)], ids=str)
@given(seed=SEEDS, most=st.integers(0, 12), least=st.integers(0, 3))
@settings(max_examples=3)
def test_what_causal_keeps_by_support_others_keep(
    horizon: Horizon, seed: int, most: int, least: int
) -> None:
    log = random_log(seed)
    one = spec("seldom", max_support=max(most, least), min_support=least)
    for shown in served(log, plan_of(windows_of(log), horizon, (one,))):
        known = shown["causal:seldom", 0].supported[0]
        for kind in ("leaked", "leaked_crossfit"):
            assert (shown[f"{kind}:seldom", 1].supported | ~known).all()


def test_data_sets_that_differ_only_in_name_are_alike_and_share_a_store() -> None:
    log = random_log(9)
    pair = (spec("one", until=0.5), spec("two", until=0.5))
    for shown in served(log, plan_of(windows_of(log), Horizon(9), pair)):
        for kind in ("causal", "leaked", "leaked_crossfit"):
            ones, twos = (shown[f"{kind}:{name}", 1].vectors for name in ("one", "two"))
            assert ones.tobytes() == twos.tobytes()
    assert CO_CLICK.settings == SMALL
