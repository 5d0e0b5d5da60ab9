"""With a finite horizon nothing that is shown knows how much of the log is still to come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lis_sim.arms import default_arms
from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec
from lis_sim.preference.builder import Shown
from lis_sim.preference.placebo import Placebo
from lis_sim.types import Int32, RepresentationTable
from tests.unit.preference.worlds import (
    CO_CLICK,
    ITEMS,
    SMALL,
    Log,
    plan_of,
    random_log,
    same,
    shown_by,
    windows_of,
)

TABLE = RepresentationTable("t", np.arange(3, dtype=np.int32), np.eye(3, 4, dtype=np.float32))
EXPOSURE = PreferenceSpec("often", settings={**SMALL, "behaviour": "exposure", "max_age": "1s"})


def growing_log(seed: int) -> Log:
    """Return a log in which users and items go on appearing, numbered as they do."""
    log = random_log(seed, events=240)
    known = 2 + np.arange(240) // 25
    return replace(log, item=numbered(log.item % known), user=numbered(log.user % (1 + known)))


def numbered(values: NDArray[np.integer[Any]]) -> Int32:
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int32)


def until(log: Log, time_us: int) -> Dataset:
    """Return the dataset as it was when it held the events before ``time_us``."""
    rows = log.time_us < time_us
    part = Log(
        log.user[rows], log.item[rows], log.time_us[rows], log.label[rows], log.seconds[rows]
    )
    dataset = part.write(TABLE)
    users, items = int(part.user.max()) + 1, int(part.item.max()) + 1
    assert items <= ITEMS
    return Dataset(dataset.path, replace(dataset.record, users=users, items=items))


def growing_plan(log: Log, horizon_us: int) -> BuilderPlan:
    preferences = (CO_CLICK, EXPOSURE)
    arms = default_arms(["co_click", "often"], ["t"])
    return plan_of(windows_of(log, 6), Horizon(horizon_us), preferences, arms)


def up_to(plan: BuilderPlan, window: int) -> BuilderPlan:
    return replace(plan, windows=plan.windows[: window + 1])


def whole(log: Log, plan: BuilderPlan) -> list[Shown]:
    builder = Builder(plan, until(log, int(log.time_us[-1]) + 1))
    builder.start(0)
    return shown_by(builder)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 99), horizon_us=st.sampled_from([0, 9, 60]), window=st.integers(0, 4))
def test_a_window_is_shown_the_same_before_later_events_came(
    seed: int, horizon_us: int, window: int
) -> None:
    log = growing_log(seed)
    plan = growing_plan(log, horizon_us)
    reach_us = plan.windows[window].end_us + horizon_us
    builder = Builder(up_to(plan, window), until(log, reach_us))
    builder.start(0)
    assert same(shown_by(builder)[window], whole(log, plan)[window])


@pytest.mark.parametrize("horizon_us", [0, 25])
def test_a_builder_that_follows_shows_what_one_of_the_whole_log_does(horizon_us: int) -> None:
    log = growing_log(4)
    plan = growing_plan(log, horizon_us)
    expected = whole(log, plan)
    builder = Builder(up_to(plan, 0), until(log, plan.windows[0].end_us + horizon_us))
    builder.start(0)
    seen = builder.build(0)
    assert same(seen, expected[0])
    for window in range(1, len(plan.windows)):
        reach_us = plan.windows[window].end_us + horizon_us
        builder.follow(up_to(plan, window), until(log, reach_us))
        seen = seen | builder.build(window)
        assert same(seen, expected[window])
    again = Builder(plan, until(log, int(log.time_us[-1]) + 1))
    again.start(3, builder.state(3))
    assert same(shown_by(again, 3)[-1], expected[-1])


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(0, 5))
def test_a_placebo_grows_and_never_changes(gains: list[int], seed: int) -> None:
    placebo, support = Placebo((seed, seed + 1)), np.zeros(0, np.int64)
    for gain in gains:
        before = [order.tolist() for order in placebo.orders]
        support = np.append(support + 1, np.arange(gain))
        placebo.meet(support)
        for order, earlier in zip(placebo.orders, before, strict=True):
            assert order[: len(earlier)].tolist() == earlier
            assert sorted(order[len(earlier) :]) == list(range(len(earlier), len(order)))
            assert len(support) - len(order) < 5


def test_items_that_wait_have_no_placebo() -> None:
    log = growing_log(1)
    plan = growing_plan(log, 0)
    met = [len(np.unique(log.item[log.time_us < window.end_us])) for window in plan.windows]
    for shown, items in zip(whole(log, plan), met, strict=True):
        true, placebo = shown["leaked_crossfit:co_click", 0], shown["placebo:co_click", 0]
        assert true.supported.shape[1] == placebo.supported.shape[1] == items
        permuted = placebo.supported.sum()
        assert permuted <= true.supported.sum()
