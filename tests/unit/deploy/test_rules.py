"""The recording rules and alerts, judged by Prometheus' own tool."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.deploy.deployed import (
    DEPLOY,
    PROMETHEUS,
    ROOT,
    RULE_TESTS,
    RULES,
    rule_cases,
    rules,
)

ALERTS = rules("alert")
CASES = rule_cases()
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is absent; Debian's package prometheus"
)


def ended(*command: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def told(*command: object) -> None:
    """Run a tool that must end with 0."""
    done = ended(*command)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_the_configuration_and_the_rules() -> None:
    told("promtool", "check", "config", "--lint=all", "--lint-fatal", PROMETHEUS / "prometheus.yml")


@needs_promtool
@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_do_not_fire(path: Path) -> None:
    told("promtool", "test", "rules", path)


@needs_promtool
def test_a_changed_rule_is_noticed(tmp_path: Path) -> None:
    copied = shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    rules_file = copied / "alerts.rules.yml"
    rules_file.write_text(rules_file.read_text().replace("[3d]", "[9d]"))
    done = ended("promtool", "test", "rules", copied / "tests/days.test.yml")
    assert done.returncode == 1
    assert "alertname: ExporterAbsent, time: 3d1h" in done.stdout + done.stderr


@pytest.mark.skipif(
    shutil.which("amtool") is None,
    reason="amtool is absent; Debian's package prometheus-alertmanager",
)
def test_alertmanager_takes_its_configuration() -> None:
    told("amtool", "check-config", DEPLOY / "alertmanager/alertmanager.yml")


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_both_cases(alert: str) -> None:
    assert any(name.startswith(f"{alert} fires ") for name in CASES)
    assert any(name.startswith(f"{alert} does not fire ") for name in CASES)


@pytest.mark.parametrize(("alert", "rule"), ALERTS.items())
def test_every_alert_names_its_run_and_its_page(alert: str, rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    annotations = rule["annotations"]
    assert "{{ $labels.run }}" in annotations["summary"]
    assert annotations["runbook"] == f"docs/alerts.md#{alert.lower()}"


def test_the_runbook_has_a_paragraph_for_every_alert_and_no_other() -> None:
    page = (ROOT / "docs/alerts.md").read_text()
    assert re.findall(r"^## (\w+)$", page, flags=re.MULTILINE) == list(ALERTS)
    for paragraph, rule in zip(page.split("\n## ")[1:], ALERTS.values(), strict=True):
        assert f"*{rule['labels']['severity']}.*" in paragraph


def test_the_cases_evaluate_what_is_recorded_first() -> None:
    groups = [
        name
        for path in (PROMETHEUS / "recording.rules.yml", PROMETHEUS / "alerts.rules.yml")
        for name in re.findall(r"- name: (\w+)", path.read_text())
    ]
    assert set(RULES) == {PROMETHEUS / "recording.rules.yml", PROMETHEUS / "alerts.rules.yml"}
    for path in RULE_TESTS:
        order = re.search(r"group_eval_order:.*\n((?:  - \w+\n)+)", path.read_text())
        assert order is not None
        assert order[1].split()[1::2] == groups
