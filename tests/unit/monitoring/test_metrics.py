"""What a scrape returns, read back by the Prometheus parser and linted by promtool."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from lis_sim.monitoring.collector import RunCollector
from tests.unit.monitoring.records import arm, record

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def exposition(collector: RunCollector) -> str:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def samples(text: str) -> Samples:
    """Return every sample by name and labels, leaving out `run`."""
    return {
        (sample.name, frozenset(sample.labels.items() - {("run", "demo")})): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


def scrape(latest: dict[str, Any] | None, **parts: Any) -> Samples:
    return samples(exposition(RunCollector("demo", lambda: latest, **parts)))


def test_a_record_becomes_counters_gauges_and_bounds() -> None:
    found = scrape(record(4, windows_undefined=1))
    clean = labels(arm="clean", slice="all")
    lis = labels(score="lis", preference="co_click", representation="", slice="all")
    ais = labels(score="ais", preference="co_click", representation="title_minilm", slice="all")
    cold = labels(score="lis_crossfit", preference="co_click", representation="", slice="cold")
    assert found["lis_sim_events_total", labels()] == 500
    assert found["lis_sim_windows_total", labels()] == 5
    assert found["lis_sim_windows_undefined_total", labels()] == 1
    assert found["lis_sim_stream_clock_seconds", labels()] == 5.0
    assert found["lis_sim_auc", clean] == 0.71
    assert found["lis_sim_auc_low", clean] == pytest.approx(0.70)
    assert found["lis_sim_auc_high", clean] == pytest.approx(0.72)
    assert found["lis_sim_window_calibration_ratio", clean] == 1.02
    assert found["lis_sim_score", lis] == 0.04
    assert found["lis_sim_score_low", ais] == pytest.approx(0.009)
    assert found["lis_sim_score", cold] == -0.002  # signed, never clipped


def test_an_undefined_value_has_no_sample() -> None:
    found = scrape(record(0, arms=[arm("clean", None), arm("causal:co_click", 0.7)], scores=[]))
    arms = {dict(part)["arm"] for name, part in found if name == "lis_sim_auc"}
    assert arms == {"causal:co_click"}
    assert not [name for name, _ in found if name.startswith("lis_sim_score")]


def test_before_the_first_window_there_are_only_the_settings() -> None:
    found = scrape(None, info={"horizon": "all", "folds": 5})
    assert found == {("lis_sim_run_info", labels(horizon="all", folds="5")): 1.0}


def test_counters_never_go_back_while_a_resumed_run_catches_up() -> None:
    windows = iter([record(5), record(2), record(6)])
    seconds = iter([{"train": 9.0}, {"train": 3.0}, {"train": 11.0}])
    collector = RunCollector("demo", lambda: next(windows), lambda: next(seconds))
    seen = [samples(exposition(collector)) for _ in range(3)]
    assert [scrape["lis_sim_events_total", labels()] for scrape in seen] == [600, 600, 700]
    train = labels(stage="train")
    assert [scrape["lis_sim_stage_seconds_total", train] for scrape in seen] == [9.0, 9.0, 11.0]


def test_awkward_names_survive_the_text_format() -> None:
    name = 'leaked:a"b\\c\nd é'
    found = scrape(record(0, arms=[arm(name, 0.5)], scores=[]))
    assert found["lis_sim_auc", labels(arm=name, slice="all")] == 0.5


def test_promtool_finds_nothing_to_complain_about() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    collector = RunCollector(
        "demo", lambda: record(3), lambda: {"train": 1.5, "read": 0.1}, {"horizon": "all"}
    )
    lint = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposition(collector),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, "")
