"""Differences between two runs are paired: by user, item, pair and replicate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lis_sim.errors import RunError
from lis_sim.scores import Accumulator, FamilyPlan
from lis_sim.scores.compare import Compared, PairedSums
from lis_sim.scores.items import pair_buckets
from tests.unit.scores.pairs_of_runs import changed, kept

Stream = Callable[..., list[Any]]
LIS = {"leaked:s": 1.0, "clean": -1.0}
PLAN = FamilyPlan(
    ("clean", "leaked:s"), 3, warmup=0, slices=("cold",), preferences=("s",), form="joint"
)
RATIO_PLAN = replace(PLAN, arms=("clean", "leaked:s", "leaked_crossfit:s", "causal:s"))


def components(logit: Any, label: Any) -> tuple[float, Any]:
    """Return the AUC and every event's part of its influence, by counting all pairs."""
    positive = label > 0
    right = (logit[:, None] > logit[None, :]) + 0.5 * (logit[:, None] == logit[None, :])
    auc = float(right[np.ix_(positive, ~positive)].mean())
    wins = np.where(positive, right[:, ~positive].mean(1), 1 - right[:, positive].mean(1))
    return auc, (wins - auc) / np.where(positive, positive.sum(), (~positive).sum())


def brute_force(first: list[Any], second: list[Any], replicates: int) -> tuple[Any, ...]:
    """Return the replicates' values, and the sums by user, item and bucket of pairs."""
    values, by_user, by_item = np.zeros(replicates), np.zeros(100), np.zeros(100)
    by_pair, events = np.zeros(1024), np.zeros(100)
    total = sum(len(window.label) for window in first)
    signs = [(second, "leaked:s", 1), (second, "clean", -1)]
    signs += [(first, "leaked:s", -1), (first, "clean", 1)]
    for k, window in enumerate(first):
        n = len(window.label)
        np.add.at(events, window.user, 1)
        bucket, sign = pair_buckets(window.user, window.item)
        for run, arm, factor in signs:
            for r in range(replicates):
                auc, parts = components(run[k].logits[arm, r].astype(np.float64), window.label)
                values[r] += factor * n * auc / total
                parts = factor * n * parts / replicates
                np.add.at(by_user, window.user, parts)
                np.add.at(by_item, window.item, parts / total)
                np.add.at(by_pair, bucket, sign * parts / total)
    return values, by_user / (total - events), by_item, by_pair, int((events > 0).sum())


def test_the_paired_variance_is_that_of_brute_force(stream: Stream) -> None:
    first = stream(PLAN.arms, replicates=3, windows=4, events=90, users=25)
    second = changed(first, {"leaked:s": 0.8, "clean": 0.1})
    values, by_user, by_item, by_pair, users = brute_force(first, second, 3)
    found = PairedSums(kept(PLAN, first), kept(PLAN, second)).difference(0, LIS, LIS).difference
    assert found.value == pytest.approx(values.mean(), abs=1e-12)
    assert found.users == users
    clustered = math.sqrt(users / (users - 1) * np.square(by_user).sum())
    assert found.standard_error_users == pytest.approx(clustered, rel=1e-9)
    shared = max(0.0, np.square(by_item).sum() - np.square(by_pair).sum())
    assert found.standard_error_items == pytest.approx(math.sqrt(shared), rel=1e-6, abs=1e-12)
    training = values.std(ddof=1) / math.sqrt(3)
    assert found.standard_error_training == pytest.approx(training, rel=1e-9)
    error = math.sqrt(clustered**2 + shared + training**2)
    assert found.value is not None
    assert found.degrees_of_freedom is not None
    half = stats.t.ppf(0.975, found.degrees_of_freedom) * error
    assert found.high == pytest.approx(found.value + half, rel=1e-6)
    assert found.low == pytest.approx(found.value - half, rel=1e-6)


def test_a_run_less_itself_is_exactly_nothing(stream: Stream) -> None:
    windows = stream(RATIO_PLAN.arms, replicates=3, windows=5, events=200, gain=0.7)
    sums = kept(RATIO_PLAN, windows)
    paired = PairedSums(sums, sums, ["cold"])
    for slice_name in ("all", "cold"):
        for arm in RATIO_PLAN.arms[1:]:
            contrast = {arm: 1.0, "clean": -1.0}
            same = paired.difference(0, contrast, contrast, slice_name)
            assert same.first == same.second
            difference = same.difference
            assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)
        ratio = ({"causal:s": 1.0, "clean": -1.0}, {"leaked_crossfit:s": 1.0, "clean": -1.0})
        found = paired.ratio_difference(0, ratio, ratio, slice_name).difference
        assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_pairing_narrows_the_interval(stream: Stream) -> None:
    first = stream(PLAN.arms, replicates=3, windows=4, events=300, users=60)
    second = changed(first, {"leaked:s": 0.2})
    paired = PairedSums(kept(PLAN, first), kept(PLAN, second))
    found = paired.difference(0, LIS, LIS)
    one, other, both = (estimate.half_width for estimate in found)
    assert one is not None
    assert other is not None
    assert both is not None
    assert both < 0.5 * min(one, other) < math.hypot(one, other)


