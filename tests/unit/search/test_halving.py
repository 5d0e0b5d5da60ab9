"""Successive halving: who goes on depends on values alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.search.halving import Halving, rungs
from lis_sim.search.stopping import Action

SCORED = 12


def played(halving: Halving, values: dict[int, list[float]], order: int) -> dict[int, int]:
    """Return how many windows each trial scored; any order of reports, pauses as told."""
    rng = np.random.default_rng(order)
    windows = dict.fromkeys(values, 0)
    on = list(values)
    while on:
        trial = on[int(rng.integers(len(on)))]
        action: Action = halving.decision(trial)
        if action == "go on":
            windows[trial] += 1
            action = halving.report(trial, windows[trial], values[trial][windows[trial] - 1])
        if action == "stop" or windows[trial] == SCORED:
            on.remove(trial)
    return windows


@given(
    candidates=st.integers(1, 9),
    first=st.integers(1, 4),
    reduction=st.floats(1.5, 4.0),
    seed=st.integers(0, 2**31),
    order=st.integers(0, 2**31),
)
def test_the_best_of_every_rung_go_on_in_whatever_order_they_come(
    candidates: int, first: int, reduction: float, seed: int, order: int
) -> None:
    draws = np.random.default_rng(seed).integers(0, 4, (candidates, SCORED))  # ties are likely
    values = {trial: draws[trial - 1].tolist() for trial in range(1, candidates + 1)}
    halving = Halving(candidates, first, reduction, SCORED)
    found = played(halving, values, order)
    left, expected = list(values), dict.fromkeys(values, SCORED)
    for rung in halving.rungs:
        left.sort(key=lambda trial: (-values[trial][rung - 1], trial))
        keep = math.ceil(len(left) / reduction)
        expected |= dict.fromkeys(left[keep:], rung)
        left = left[:keep]
    assert found == expected


def test_a_rung_at_the_end_decides_nothing() -> None:
    assert rungs(2, 3.0, 6) == (2,)
    assert rungs(2, 3.0, 7) == (2, 6)
    assert rungs(6, 3.0, 6) == ()
    assert rungs(1, 1.5, 6) == (1, 2, 3, 4)


def test_no_window_is_cut_at_twice() -> None:
    assert rungs(2, 1.05, 8) == (2, 3, 4, 5, 6, 7)
    assert rungs(1, 1.3, 8) == (1, 2, 3, 4, 5, 7)


def test_who_failed_is_not_waited_for() -> None:
    halving = Halving(3, 2, 3.0, SCORED)
    assert halving.report(1, 2, 0.1) == "pause"
    assert halving.report(3, 2, 0.3) == "pause"
    halving.left(2)
    assert [halving.decision(trial) for trial in (1, 3)] == ["stop", "go on"]


def test_who_comes_late_takes_nobodys_place() -> None:
    halving = Halving(4, 2, 2.0, SCORED)
    halving.left(1)
    for trial, value in ((2, 0.1), (3, 0.4), (4, 0.3)):
        halving.report(trial, 2, value)
    assert [halving.decision(trial) for trial in (2, 3, 4)] == ["stop", "go on", "go on"]
    assert halving.report(1, 2, 0.5) == "go on"
    assert [halving.decision(trial) for trial in (3, 4)] == ["go on", "go on"]
    worse = Halving(3, 2, 3.0, SCORED)
    worse.left(1)
    worse.report(2, 2, 0.2)
    worse.report(3, 2, 0.4)
    assert worse.report(1, 2, 0.3) == "stop"


@pytest.mark.parametrize("again", [1, 3])
def test_what_was_told_before_changes_nothing(again: int) -> None:
    halving: Any = Halving(3, 2, 3.0, SCORED)
    for trial, value in ((1, 0.5), (2, 0.7), (3, 0.6)):
        halving.report(trial, 2, value)
    for _ in range(again):
        assert halving.report(2, 2, -1.0) == "go on"
        assert halving.report(1, 2, 9.0) == "stop"


def test_a_first_report_past_a_rung_is_taken_for_it() -> None:
    halving = Halving(1, 1, 2.0, SCORED)
    assert halving.report(1, 5, 0.5) == "go on"
    assert halving.decision(1) == "go on"
