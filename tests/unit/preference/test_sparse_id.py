"""Teachers: what they learn, what they see, and that they go on where they stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.errors import ConfigError, DataError
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, Horizon, PreferenceSpec, widths
from lis_sim.preference.builder import Shown, State
from lis_sim.preference.sparse_id_learning import Learn, compiled, first_table, learn_events
from lis_sim.preference.sparse_id_settings import SparseIdSettings
from lis_sim.types import Window
from tests.unit.preference.worlds import (
    FIRST_US,
    ITEMS,
    USERS,
    Log,
    of_all,
    plan_of,
    random_log,
    same,
    served,
    shown_by,
    windows_of,
)

SPARSE = PreferenceSpec("ids", "sparse_id", {"rank": 3})
ARMS = tuple(Arm(kind, "ids") for kind in ("leaked", "leaked_crossfit", "causal", "placebo"))
SEEDS = st.integers(0, 10**6)
HORIZONS = [Horizon(None), Horizon(0), Horizon(25)]


@settings(max_examples=4)
@given(seed=SEEDS, window=st.integers(0, 4))
def test_causal_does_not_see_the_window_it_serves(seed: int, window: int) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), Horizon(None), (SPARSE,), (Arm("causal", "ids"),))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth, garbled = served(log, plan), served(log.garbled(later, users=True), plan)
    for k in range(5):
        assert same(truth[k], garbled[k]) == (k <= window)


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 4), fold=st.integers(0, 2))
def test_crossfit_does_not_show_a_fold_its_own_present_and_future(
    seed: int, window: int, fold: int, horizon: Horizon
) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), horizon, (SPARSE,), (Arm("leaked_crossfit", "ids"),))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    own = fold_of(np.arange(USERS, dtype=np.int32), plan.seeds[0], plan.folds) == fold
    hidden = own[log.user] & later
    reach_us = horizon.reach_us(plan.windows[window].end_us, int(log.time_us[-1]))
    truth = served(log, plan, window + 1)
    garbled = served(log.garbled(hidden), plan, window + 1)
    for k in range(window + 1):
        before, after = (of_all(shown[k])["leaked_crossfit:ids", 0] for shown in (truth, garbled))
        assert before.vectors[fold].tobytes() == after.vectors[fold].tobytes()
        assert (before.supported[fold] == after.supported[fold]).all()
    seen = (hidden & (log.time_us < reach_us)).any()
    for other in {0, 1, 2} - {fold}:
        assert (before.vectors[other].tobytes() != after.vectors[other].tobytes()) == seen


@settings(max_examples=4)
@given(seed=SEEDS)
def test_a_horizon_that_ends_at_the_windows_start_is_causal(seed: int) -> None:
    log = random_log(seed)
    empty = [
        Window(w.index, w.start_row, w.start_row, w.start_us, w.start_us) for w in windows_of(log)
    ]
    for shown in served(log, plan_of(empty, Horizon(0), (SPARSE,), ARMS)):
        causal = shown["causal:ids", 1]
        assert shown["leaked:ids", 1].vectors.tobytes() == causal.vectors.tobytes()
        for fold in range(3):
            crossfit = shown["leaked_crossfit:ids", 1]
            assert crossfit.vectors[fold].tobytes() == causal.vectors[0].tobytes()
            assert (crossfit.supported[fold] == causal.supported[0]).all()


@pytest.mark.parametrize("horizon_us", [0, 20])
@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 3))
def test_leaked_sees_exactly_what_is_before_its_horizon(
    seed: int, window: int, horizon_us: int
) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), Horizon(horizon_us), (SPARSE,), ARMS)
    reach = int(np.searchsorted(log.time_us, plan.windows[window].end_us + horizon_us))
    rows = np.arange(len(log.user))
    truth = served(log, plan, window + 1)
    beyond = served(log.garbled(rows >= reach, users=True), plan, window + 1)
    assert all(same(truth[k], beyond[k]) for k in range(window + 1))
    last = served(log.garbled(rows == reach - 1), plan, window + 1)
    assert not same(truth[window], last[window], "leaked")


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
def test_resuming_equals_never_stopping(horizon: Horizon) -> None:
    log = random_log(2)
    dataset, plan = log.write(), plan_of(windows_of(log), horizon, (SPARSE,), ARMS)
    whole = Builder(plan, dataset)
    whole.start(0)
    states: list[State] = []
    seen: list[Shown] = [{}]
    for window in range(5):
        states.append(whole.snapshot())
        seen.append(seen[-1] | whole.build(window))
    for window in (0, 1, 3):
        for resumed in (Builder(plan, dataset), whole):
            resumed.start(window, states[window])
            for shown, expected in zip(shown_by(resumed, window), seen[window + 1 :], strict=True):
                assert same(shown, expected)


def test_the_whole_log_is_learned_once_by_leaked() -> None:
    log = random_log(0)
    builder = Builder(plan_of(windows_of(log), Horizon(None), (SPARSE,), ARMS), log.write())
    builder.start(0)
    assert ("leaked:ids", 0) in builder.build(0)
    second = builder.build(1)
    assert {key[0] for key in second} == {f"{arm.kind}:ids" for arm in ARMS} - {"leaked:ids"}
    assert second["leaked_crossfit:ids", 1].vectors.shape == (3, ITEMS, 4)


@settings(max_examples=15)
@given(seed=SEEDS, rank=st.integers(1, 5), past=st.booleans(), ahead=st.booleans())
def test_machine_code_learns_what_the_source_says(
    seed: int, rank: int, past: bool, ahead: bool
) -> None:
    log = random_log(seed, events=60)
    held_out = np.arange(USERS) % 3 == 0

    def learned(learn: Learn, dtype: type, cuts: Sequence[int] = ()) -> list[Any]:
        mean, of = np.array([0.0, 0.1]), SparseIdSettings(rank=rank)
        users: Any = first_table(of, USERS, 0, "users").astype(dtype)
        items: Any = first_table(of, ITEMS, 0, "items").astype(dtype)
        for start, end in pairwise([0, *cuts, 60]):
            rows = slice(start, end)
            user, item, engaged = log.user[rows], log.item[rows], log.label[rows].astype(np.int8)
            learn(mean, users, items, user, item, engaged, held_out, past, ahead, 0.2, 0.1)
        return [mean, users, items]

    # In NumPy's single precision a product is rounded before it is added: compared in double.
    machine = learned(compiled(), np.float64)
    for ours, source in zip(machine, learned(learn_events, np.float64), strict=True):
        np.testing.assert_allclose(ours, source, rtol=1e-9)
    if past != ahead:
        assert not machine[1][held_out != past, rank].any()
    whole, parts = learned(compiled(), np.float32), learned(compiled(), np.float32, [17, 40])
    assert all((a == b).all() for a, b in zip(whole, parts, strict=True))


def test_items_that_the_same_users_like_come_to_lie_together() -> None:
    random = np.random.default_rng(0)
    user, item = random.integers(0, USERS, 3000), random.integers(0, ITEMS, 3000)
    likes = np.where(user % 2 == item % 2, 0.9, 0.1)
    log = Log(
        user.astype(np.int32),
        item.astype(np.int32),
        FIRST_US + np.arange(3000),
        (random.random(3000) < likes).astype(np.float32),
        np.zeros(3000),
    )
    plan = plan_of(windows_of(log), Horizon(None), (SPARSE,), (Arm("leaked_crossfit", "ids"),))
    for vectors in served(log, plan, 1)[0]["leaked_crossfit:ids", 0].vectors:
        taste = vectors[:, :3] @ vectors[:, :3].T
        group = np.arange(ITEMS) % 2
        assert (np.sign(taste) == np.where(group[:, None] == group, 1, -1)).all()


def test_behaviours_and_parts_of_the_log() -> None:
    log = random_log(5)
    windows = windows_of(log)

    def shown(**more: Any) -> Any:
        spec = replace(SPARSE, settings={"rank": 3, **more})
        return served(log, plan_of(windows, Horizon(None), (spec,), ARMS))[2]

    assert same(shown(behaviour="long"), shown(behaviour="seconds >= 30"))
    assert not same(shown(behaviour="long"), shown())
    half = shown(until=0.5)["leaked:ids", 0].supported[0]
    middle = FIRST_US + (int(log.time_us[-1]) + 1 - FIRST_US) / 2
    early = log.time_us < middle + (log.time_us[0] - FIRST_US) / 2
    assert set(np.flatnonzero(half)) <= set(log.item[early])
    assert not same(shown(users_share=0.5), shown())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rank": 0}, r"sparse_id.rank is 0; accepted: a whole number, 1 or more"),
        ({"passes": True}, r"sparse_id.passes is True; accepted: a whole number"),
        ({"rate": 0}, r"sparse_id.rate is 0; accepted: a number above 0"),
        ({"deviation": "big"}, r"sparse_id.deviation is 'big'; accepted: a number above 0"),
        ({"rat": 1}, r"'rat' is not a setting of sparse_id; did you mean 'rate'\?; accepted: rank"),
        ({"max_age": "7d"}, r"'max_age' is not a setting of sparse_id.*accepted: .*until"),
        ({"behaviour": "exposure"}, r"behaviour is 'exposure'.*accepted: label.*kind co_click"),
        ({"users_share": 2}, r"users_share is 2; accepted"),
    ],
)
def test_wrong_settings_are_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PreferenceSpec("ids", "sparse_id", more)


def test_what_a_teacher_cannot_follow_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"per_user is 8, but a teacher never forgets"):
        PreferenceSpec("ids", "sparse_id", per_user=8)
    log = random_log(1)
    windows, dataset = windows_of(log), log.write()
    for settings_, error, message in (
        ({}, ConfigError, r"rank 8 and the bias make 9 dimensions; accepted: at most tower_dim, 4"),
        ({"rank": 3, "behaviour": "second > 3"}, DataError, r"no outcome column 'second'"),
        ({"rank": 3, "until": "1970-01-02"}, ConfigError, r"until is '1970-01-02', and no event"),
    ):
        spec = PreferenceSpec("ids", "sparse_id", settings_)
        plan = plan_of(windows, Horizon(None), (spec,), ARMS)
        with pytest.raises(error, match=message):
            widths(plan, dataset)
