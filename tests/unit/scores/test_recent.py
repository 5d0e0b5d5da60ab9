"""The recent estimate: older windows count less, whatever way the sums came about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lis_sim.errors import ConfigError
from lis_sim.scores import Accumulator, FamilyPlan

Stream = Callable[..., list[Any]]
ARMS = ["clean", "leaked:s"]
LIS = {"leaked:s": 1.0, "clean": -1.0}


def fill(windows: list[Any], first: int = 0, half_life: float = 2.0) -> Accumulator:
    accumulator = Accumulator(ARMS, 2, ["cold"], half_life)
    for index, window in enumerate(windows, start=first):
        accumulator.add(index, window.cells())
    return accumulator


def test_it_follows_its_definition(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2, windows=5)
    weights = 2.0 ** (-np.arange(4, -1, -1) / 2.0)
    lis = np.array(
        [
            [
                c["leaked:s", r].slices["all"].auc - c["clean", r].slices["all"].auc
                for c in (window.cells() for window in windows)
            ]
            for r in range(2)
        ]
    )
    expected = lis @ weights / weights.sum()
    found = fill(windows).recent(LIS)
    assert found.value == pytest.approx(expected.mean())
    assert found.standard_error_training == pytest.approx(expected.std(ddof=1) / np.sqrt(2))
    assert found.low is not None
    assert found.high is not None
    assert found.low < expected.mean() < found.high


def test_it_moves_when_the_score_moves_and_the_cumulative_one_lags(stream: Stream) -> None:
    weak = stream(ARMS, replicates=2, windows=12, events=600, users=100, gain=0.0)
    strong = stream(ARMS, replicates=2, windows=12, events=600, users=100, gain=1.0)
    accumulator = fill(weak + strong)
    now = fill(strong).estimate(LIS).value
    recent, cumulative = accumulator.recent(LIS), accumulator.estimate(LIS)
    assert now is not None
    assert recent.value is not None
    assert cumulative.value is not None
    assert abs(recent.value - now) < 0.02 < abs(cumulative.value - now)
    assert recent.half_width is not None
    assert cumulative.half_width is not None
    assert recent.half_width > cumulative.half_width, "fewer events carry it"


def test_a_long_half_life_is_the_cumulative_estimate(stream: Stream) -> None:
    accumulator = fill(stream(ARMS, replicates=2), half_life=1e12)
    recent, cumulative = accumulator.recent(LIS), accumulator.estimate(LIS)
    assert recent.value == pytest.approx(cumulative.value)
    assert recent.low == pytest.approx(cumulative.low)


def test_merged_and_resumed_sums_are_those_of_the_whole(stream: Stream) -> None:
    windows = stream(ARMS, replicates=2, windows=6)
    whole = fill(windows).recent(LIS)
    for shards in ((windows[:2], windows[2:]), (windows[:5], windows[5:])):
        early, late = fill(shards[0]), fill(shards[1], first=len(shards[0]))
        for merged, other in ((fill(shards[0]), late), (late, early)):
            merged.merge(other)
            assert merged.recent(LIS).value == pytest.approx(whole.value, rel=1e-12)
            assert merged.recent(LIS).low == pytest.approx(whole.low, rel=1e-12)
    resumed = Accumulator(ARMS, 2, ["cold"], 2.0)
    resumed.load_state_dict(fill(windows[:3]).state_dict())
    for index, window in enumerate(windows[3:], start=3):
        resumed.add(index, window.cells())
    assert resumed.recent(LIS) == whole


def test_windows_that_were_left_out_let_the_others_age(stream: Stream) -> None:
    first, second = stream(ARMS, replicates=2, windows=2)
    accumulator = Accumulator(ARMS, 2, recent_half_life=1.0)
    accumulator.add(0, first.cells())
    accumulator.add(11, second.cells())
    alone = Accumulator(ARMS, 2)
    alone.add(11, second.cells())
    assert accumulator.recent(LIS).value == pytest.approx(alone.estimate(LIS).value, abs=1e-3)


@pytest.mark.parametrize("half_life", [0.0, -1.0, float("inf"), float("nan")])
def test_wrong_half_lives(half_life: float) -> None:
    with pytest.raises(ConfigError, match=r"recent_half_life is .*; accepted are positive"):
        FamilyPlan(("clean",), 1, 0, form="joint", recent_half_life=half_life)
