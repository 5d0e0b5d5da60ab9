"""What lies in deploy/: rules, their test cases, and the dashboard's panels and expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULES = sorted(PROMETHEUS.glob("*.rules.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.test.yml"))

_QUOTED = re.compile(r'"[^"]*"')
_METRIC = re.compile(r"\blis_sim[_:][a-zA-Z0-9_:]+")
_SELECTOR = re.compile(r"\b(lis_sim_\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
_DOCUMENTED = re.compile(r"^\| `(lis_sim_\w+)` \| (\w+) \| ([\w, ]*)", re.MULTILINE)


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """Return the rules by name; ``kind`` is ``alert`` or ``record``."""
    found: dict[str, dict[str, Any]] = {}
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            found |= {rule[kind]: rule for rule in group["rules"] if kind in rule}
    return found


def rule_cases() -> list[str]:
    """Return the names of all cases of ``promtool test rules``."""
    return [
        case["name"] for path in RULE_TESTS for case in yaml.safe_load(path.read_text())["tests"]
    ]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/lis-sim.json").read_text())
    return found


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard that show something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def panel_expressions() -> Iterator[tuple[str, str]]:
    """Yield the title of a panel and an expression, for every expression of the dashboard."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for annotation in dashboard()["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def variable_queries() -> dict[str, str]:
    """Return ``label_values(...)`` of every variable of the dashboard that asks for one."""
    listed = dashboard()["templating"]["list"]
    return {one["name"]: one["query"]["query"] for one in listed if one["type"] == "query"}


def metrics_in(expression: str) -> set[str]:
    """Return the names of our metrics, recorded ones included, that an expression reads."""
    return set(_METRIC.findall(_QUOTED.sub('""', expression)))


def selected_labels(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield every selector's metric and the labels it asks about."""
    for metric, matchers in _SELECTOR.findall(expression):
        yield metric, set(_MATCHER.findall(matchers))


def documented() -> dict[str, set[str]]:
    """Return the samples docs/monitoring.md promises, and their labels.

    A test of the monitoring package holds that page against what a run really serves.
    """
    found: dict[str, set[str]] = {}
    for name, kind, labels in _DOCUMENTED.findall((ROOT / "docs/monitoring.md").read_text()):
        known = set(re.findall(r"\w+", labels))
        found[name] = known
        if kind == "histogram":
            found |= {f"{name}_sum": known, f"{name}_count": known}
            found[f"{name}_bucket"] = known | {"le"}
    return found
