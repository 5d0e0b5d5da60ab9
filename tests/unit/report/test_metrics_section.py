"""What was measured beside the AUC reaches the page, the terminal and Prometheus, in words."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from rich.console import Console

from lis_sim.monitoring.collector import RunCollector
from lis_sim.report import print_summary, render_report
from lis_sim.report.metric_words import counts_words, metric_title, metric_words
from lis_sim.report.unfinished import so_far
from lis_sim.scores import EventColumns, FamilyPlan, LisFamily, Measured, MetricsPlan, score_cells
from lis_sim.training.record_shape import check_summary, check_window

METRICS = MetricsPlan(ndcg=(3,), mrr=True, user_auc=True, outcomes=("a&b >= 1",))
PLAN = FamilyPlan(
    ("clean", "leaked_crossfit:pairs", "placebo:pairs"),
    replicates=2,
    warmup=0,
    preferences=("pairs",),
    form="joint",
    metrics=METRICS,
)
Records = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def run() -> Records:
    """Return a summary and the record of its only window."""
    family, draw = LisFamily(PLAN), np.random.default_rng(0)
    label, user = draw.integers(0, 2, 300), draw.integers(0, 20, 300)
    outcome = draw.integers(-1, 2, 300).astype(np.int8)
    request = draw.integers(0, 9, 300).astype(np.int32)
    columns = EventColumns({"a&b >= 1": outcome}, request, request == 4)
    keys = [(arm, r) for arm in PLAN.arms for r in range(2)]
    logits = [draw.normal(size=300) + 0.3 * at * label for at in range(len(keys))]
    cells = score_cells(logits, label, user, measured=Measured(METRICS, columns))
    by_key = dict(zip(keys, cells, strict=True))
    family.add(0, by_key)
    scores = {"scores": family.scores(), "verdicts": family.verdicts()}
    summary = {"run": "demo", "arms": family.arms(), **scores, "metrics": family.metrics()}
    record = {
        "window": 0,
        "end_us": 1,
        "clock_us": 1,
        "windows_undefined": 0,
        "events_total": 300,
        "arms": family.window_arms(by_key),
        "scores": family.scores(),
        "metrics": family.window_metrics(by_key),
    }
    return json.loads(json.dumps(summary)), json.loads(json.dumps(record))


def test_records_are_what_readers_take(run: Records) -> None:
    check_summary(run[0], "summary.json")
    check_window(run[1], "windows.jsonl, line 1", 0)


def test_every_score_and_arm_is_on_the_page(run: Records) -> None:
    summary, record = run
    page = render_report(summary, [record])
    for metric in summary["metrics"]:
        for score in metric["scores"]:
            assert f"{score['value']:+.5f}" in page
        for arm in metric["arms"]:
            assert f"[{arm['low']:.4f}, {arm['high']:.4f}]" in page
    assert "AUC on a&amp;b &gt;= 1" in page
    assert "AUC on a&b" not in page
    assert 'href="#metrics"' in page
    assert "The mean over requests." in page


def test_headlines_are_in_the_terminal(run: Records) -> None:
    summary, _ = run
    terminal = io.StringIO()
    print_summary(summary, Console(file=terminal, width=100))
    text = terminal.getvalue()
    for metric in summary["metrics"]:
        assert metric_title(metric) in text
        for score in metric["scores"]:
            headline = score["score"].startswith("lis_crossfit")
            assert (f"{score['value']:+.5f}" in text) == headline
    assert "are what a window's edge left of a request" in " ".join(text.split())


def test_without_metrics_nothing_is_shown(run: Records) -> None:
    summary = {key: value for key, value in run[0].items() if key != "metrics"}
    terminal = io.StringIO()
    print_summary(summary, Console(file=terminal, width=100))
    page = render_report(summary, [])
    assert "Beside AUC" not in terminal.getvalue()
    assert "Beside AUC" not in page


def test_a_run_that_goes_on_shows_them_so_far(run: Records) -> None:
    found = so_far("demo", {}, {}, run[1])
    assert found["metrics"] == run[0]["metrics"]
    assert so_far("demo", {}, {}, None)["metrics"] == []


def test_every_score_reaches_prometheus(run: Records) -> None:
    summary, record = run
    registry = CollectorRegistry()
    registry.register(RunCollector("demo", lambda: record))
    for metric in summary["metrics"]:
        of = {"run": "demo", "metric": metric["metric"], "label": metric["label"]}
        for score in metric["scores"]:
            labels = of | {
                "score": score["score"],
                "preference": "pairs",
                "representation": "",
                "slice": "all",
            }
            for suffix, field in (("", "value"), ("_low", "low"), ("_high", "high")):
                found = registry.get_sample_value(f"lis_sim_metric_score{suffix}", labels)
                assert found == score[field]
        for arm in metric["arms"]:
            labels = of | {"arm": arm["arm"], "slice": "all"}
            assert registry.get_sample_value("lis_sim_metric", labels) == arm["value"]


def test_a_metric_of_a_later_version_is_shown_without_words() -> None:
    later = {"metric": "recall@7", "label": "label", "arms": [], "scores": []}
    assert (metric_title(later), metric_words(later)) == ("recall@7", "")
    assert counts_words(later) == "0 requests."
    summary = {"run": "r", "arms": [], "scores": [], "verdicts": [], "metrics": [later]}
    assert "recall@7" in render_report(summary, [])
