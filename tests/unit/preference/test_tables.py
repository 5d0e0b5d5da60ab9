"""Stamped tables and given representations as the clock moves."""

from __future__ import annotations

import numpy as np
import pytest

from lis_sim.arms import Arm, default_arms
from lis_sim.errors import ConfigError
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec, widths
from lis_sim.preference.scaling import projected, standardised
from lis_sim.types import Float32, RepresentationTable
from tests.unit.preference.worlds import (
    CO_CLICK,
    FIRST_US,
    ITEMS,
    Log,
    plan_of,
    random_log,
    same,
    shown_by,
    windows_of,
)

LOG = random_log(8)
WINDOWS = windows_of(LOG)
SPEC = PreferenceSpec("t", "table", {"tables": ["new", "old"]})


def table(name: str, stamp: int | None, seed: int, width: int = 6) -> RepresentationTable:
    vectors = np.random.default_rng(seed).standard_normal((ITEMS - 2, width))
    return RepresentationTable(
        name, np.arange(ITEMS - 2, dtype=np.int32), vectors.astype(np.float32), stamp
    )


def laid_out(given: RepresentationTable) -> Float32:
    vectors, supported = np.zeros((ITEMS, given.vectors.shape[1])), np.zeros(ITEMS, bool)
    vectors[given.item], supported[given.item] = given.vectors, True
    return standardised(projected(vectors, supported, 4), supported)


OLD = table("old", WINDOWS[1].start_us - 1, seed=0)  # window 1 is the first to know it
NEW = table("new", WINDOWS[3].start_us, seed=1)  # trained on window 3's first event


def test_who_sees_which_version_when() -> None:
    plan = plan_of(WINDOWS, Horizon(0), (SPEC,))
    builder = Builder(plan, LOG.write(OLD, NEW))
    builder.start(0)
    shown = shown_by(builder)
    nothing = np.zeros((ITEMS, 4), np.float32)
    past = [nothing, laid_out(OLD), laid_out(OLD), laid_out(OLD), laid_out(NEW)]
    ahead = [laid_out(OLD)] * 3 + [laid_out(NEW)] * 2
    for k in range(5):
        for replicate in (0, 1):
            assert (shown[k]["causal:t", replicate].vectors == past[k]).all()
            assert (shown[k]["leaked_crossfit:t", replicate].vectors == past[k]).all()
            assert (shown[k]["leaked:t", replicate].vectors == ahead[k]).all()
            placebo = shown[k]["placebo:t", replicate].vectors[0]
            assert sorted(map(tuple, placebo)) == sorted(map(tuple, past[k]))
    assert not shown[0]["causal:t", 0].supported.any()
    assert shown[1]["causal:t", 0].supported[0].tolist() == [True] * (ITEMS - 2) + [False] * 2


def test_a_version_is_shown_when_it_changes_and_after_a_start() -> None:
    builder = Builder(plan_of(WINDOWS, Horizon(0), (SPEC,)), LOG.write(OLD, NEW))
    builder.start(0)
    built = [builder.build(k) for k in range(5)]
    changed = [{name.partition(":")[0] for name, _ in shown} for shown in built]
    late = {"causal", "leaked_crossfit", "placebo"}
    assert changed == [{*late, "leaked"}, late, set(), {"leaked"}, late]
    builder.start(2, builder.state(2))
    again = builder.build(2)
    assert same(again, {key: (built[0] | built[1])[key] for key in again})
    assert len(again) == len(built[0])


def test_a_whole_log_horizon_shows_leaked_the_newest() -> None:
    builder = Builder(plan_of(WINDOWS, Horizon(None), (SPEC,)), LOG.write(OLD, NEW))
    builder.start(0)
    assert (builder.build(0)["leaked:t", 0].vectors == laid_out(NEW)).all()


def test_a_given_table_is_shown_once_from_the_first_window_after_its_cut() -> None:
    arms = (Arm("clean"), Arm("aligned", "old"), Arm("placebo", "old"))
    builder = Builder(plan_of(WINDOWS, Horizon(0), arms=arms), LOG.write(OLD))
    builder.start(0)
    before, first = builder.build(0), builder.build(1)
    assert builder.build(2) == {}
    for name in ("aligned:old", "placebo:old"):
        assert not before[name, 0].vectors.any()
        assert not before[name, 0].supported.any()
    assert (first["aligned:old", 0].vectors == laid_out(OLD)).all()
    for replicate in (0, 1):
        placebo = first["placebo:old", replicate]
        assert sorted(map(tuple, placebo.vectors[0])) == sorted(map(tuple, laid_out(OLD)))
    assert (first["placebo:old", 0].vectors != first["placebo:old", 1].vectors).any()
    builder.start(2, builder.state(2))
    assert same(builder.build(2), first)


def test_a_given_table_of_unknown_cut_is_shown_in_all_windows() -> None:
    arms = (Arm("clean"), Arm("aligned", "free"))
    free = table("free", None, 4)
    builder = Builder(plan_of(WINDOWS, Horizon(0), arms=arms), LOG.write(free))
    builder.start(0)
    assert (builder.build(0)["aligned:free", 0].vectors == laid_out(free)).all()
    assert builder.build(1) == {}


def test_widths_are_those_of_what_is_shown() -> None:
    preferences = (SPEC, CO_CLICK)
    arms = default_arms(["t", "co_click"], ["thin"])
    dataset = LOG.write(OLD, NEW, table("thin", None, 3, width=2))
    plan = plan_of(WINDOWS, Horizon(0), preferences, arms)
    found = widths(plan, dataset)
    assert list(found) == [str(arm) for arm in arms]
    assert found["clean"] == ()
    builder = Builder(plan, dataset)
    builder.start(0)
    for (name, _), one in builder.build(0).items():
        assert found[name] == (one.blocks or (one.dimensions,))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            (table("new", None, 0), OLD),
            "preference 't': table 'new' has no trained_until.*import it with trained_until",
        ),
        (
            (table("new", FIRST_US, 0, width=3), OLD),
            r"have \[3, 6\] dimensions; accepted: the same",
        ),
    ],
)
def test_tables_that_cannot_be_served(
    tables: tuple[RepresentationTable, ...], message: str
) -> None:
    log: Log = LOG
    plan: BuilderPlan = plan_of(WINDOWS, Horizon(0), (SPEC,))
    with pytest.raises(ConfigError, match=message):
        Builder(plan, log.write(*tables))
    with pytest.raises(ConfigError, match=message):
        widths(plan, log.write(*tables))
