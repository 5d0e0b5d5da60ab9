"""A user's own builder: told nothing that the arm may not see, and checked in what it returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.errors import ConfigError, DataError
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, Horizon, PreferenceSpec, widths
from lis_sim.preference.own import own_file
from lis_sim.types import Window
from tests.unit.preference import builders
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
    shown_by,
    windows_of,
)

SEEDS = st.integers(0, 10**6)
HORIZONS = [Horizon(None), Horizon(0), Horizon(25)]


def own(function: str = "counts", dimensions: Any = 3, **given: Any) -> PreferenceSpec:
    kind = f"{builders.__name__}:{function}"
    return PreferenceSpec("own", kind, {"dimensions": dimensions, **given})


@pytest.mark.parametrize("horizon", HORIZONS, ids=str)
@settings(max_examples=3)
@given(seed=SEEDS, window=st.integers(0, 4), fold=st.integers(0, 2))
def test_no_arm_is_told_what_it_must_not_see(
    seed: int, window: int, fold: int, horizon: Horizon
) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), horizon, (own(),))
    start_us, end_us = plan.windows[window].start_us, plan.windows[window].end_us
    beyond = log.time_us >= horizon.reach_us(end_us, int(log.time_us[-1]))
    later = log.time_us >= start_us
    truth = served(log, plan, window + 1)
    causal = served(log.garbled(later, users=True), plan, window + 1)
    leaked = served(log.garbled(beyond, users=True), plan, window + 1)
    for k in range(window + 1):
        assert same(of_all(truth[k]), of_all(causal[k]), "causal")
        assert same(truth[k], leaked[k])
    for replicate, fold_seed in enumerate(plan.seeds):
        mine = fold_of(np.arange(USERS, dtype=np.int32), fold_seed, 3)[log.user] == fold
        other = served(log.garbled(mine & later), plan, window + 1)
        key = ("leaked_crossfit:own", replicate)
        for k in range(window + 1):
            before, after = (of_all(shown[k])[key] for shown in (truth, other))
            assert before.vectors[fold].tobytes() == after.vectors[fold].tobytes()
        for f in {0, 1, 2} - {fold}:
            before, after = (of_all(shown[window])[key] for shown in (truth, other))
            differ = before.vectors[f] != after.vectors[f]
            assert differ.any() == (mine & later & ~beyond).any()


@settings(max_examples=3)
@given(seed=SEEDS)
def test_a_horizon_that_ends_at_the_windows_start_is_causal(seed: int) -> None:
    log = random_log(seed)
    empty = [
        Window(w.index, w.start_row, w.start_row, w.start_us, w.start_us) for w in windows_of(log)
    ]
    for shown in served(log, plan_of(empty, Horizon(0), (own(),))):
        causal = shown["causal:own", 0]
        for replicate in (0, 1):
            assert shown["leaked:own", replicate].vectors.tobytes() == causal.vectors.tobytes()
            for fold in shown["leaked_crossfit:own", replicate].vectors:
                assert fold.tobytes() == causal.vectors[0].tobytes()


def test_calls_share_nothing() -> None:
    log = random_log(3)
    plan = plan_of(windows_of(log), Horizon(None), (own("careless", nested={}),))
    assert same(
        served(log, plan)[4], served(log, plan_of(plan.windows, Horizon(None), (own(),)))[4]
    )


def test_a_builder_that_remembers_is_refused() -> None:
    log = random_log(3)
    builders.REMEMBERED.clear()
    with pytest.raises(DataError, match=r"something else when it was called again.*of `seed`"):
        served(log, plan_of(windows_of(log), Horizon(0), (own("remembering"),)))


def test_stopping_and_starting_shows_the_same_bytes() -> None:
    log = random_log(3)
    dataset = log.write()
    plan = plan_of(windows_of(log), Horizon(25), (own(), CO_CLICK))
    builder = Builder(plan, dataset)
    builder.start(0)
    truth = shown_by(builder)
    again = Builder(plan, dataset)
    again.start(3, builder.state(3))
    assert same(truth[4], shown_by(again, 3)[-1])


def test_what_is_shown_beside_others_is_what_is_shown_alone() -> None:
    log = random_log(6)
    forgetful = PreferenceSpec("aged", settings=SMALL | {"max_age": "30s"})
    for windows in (windows_of(log),):
        alone = served(log, plan_of(windows, Horizon(0), (CO_CLICK,)))
        beside = served(log, plan_of(windows, Horizon(0), (forgetful, own(), CO_CLICK)))
        for one, all_of_them in zip(alone, beside, strict=True):
            assert same(one, {key: all_of_them[key] for key in one})


@pytest.mark.parametrize(("dimensions", "width"), [(2, 2), (4, 4), (7, 4)])
def test_vectors_are_scaled_and_projected(dimensions: int, width: int) -> None:
    log = random_log(1)
    plan = plan_of(windows_of(log), Horizon(None), (own(dimensions=dimensions),))
    assert widths(plan, log.write())["causal:own"] == (width,)
    shown = served(log, plan)
    assert not shown[0]["causal:own", 0].supported.any()
    for kind in ("causal", "leaked", "leaked_crossfit", "placebo"):
        one = shown[4][f"{kind}:own", 1]
        assert one.vectors.shape[1:] == (ITEMS, width)
        for vectors, supported in zip(one.vectors, one.supported, strict=True):
            assert np.allclose(vectors[supported].mean(axis=0), 0, atol=1e-6)
            assert np.allclose(np.square(vectors[supported]).mean(axis=0), 1, atol=1e-6)


RETURNED = [
    ("one", r"returned ndarray; accepted: \(vectors, supported\)"),
    ("three", r"returned tuple; accepted: \(vectors, supported\)"),
    ("list", "vectors of type list; accepted: a NumPy array"),
    ("narrow", r"vectors of shape \(9, 2\); accepted: \(9, 3\)"),
    ("short", r"vectors of shape \(8, 3\); accepted: \(9, 3\)"),
    ("whole", "vectors of type int64; accepted: float16, float32 or float64"),
    ("numbers", "supported of type float32; accepted: bool"),
    ("column", r"supported of shape \(9, 1\); accepted: \(9,\)"),
    ("nan", "vectors with nan for item 2, dimension 0; accepted: finite"),
    ("huge", "vectors with inf for item 0, dimension 0; accepted: finite"),
]


@pytest.mark.parametrize(("what", "message"), RETURNED, ids=[what for what, _ in RETURNED])
def test_what_is_wrong_with_what_it_returns_is_named(what: str, message: str) -> None:
    log = random_log(0)
    with pytest.raises(DataError, match=f"preference 'own': tests.*builders:wrong .*{message}"):
        served(log, plan_of(windows_of(log), Horizon(0), (own("wrong", wrong=what),)))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("no_such.module:build", {"dimensions": 3}, "cannot be imported.*put its folder on PYTHON"),
        ("tests.unit.preference.builders:build", {"dimensions": 3}, "has no 'build'.*accepted"),
        ("tests.unit.preference.builders:NO_FUNCTION", {"dimensions": 3}, "no function but of"),
        (":build", {"dimensions": 3}, "which names nothing; accepted: package.module:function"),
        ("tests.unit.preference.builders:", {"dimensions": 3}, "which names nothing"),
        ("fractions:Fraction", {"dimensions": 3}, "no function but of type ABCMeta; accepted"),
        ("tests.unit.preference.builders:counts", {}, "dimensions is None; accepted: a whole"),
        ("tests.unit.preference.builders:counts", {"dimensions": 0}, "dimensions is 0; accepted"),
        ("tests.unit.preference.builders:counts", {"dimensions": True}, "is True; accepted"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_settings_is_named(
    kind: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        PreferenceSpec("own", kind, given)


def test_its_file_is_known() -> None:
    file = own_file(own())
    assert file is not None
    assert file.name == "builders.py"