def test_the_first_less_the_second_is_the_negative(stream: Stream) -> None:
    first = stream(PLAN.arms, replicates=3, windows=4, events=150)
    one, other = kept(PLAN, first), kept(PLAN, changed(first, {"leaked:s": 1.0, "clean": 0.5}))
    there = PairedSums(one, other).difference(0, LIS, LIS)
    back = PairedSums(other, one).difference(0, LIS, LIS)
    assert (back.first, back.second) == (there.second, there.first)
    assert there.difference.low is not None
    assert there.difference.value is not None
    assert back.difference.value == pytest.approx(-there.difference.value, rel=1e-12)
    assert back.difference.high == pytest.approx(-there.difference.low, rel=1e-9)
    assert there.difference.value == pytest.approx(
        (there.second.value or 0.0) - (there.first.value or 0.0), abs=1e-12
    )


def ratio_of(windows: list[Any], key: int) -> tuple[list[Any], Compared, Accumulator]:
    """Return the ratio's difference and one accumulator that holds the arms of both runs."""
    second = changed(windows, dict.fromkeys(RATIO_PLAN.arms, 0.4), key)
    ratio = ({"causal:s": 1.0, "clean": -1.0}, {"leaked_crossfit:s": 1.0, "clean": -1.0})
    paired = PairedSums(kept(RATIO_PLAN, windows), kept(RATIO_PLAN, second))
    direct = Accumulator([f"{run}{arm}" for run in "12" for arm in RATIO_PLAN.arms], 3)
    for index, pair in enumerate(zip(windows, second, strict=True)):
        cells = [
            {(f"{n + 1}{a}", r): c for (a, r), c in w.cells().items()} for n, w in enumerate(pair)
        ]
        direct.add(index, cells[0] | cells[1])
    return second, paired.ratio_difference(0, ratio, ratio), direct


def test_a_difference_of_ratios_has_the_delta_methods_error(stream: Stream) -> None:
    windows = stream(RATIO_PLAN.arms, replicates=3, windows=4, events=600, users=150, gain=0.4)
    _, found, direct = ratio_of(windows, key=11)
    parts = [
        {f"{run}{arm}": 1.0, f"{run}clean": -1.0}
        for run in "12"
        for arm in ("causal:s", "leaked_crossfit:s")
    ]
    n1, d1, n2, d2 = (direct.estimate(part).value or 0.0 for part in parts)
    assert found.difference.value == pytest.approx(n2 / d2 - n1 / d1, rel=1e-12)
    slope = np.array([-1 / d1, n1 / d1**2, 1 / d2, -n2 / d2**2])
    shared = [[direct.covariance(a, b) for b in parts] for a in parts]
    for part in ("users", "training"):
        matrix = np.array([[getattr(one, part) for one in row] for row in shared])
        expected = math.sqrt(slope @ matrix @ slope)
        error = getattr(found.difference, f"standard_error_{part}")
        assert error == pytest.approx(expected, rel=1e-6)


def test_a_ratio_over_nothing_is_undefined_and_so_is_its_difference(stream: Stream) -> None:
    windows = stream(RATIO_PLAN.arms, replicates=3, windows=2, events=60, gain=0.0)
    _, found, _ = ratio_of(windows, key=12)
    assert found.difference.value is None
    assert found.difference.low is None
    assert found.difference.windows == 2


def test_other_labels_or_windows_are_refused(stream: Stream) -> None:
    windows = stream(PLAN.arms, replicates=3, windows=4)
    other_labels = [replace(w, label=1 - w.label) for w in windows[:1]] + windows[1:]
    sums = kept(PLAN, windows)
    with pytest.raises(RunError, match="cannot merge"):
        PairedSums(sums, kept(PLAN, windows[:3]))
    with pytest.raises(RunError, match="other labels"):
        PairedSums(sums, kept(PLAN, other_labels))
    fewer = replace(PLAN, replicates=2)
    with pytest.raises(RunError, match="cannot merge"):
        PairedSums(sums, kept(fewer, windows))
