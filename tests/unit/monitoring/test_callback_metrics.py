"""What Ray's callbacks show, without Ray: see tests/slow/test_ray_callbacks.py for them."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from lis_sim.monitoring.reported_numbers import reported_numbers
from lis_sim.monitoring.reports import ReportsCollector
from lis_sim.monitoring.text import exposition
from lis_sim.monitoring.travelling import TravellingEndpoint
from lis_sim.monitoring.trials import TrialsCollector
from tests.unit.monitoring.scraped import Samples, labels, samples


def shown(collector: TrialsCollector | ReportsCollector) -> Samples:
    return samples(exposition(collector).decode())


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({}, {}),
        ({"a": 1, "b": np.float32(0.5), "c": np.int64(2)}, {"a": 1.0, "b": 0.5, "c": 2.0}),
        ({"a": True, "b": "text", "c": [1.0], "d": None, "e": np.zeros(2)}, {}),
        ({"a": {"b": {"c": 1}}, "a/x": 2}, {"a/b/c": 1.0, "a/x": 2.0}),
    ],
)
def test_only_numbers_are_reported(reported: dict[str, object], expected: dict[str, float]) -> None:
    assert reported_numbers(reported) == expected


def test_names_can_be_chosen_and_bounded() -> None:
    reported = {f"m{k}": float(k) for k in range(9)}
    assert reported_numbers(reported, only=["m3", "absent"]) == {"m3": 3.0}
    assert list(reported_numbers(reported, most=2)) == ["m0", "m1"]


@pytest.mark.parametrize(("mode", "best"), [("max", 0.8), ("min", 0.6)])
def test_the_best_value_is_of_any_time_and_no_nan(mode: str, best: float) -> None:
    collector = TrialsCollector("demo", "auc", mode)
    for trial, value in (("a", 0.7), ("b", 0.8), ("a", math.nan), ("c", 0.6), ("b", 0.65)):
        collector.add_result(trial, {"auc": value})
    found = shown(collector)
    assert (
        found["lis_sim_tune_best_value", labels(experiment="demo", metric="auc", mode=mode)] == best
    )
    last = labels(experiment="demo", trial="a", metric="auc")
    assert math.isnan(found["lis_sim_tune_trial_value", last])
    assert found["lis_sim_tune_results_total", labels(experiment="demo")] == 5


def test_trials_have_a_status_and_none_has_zero() -> None:
    collector = TrialsCollector("demo")
    assert not [name for name, _ in shown(collector) if name == "lis_sim_tune_trials"]
    collector.count_statuses(["RUNNING", "ERROR", "RUNNING"])
    found = shown(collector)
    trials = [(part, n) for (name, part), n in found.items() if name == "lis_sim_tune_trials"]
    counts = {dict(part)["status"]: n for part, n in trials}
    assert counts == {"pending": 0, "running": 2, "paused": 0, "terminated": 0, "error": 1}
    assert not [name for name, _ in found if name == "lis_sim_tune_best_value"]


def test_the_number_of_series_is_bounded_and_what_is_left_out_is_counted() -> None:
    collector = TrialsCollector("demo", "auc", max_trials=3)
    for k in (0, 1, 2, 3, 1, 4):
        collector.add_result(f"t{k}", {"auc": k / 10})
    found = shown(collector)
    trials = {dict(part)["trial"] for name, part in found if name == "lis_sim_tune_trial_value"}
    assert trials == {"t3", "t1", "t4"}  # those that reported last
    assert found["lis_sim_tune_trials_left_out", labels(experiment="demo")] == 2


def test_workers_become_mean_least_and_greatest() -> None:
    collector = ReportsCollector("demo")
    collector.add_report([{"loss": 1.0, "own": 5.0}, {"loss": 2.0}], checkpoint=True)
    collector.add_report([{"loss": 3.0, "own": 5.0}, {"loss": math.nan}], checkpoint=False)
    collector.add_exceptions(2)
    found = shown(collector)
    assert math.isnan(found["lis_sim_train_value", labels(metric="loss", over="max")])
    assert found["lis_sim_train_value", labels(metric="own", over="mean")] == 5.0
    assert found["lis_sim_train_workers", labels()] == 2
    assert found["lis_sim_train_reports_total", labels()] == 2
    assert found["lis_sim_train_checkpoints_total", labels()] == 1
    assert found["lis_sim_train_exceptions_total", labels()] == 2


def test_a_copy_in_another_process_is_closed_and_knows_the_settings() -> None:
    endpoint = TravellingEndpoint({"port": 0})
    endpoint.open(TrialsCollector("demo"))
    copy = pickle.loads(pickle.dumps(endpoint))
    urls = [endpoint.url, copy.url]
    copy.open(TrialsCollector("demo"))
    urls.append(copy.url)
    for one in (endpoint, copy, copy):
        one.close()
    assert urls[1] is None
    assert len(set(urls)) == 3
    assert {endpoint.url, copy.url} == {None}


def test_a_misspelt_setting_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="prot"):
        TravellingEndpoint({"prot": 0})
