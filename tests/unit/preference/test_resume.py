"""Stopping before any window and starting again shows the same bytes as never stopping."""

from __future__ import annotations

import pytest

from lis_sim.errors import RunError
from lis_sim.preference import Builder, Horizon, PreferenceSpec
from lis_sim.preference.builder import Shown, State
from tests.unit.preference.worlds import (
    CO_CLICK,
    SMALL,
    Log,
    late_log,
    plan_of,
    random_log,
    same,
    shown_by,
    windows_of,
)

SELECTED = {"max_age": "0.00003s", "level": "colour", "behaviour": "seconds > 20"}
FOUR = (
    CO_CLICK,
    PreferenceSpec("other", settings={**SMALL, "rank": 2}, per_user=5),
    PreferenceSpec("selected", settings={**SMALL, **SELECTED}),
    PreferenceSpec("ids", "sparse_id", {"rank": 3, "passes": 2}),
)
HORIZONS = pytest.mark.parametrize("horizon", [Horizon(None), Horizon(0), Horizon(30)], ids=str)


@HORIZONS
@pytest.mark.parametrize("log", [random_log(2), late_log(2)], ids=["at once", "late labels"])
def test_resuming_equals_never_stopping(log: Log, horizon: Horizon) -> None:
    dataset = log.write()
    plan = plan_of(windows_of(log), horizon, FOUR)
    whole = Builder(plan, dataset)
    whole.start(0)
    states: list[State] = []
    seen: list[Shown] = []
    for window in range(len(plan.windows)):
        states.append(whole.snapshot())
        seen.append((seen[-1] if seen else {}) | whole.build(window))
    for window in (0, 1, 2, 4):
        resumed = Builder(plan, dataset)
        resumed.start(window, states[window])
        for shown, expected in zip(shown_by(resumed, window), seen[window:], strict=True):
            assert same(shown, expected)


@HORIZONS
def test_going_back_on_the_same_builder_equals_a_new_one(horizon: Horizon) -> None:
    log = random_log(3)
    builder = Builder(plan_of(windows_of(log), horizon, FOUR), log.write())
    builder.start(0)
    once = shown_by(builder, 0, 4)
    state = builder.state(2)
    builder.start(2, state)
    assert all(same(a, b) for a, b in zip(shown_by(builder, 2, 4), once[2:], strict=True))
    builder.start(0)
    assert all(same(a, b) for a, b in zip(shown_by(builder, 0, 4), once, strict=True))


def test_the_state_before_a_window_is_its_snapshot_then() -> None:
    log = random_log(4)
    builder = Builder(plan_of(windows_of(log), Horizon(0)), log.write())
    builder.start(0)
    for window in range(3):
        before = builder.snapshot()
        builder.build(window)
        state = builder.state(window)
        assert state.keys() == before.keys()
        assert all((state[key] == before[key]).all() for key in state)
    # Crossfit by replicate and fold, causal, leaked; by replicate the placebo's permutation.
    assert len(state) == 2 * 3 + 2 + 2


def test_misuse_is_refused() -> None:
    log = random_log(5)
    builder = Builder(plan_of(windows_of(log, 7), Horizon(0)), log.write())
    with pytest.raises(RunError, match="window 0 was asked of a builder that is at None"):
        builder.build(0)
    with pytest.raises(RunError, match="needs its state to start at window 2"):
        builder.start(2)
    builder.start(0)
    with pytest.raises(RunError, match="window 1 was asked of a builder that is at 0"):
        builder.build(1)
    shown_by(builder, 0, 6)
    with pytest.raises(RunError, match="no longer holds its state before window 1"):
        builder.state(1)
    assert builder.state(2)
