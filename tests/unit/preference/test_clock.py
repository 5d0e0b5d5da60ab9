"""No arm sees an event it must not see: everything forbidden is garbled and nothing may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, Horizon, PreferenceSpec
from lis_sim.types import Window
from tests.unit.preference.worlds import (
    CO_CLICK,
    ITEMS,
    SMALL,
    USERS,
    of_all,
    plan_of,
    random_log,
    same,
    served,
    windows_of,
)

SEEDS = st.integers(0, 10**6)
HORIZONS = [Horizon(None), Horizon(0), Horizon(25)]
FORGETFUL = PreferenceSpec("co_click", settings=SMALL, per_user=4)


@pytest.mark.parametrize("spec", [CO_CLICK, FORGETFUL], ids=["all events", "the last 4"])
@settings(max_examples=5)
@given(seed=SEEDS, window=st.integers(0, 4))
def test_causal_does_not_see_the_window_it_serves(
    seed: int, window: int, spec: PreferenceSpec
) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), Horizon(None), (spec,), (Arm("causal", "co_click"),))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan)
    garbled = served(log.garbled(later, users=True), plan)
    for k in range(window + 1):
        assert same(truth[k], garbled[k])
    for k in range(window + 1, 5):
        assert not same(truth[k], garbled[k])


@pytest.mark.parametrize("spec", [CO_CLICK, FORGETFUL], ids=["all events", "the last 4"])
@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
@settings(max_examples=4)
@given(seed=SEEDS, window=st.integers(0, 4), fold=st.integers(0, 2))
def test_crossfit_does_not_show_a_fold_its_own_present_and_future(
    seed: int, window: int, fold: int, horizon: Horizon, spec: PreferenceSpec
) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), horizon, (spec,))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan, window + 1)
    for replicate, fold_seed in enumerate(plan.seeds):
        own = fold_of(np.arange(USERS, dtype=np.int32), fold_seed, plan.folds) == fold
        if not (own[log.user] & later).any():
            continue  # nobody hashed to this fold had anything to hide
        garbled = served(log.garbled(own[log.user] & later), plan, window + 1)
        key = ("leaked_crossfit:co_click", replicate)
        for k in range(window + 1):
            before, after = (of_all(shown[k])[key] for shown in (truth, garbled))
            assert before.vectors[fold].tobytes() == after.vectors[fold].tobytes()
        others = [f for f in range(plan.folds) if f != fold]
        for f in others:
            before, after = (of_all(shown[window])[key] for shown in (truth, garbled))
            seen = log.time_us < horizon.reach_us(plan.windows[window].end_us, log.time_us[-1])
            differ = before.vectors[f] != after.vectors[f]
            assert differ.any() == (own[log.user] & later & seen).any()


@settings(max_examples=8)
@given(seed=SEEDS)
def test_a_horizon_that_ends_at_the_windows_start_is_causal(seed: int) -> None:
    log = random_log(seed)
    empty = [
        Window(w.index, w.start_row, w.start_row, w.start_us, w.start_us) for w in windows_of(log)
    ]
    for spec in (CO_CLICK, FORGETFUL):
        for shown in served(log, plan_of(empty, Horizon(0), (spec,))):
            for replicate in (0, 1):
                causal = shown["causal:co_click", replicate]
                crossfit = shown["leaked_crossfit:co_click", replicate]
                leaked = shown["leaked:co_click", replicate]
                assert leaked.vectors.tobytes() == causal.vectors.tobytes()
                for fold in range(3):
                    assert crossfit.vectors[fold].tobytes() == causal.vectors[0].tobytes()
                    assert (crossfit.supported[fold] == causal.supported[0]).all()


@pytest.mark.parametrize("horizon_us", [0, 1, 20])
@settings(max_examples=5)
@given(seed=SEEDS, window=st.integers(0, 3))
def test_leaked_sees_exactly_what_is_before_its_horizon(
    seed: int, window: int, horizon_us: int
) -> None:
    log = random_log(seed)
    arms = tuple(
        Arm(kind, "co_click") for kind in ("leaked", "leaked_crossfit", "causal", "placebo")
    )
    plan = plan_of(windows_of(log), Horizon(horizon_us), arms=arms)
    reach = int(np.searchsorted(log.time_us, plan.windows[window].end_us + horizon_us))
    rows = np.arange(len(log.user))
    truth = served(log, plan, window + 1)
    beyond = served(log.garbled(rows >= reach, users=True), plan, window + 1)
    for k in range(window + 1):
        assert same(truth[k], beyond[k])
    last = served(log.garbled(rows == reach - 1), plan, window + 1)
    assert not same(truth[window], last[window], "leaked")


def test_the_whole_log_is_shown_once_to_leaked() -> None:
    log = random_log(0)
    builder = Builder(plan_of(windows_of(log), Horizon(None)), log.write())
    builder.start(0)
    assert ("leaked:co_click", 0) in builder.build(0)
    second = builder.build(1)
    assert ("leaked:co_click", 0) not in second
    assert second["leaked_crossfit:co_click", 1].vectors.shape == (3, ITEMS, 4)


def test_supported_items_are_those_with_evidence() -> None:
    log = random_log(1)
    plan = plan_of(windows_of(log), Horizon(0))
    for window, shown in zip(plan.windows, served(log, plan), strict=True):
        for kind, end in (("causal", window.start_row), ("leaked", window.end_row)):
            one = shown[f"{kind}:co_click", 0]
            assert set(np.flatnonzero(one.supported[0])) == set(log.item[:end])
            assert not one.vectors[0][~one.supported[0]].any()
