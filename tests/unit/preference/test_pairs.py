"""Pairs as the clock moves: nobody sees a pair it must not see, and a resumed builder agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.errors import ConfigError, DataError
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec, widths
from lis_sim.types import Window
from tests.unit.preference.paired import (
    LOG,
    PAIRS,
    SMALL,
    dataset_with,
    garbled,
    random_pairs,
    shown_of,
)
from tests.unit.preference.worlds import ITEMS, USERS, plan_of, same, shown_by, windows_of

SEEDS = st.integers(0, 10**6)
WINDOWS = windows_of(LOG)
CAUSAL = (Arm("causal", "pairs"),)
HORIZONS = [Horizon(None), Horizon(0), Horizon(25)]


def plan(horizon: Horizon = HORIZONS[1], *arms: Arm, **changed: Any) -> BuilderPlan:
    spec = PreferenceSpec("pairs", "pairs", SMALL | changed)
    return plan_of(WINDOWS, horizon, (spec,), arms or None)


def reach(horizon: Horizon, window: int) -> int:
    """Return the time before which pairs are seen: none beyond the log, whatever its horizon."""
    end_us = int(LOG.time_us[-1])
    return min(horizon.reach_us(WINDOWS[window].end_us, end_us), end_us + 1)


@settings(max_examples=4)
@given(seed=SEEDS, window=st.integers(0, 4), signed=st.booleans())
def test_causal_does_not_see_the_window_it_serves(seed: int, window: int, signed: bool) -> None:
    pairs = random_pairs(seed, signed=signed)
    assert pairs.time_us is not None
    later = pairs.time_us >= WINDOWS[window].start_us
    causal = plan(Horizon(None), *CAUSAL, signed=True)
    truth, other = shown_of(pairs, causal), shown_of(garbled(pairs, later), causal)
    for k in range(5):
        unseen = pairs.time_us[later] >= WINDOWS[k].start_us
        assert same(truth[k], other[k]) == bool(unseen.all())


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 4), fold=st.integers(0, 2))
def test_crossfit_does_not_show_a_fold_its_own_present_and_future(
    seed: int, window: int, fold: int, horizon: Horizon
) -> None:
    pairs, all_arms = random_pairs(seed), plan(horizon)
    assert pairs.time_us is not None
    assert pairs.user is not None
    later = pairs.time_us >= WINDOWS[window].start_us
    reach_us = reach(horizon, window)
    truth = shown_of(pairs, all_arms, window + 1)
    for replicate, fold_seed in enumerate(all_arms.seeds):
        own = fold_of(np.arange(USERS, dtype=np.int32), fold_seed, 3) == fold
        hidden = later & (pairs.user >= 0) & own[pairs.user]
        other = shown_of(garbled(pairs, hidden), all_arms, window + 1)
        key = ("leaked_crossfit:pairs", replicate)
        for k in range(window + 1):
            before, after = truth[k][key], other[k][key]
            assert before.vectors[fold].tobytes() == after.vectors[fold].tobytes()
            assert (before.supported[fold] == after.supported[fold]).all()
        for f in {0, 1, 2} - {fold}:
            changed = truth[window][key].vectors[f] != other[window][key].vectors[f]
            assert changed.any() == (hidden & (pairs.time_us < reach_us)).any()


@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 4), horizon_us=st.sampled_from([0, 1, 20]))
@example(seed=0, window=4, horizon_us=20)  # pairs within the horizon, after the log's end
def test_leaked_sees_exactly_what_is_before_its_horizon(
    seed: int, window: int, horizon_us: int
) -> None:
    pairs, all_arms = random_pairs(seed), plan(Horizon(horizon_us))
    assert pairs.time_us is not None
    beyond = pairs.time_us >= reach(Horizon(horizon_us), window)
    truth = shown_of(pairs, all_arms, window + 1)
    other = shown_of(garbled(pairs, beyond), all_arms, window + 1)
    assert all(same(truth[k], other[k]) for k in range(window + 1))
    last = int(np.flatnonzero(~beyond)[-1])
    seen = shown_of(garbled(pairs, np.arange(len(pairs)) == last), all_arms, window + 1)
    assert not same(truth[window], seen[window], "leaked")


@settings(max_examples=3)
@given(seed=SEEDS)
def test_a_horizon_that_ends_at_the_windows_start_is_causal(seed: int) -> None:
    empty = [Window(w.index, w.start_row, w.start_row, w.start_us, w.start_us) for w in WINDOWS]
    for shown in shown_of(random_pairs(seed), plan_of(empty, Horizon(0), (PAIRS,))):
        causal = shown["causal:pairs", 0].vectors
        for replicate in (0, 1):
            assert shown["leaked:pairs", replicate].vectors.tobytes() == causal.tobytes()
            for fold in shown["leaked_crossfit:pairs", replicate].vectors:
                assert fold.tobytes() == causal[0].tobytes()


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
def test_stopping_and_starting_shows_the_same_bytes(horizon: Horizon) -> None:
    dataset = dataset_with(random_pairs(3))
    builder = Builder(plan(horizon), dataset)
    builder.start(0)
    truth = shown_by(builder)
    again = Builder(plan(horizon), dataset)
    again.start(3, builder.state(3))
    assert same(truth[4], shown_by(again, 3)[-1])


def test_pairs_without_users_cannot_be_crossfit() -> None:
    for shown in shown_of(replace(random_pairs(1), user=None), plan(Horizon(None))):
        causal = shown["causal:pairs", 0]
        crossfit = shown["leaked_crossfit:pairs", 1]
        assert crossfit.vectors.tobytes() == causal.vectors.tobytes()
        assert (shown["leaked:pairs", 0].vectors != causal.vectors).any()


def test_pairs_without_times_are_as_old_as_their_cut() -> None:
    cut = WINDOWS[2].start_us - 1
    pairs = replace(random_pairs(1), time_us=None, trained_until_us=cut)
    shown = shown_of(pairs, plan(Horizon(0)))
    assert [one["causal:pairs", 0].supported.any() for one in shown] == [False] * 2 + [True] * 3
    assert [one["leaked:pairs", 0].supported.any() for one in shown] == [False] + [True] * 4


def test_supported_items_are_those_with_pairs() -> None:
    pairs = random_pairs(2, rows=12)
    assert pairs.time_us is not None
    for window, shown in zip(WINDOWS, shown_of(pairs, plan()), strict=True):
        one, seen = shown["causal:pairs", 0], pairs.time_us < window.start_us
        met = np.union1d(pairs.item_a[seen], pairs.item_b[seen])
        assert np.flatnonzero(one.supported[0]).tolist() == met.tolist()
        assert not one.vectors[0][~one.supported[0]].any()
        assert one.vectors.shape == (1, ITEMS, 3)


def test_which_pairs_are_meant() -> None:
    spec = PreferenceSpec("mine", "pairs", {"pairs": "other", **SMALL})
    both = plan_of(WINDOWS, Horizon(0), (spec, PAIRS))
    dataset = dataset_with(random_pairs(1), replace(random_pairs(1), name="other"))
    assert widths(both, dataset)["causal:mine"] == (3,)
    builder = Builder(both, dataset)
    builder.start(0)
    last = shown_by(builder)[-1]
    ours, theirs = last["leaked_crossfit:mine", 1], last["leaked_crossfit:pairs", 1]
    assert ours.vectors.tobytes() == theirs.vectors.tobytes()


WRONG = [
    ({"rnak": 3}, "'rnak' is not a setting of pairs; did you mean 'rank'"),
    ({"rank": 0}, r"pairs\.rank is 0; accepted: a whole number, 1 or more"),
    ({"rounds": True}, r"pairs\.rounds is True; accepted: a whole number"),
    ({"extra": 1.5}, r"pairs\.extra is 1\.5; accepted: a whole number"),
    ({"signed": 1}, r"pairs\.signed is 1; accepted: true or false"),
    ({"vector_strength": -1}, r"vector_strength is -1; accepted: a number, 0 or more"),
    ({"vector_strength": "5"}, r"vector_strength is '5'; accepted: a number, 0 or more"),
    ({"vector_strength": float("nan")}, "vector_strength is nan; accepted"),
    ({"pairs": 3}, r"pairs\.pairs is 3; accepted: the name of pairs"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "message"), WRONG, ids=[str(one) for one, _ in WRONG])
def test_what_is_wrong_with_settings_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PreferenceSpec("mine", "pairs", changed)


@pytest.mark.parametrize(
    ("pairs", "settings", "message"),
    [
        (replace(random_pairs(1), time_us=None), {}, "neither times nor trained_until.*--time COL"),
        (random_pairs(1, signed=True), {}, r"has weight -[\d.]+; accepted: 0 or more, or `signed"),
        (replace(random_pairs(1), name="pears"), {}, "no pairs 'pairs'; did you mean 'pears'"),
        (random_pairs(1), {"rank": 5}, "rank is 5; accepted: at most tower_dim, 4"),
    ],
)
def test_pairs_that_cannot_be_served(pairs: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        widths(plan(**settings), dataset_with(pairs))
