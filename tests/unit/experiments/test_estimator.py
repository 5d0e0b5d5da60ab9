"""The figures of the estimator study, from results whose answer is plain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lis_sim.experiments.estimator import EstimatorPart
from lis_sim.experiments.estimator_design import PLANTED
from lis_sim.experiments.estimator_figures import (
    bounds,
    causes,
    costs,
    null_max,
    ranked,
    stability,
    static_ranked,
)
from lis_sim.experiments.estimator_world import METHODS, _pairs, _reached
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.part import Result
from lis_sim.scores import score_cells
from lis_sim.scores.accumulate import Accumulator


def world(ais: dict[str, float], lis: dict[str, float], error: float = 0.0005) -> Result:
    """Return a world in which both methods reach ``ais`` and LIS says ``lis``."""
    sets: dict[str, Any] = {}
    for name, value in ais.items():
        own: dict[str, list[float]] = {
            "lis_crossfit": [lis[name], 0.0, 1.0],
            "lis_crossfit_all": [lis[name], 0.0, 1.0],
            "lis": [-lis[name], 0.0, 1.0],
        }
        for method in METHODS:
            excess = value - lis[name]
            own[f"ais_{method}"] = [value, value - error, value + error]
            own[f"excess_{method}"] = [excess, excess - error, excess + error]
            own[f"fits_{method}"] = [value, 2 * value, -value]
        sets[name] = own
    pairs = [[a, b, ais[a] - ais[b], error] for a in ais for b in ais if a < b]
    return {"sets": sets, "pairs": pairs, "causes": {}}


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


AIS = {"a": 0.0, "b": 0.001, "c": 0.003, "d": 0.005, "e": 0.009}


def test_the_same_order_is_a_correlation_of_one() -> None:
    found = by_name(ranked([world(AIS, {name: 2 * value for name, value in AIS.items()})]))
    assert found["spearman_crossfit_ais"].value == pytest.approx(1.0)
    assert found["spearman_crossfit_ais_large"].value == pytest.approx(1.0)
    assert found["spearman_naive_ais"].value == pytest.approx(-1.0)
    assert found["pairs_ordered"].value == 1.0
    assert found["spearman_fits"].value == pytest.approx(-1 / 3)  # of 1, -1 and -1


def test_a_static_benchmark_is_ranked_by_the_names_of_its_sets() -> None:
    turned = {name: -value for name, value in reversed(AIS.items())}
    found = static_ranked([(world(AIS, AIS), turned), (world(AIS, AIS), AIS)])
    assert found.value == pytest.approx(0.0)
    assert static_ranked([]).value is None


def test_only_pairs_that_surely_differ_count() -> None:
    swapped = {**AIS, "a": 0.002}  # a and b differ by two standard errors exactly
    found = by_name(ranked([world(AIS, swapped)]))
    assert found["pairs_ordered"].detail == "9 of 9"
    far = {**AIS, "a": 0.004}
    assert by_name(ranked([world(AIS, far)]))["pairs_ordered"].detail == "8 of 9"


def test_a_bound_is_broken_where_the_whole_interval_is_above_it() -> None:
    lis = {**dict.fromkeys(AIS, 0.01), "e": 0.0085, "d": 0.004}
    held, half = bounds([world(AIS, lis)])
    assert held.value == 0.8
    assert held.detail == "8 of 10; not: 2 d"
    assert half.value == pytest.approx(0.0005)


def test_causes_are_counted_and_the_wrong_ones_named() -> None:
    said = {**PLANTED, "corrupt_0": "none", "stale_60": "none"}
    named, accused = causes([{"causes": said}, {"causes": {**PLANTED, "corrupt_0": "stale"}}])
    assert named.value == pytest.approx(1 - 1 / (2 * len(PLANTED)))
    assert "1 none for stale" in named.detail
    assert accused.value == 0.5


def test_stability_is_in_standard_errors() -> None:
    results = {
        f"folds_{count}/100": {"value": value, "standard_error": 0.002}
        for count, value in ((2, 0.02), (5, 0.03), (10, 0.031))
    }
    assert stability(results).value == pytest.approx(0.5)
    assert stability({}).value is None


def test_null_max_is_the_worst_mean_over_worlds() -> None:
    results = {
        "null_joint/100": {"values": {"co_click_noise": 0.001}},
        "null_joint/101": {"values": {"co_click_noise": -0.001}},
        "null_residual/100": {"values": {"co_click_noise": -0.0004}},
    }
    figure = null_max(results)
    assert figure.value == pytest.approx(0.0004)
    assert "joint co_click_noise +0.00000" in figure.detail
    assert null_max({}).value is None


def test_cost_is_in_clean_arms() -> None:
    seconds = {"clean": 2.0, "co_click": 3.0, "sparse_id": 5.0}
    found = by_name(costs({"cost_residual/100": seconds}))
    assert found["lis_cost_residual"].value == pytest.approx(0.5)
    assert found["lis_cost_residual_sparse_id"].value == pytest.approx(1.5)
    assert found["lis_cost"].value is None


def test_tasks_have_keys_of_their_own() -> None:
    for quick in (True, False):
        keys = [task.key for task in EstimatorPart().tasks(quick)]
        assert len(set(keys)) == len(keys)


def test_differences_count_the_luck_of_alignment() -> None:
    random = np.random.default_rng(0)
    label, user = random.integers(0, 2, 400), random.integers(0, 40, 400)
    names = ("a", "b")
    arms = ["clean", *(arm for name in names for arm in _reached(name, "contrastive"))]
    skill = {arm: random.uniform(0.0, 2.0) for arm in arms}  # fits differ by far more than events
    scores = [skill[arm] * label + random.standard_normal(400) for arm in arms]
    cells = score_cells(scores, label, user)
    sums = Accumulator(tuple(arms), 1)
    sums.add(0, {(arm, 0): cell for arm, cell in zip(arms, cells, strict=True)})
    ((one, other, difference, error),) = _pairs(sums, names)
    assert (one, other) == names
    means = [
        np.mean([cells[arms.index(arm)].slices["all"].auc for arm in _reached(name, "contrastive")])
        for name in names
    ]
    assert difference == pytest.approx(means[0] - means[1])
    events_alone = sums.estimate(
        _reached("a", "contrastive")
        | {arm: -share for arm, share in _reached("b", "contrastive").items()}
    )
    assert events_alone.standard_error is not None
    assert error > events_alone.standard_error
