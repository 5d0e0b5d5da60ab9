"""docs/monitoring.md names every metric there is, with its type and labels, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from lis_sim.config import MonitoringConfig
from lis_sim.monitoring import Pusher
from lis_sim.monitoring.collector import RunCollector
from lis_sim.monitoring.reports import ReportsCollector
from lis_sim.monitoring.text import exposition
from lis_sim.monitoring.trials import TrialsCollector
from tests.unit.monitoring.records import drift_event, score, watched
from tests.unit.monitoring.test_metrics import account

PAGE = Path(__file__).resolve().parents[3] / "docs" / "monitoring.md"
ROW = re.compile(r"^\| `(lis_sim_\w+)` \| (\w+) \| ([\w, ]*) \| .+ \|$", re.MULTILINE)
Reference = dict[str, tuple[str, frozenset[str]]]


def full() -> CollectorRegistry:
    """Return every metric that there can be."""
    bounds = dict.fromkeys(("anytime_low", "anytime_high"), 0.01)
    recent = {"recent": {"value": 0.02, "low": 0.01, "high": 0.03}}
    told = watched(3, drift=[drift_event()], scores=[score("lis", 0.04) | bounds | recent])
    level = {"cumulative": {"value": 0.4, "low": 0.3, "high": 0.5}}
    arms = [{"arm": "clean", "slice": "all", **level}]
    of_table = score("ais", 0.02) | {"representation": "title"}
    told["metrics"] = [{"metric": "mrr", "label": "label", "arms": arms, "scores": [of_table]}]
    info = {"horizon": "all", "folds": 5, "form": "joint", "engine": "ray", "live": "false"}
    run = RunCollector(
        "demo",
        lambda: told,
        lambda: {"train": 1.5},
        info,
        account=lambda: account(told, committed_s=1.0),
        newest_us=lambda: 9_000_000,
    )
    trials, reports = TrialsCollector("demo", "auc"), ReportsCollector("demo")
    trials.count_statuses(["RUNNING"])
    trials.add_result("a", {"auc": 0.7})
    reports.add_report([{"loss": 0.5}], checkpoint=False)
    registry = CollectorRegistry()
    for one in (run, Pusher(run, "http://127.0.0.1:9", "demo", lambda: 0), trials, reports):
        registry.register(one)
    return registry


def served() -> Reference:
    found = {}
    for family in text_string_to_metric_families(exposition(full()).decode()):
        name = family.name + "_total" * (family.type == "counter")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = (family.type, frozenset(labels))
    return found


def test_the_reference_is_what_is_served() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    told = {name: (kind, frozenset(labels.split(", "))) for name, kind, labels in rows}
    assert len(rows) == len(told), "a metric is named twice"
    assert told == served()


def test_every_setting_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = text.partition("```yaml\nmonitoring:\n")[2].partition("```")[0]
    named = re.findall(r"^  (\w+):", block, re.MULTILINE)
    assert named == list(MonitoringConfig.model_fields)
