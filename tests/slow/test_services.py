"""A run with an injected drift under a real Prometheus: what it asks for arrives and alerts."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from tests.slow.commands import PATIENCE, ROOT, Command, end_session
from tests.slow.services import Services, services
from tests.unit.deploy.deployed import panel_expressions, rules, variable_queries

pytestmark = [pytest.mark.slow, pytest.mark.services]

RUN = "run"  # the run's name is its folder's
STOPPED = "stopped"  # the preference data of configs/watch.yaml that stops being collected
HEADLINE = '{run="run",score="lis_crossfit",preference="%s",slice="all"}'
PACE = ("lis_sim:commit_gap_seconds", "lis_sim:commit_gap_seconds:longest2w")  # once a minute
OVER = "lis_sim:run_over"  # two days after the end


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a finished run that still answers."""

    services: Services
    start: float
    end: float
    alerted: frozenset[tuple[str, str]]  # alert and preference, at Alertmanager, at any time
    records: list[dict[str, Any]]

    def history(self, expression: str) -> list[dict[str, Any]]:
        return self.services.history(expression, self.start, self.end)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("services")
    with services(folder) as found, TemporaryDirectory(prefix="t") as temporary:
        config = yaml.safe_load((ROOT / "configs/watch.yaml").read_text())
        config["name"] = "watch"
        config["data"]["cache"] = str(folder / "cache")
        config["monitoring"] = {
            "port": found.run_port,
            "pushgateway": found.pushgateway,
            "linger_seconds": 2 * PATIENCE,
        }
        command = Command(folder, config, Path(temporary))
        start = time.time()
        process = command.start()
        try:
            alerted = alerts_until_the_end(found, process)
            lines = (command.out / "windows.jsonl").read_text().splitlines()
            records = [json.loads(line) for line in lines]
            yield Watched(found, start, time.time(), alerted, records)
        finally:
            end_session(process)


def alerts_until_the_end(
    found: Services, process: subprocess.Popen[str]
) -> frozenset[tuple[str, str]]:
    """Look at Alertmanager until Prometheus has seen the run finish, scraped and pushed."""
    seen: set[tuple[str, str]] = set()
    last = time.monotonic() + 2 * PATIENCE
    while found.value(f'count(lis_sim_run_finished{{run="{RUN}"}} == 1)') != 2:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < last, f"waited too long; alerts so far: {seen}"
        time.sleep(0.2)
        seen |= found.alerts()
    return frozenset(seen)


def test_lis_and_its_bounds_arrive_as_committed(watched: Watched) -> None:
    for preference in ("going_on", STOPPED):
        (committed,) = (
            score
            for score in watched.records[-1]["scores"]
            if (score["score"], score["preference"], score["slice"])
            == ("lis_crossfit", preference, "all")
        )
        for metric, end in (("", "value"), ("_low", "low"), ("_high", "high")):
            rows = watched.services.query(f"lis_sim_score{metric}{HEADLINE % preference}")
            assert [float(row["value"][1]) for row in rows] == [committed[end]] * 2
            assert {row["metric"]["job"] for row in rows} == {"lis-sim", "lis_sim"}


def test_lis_arrives_while_the_run_goes_on(watched: Watched) -> None:
    series = watched.history(f'lis_sim_score{{job="lis-sim",{HEADLINE[1:] % STOPPED}')
    values = {value for _, value in series[0]["values"]}
    committed = {
        repr(float(score["value"]))
        for record in watched.records
        for score in record["scores"]
        if (score["score"], score["preference"], score["slice"]) == ("lis_crossfit", STOPPED, "all")
        and score["value"] is not None
    }
    assert len(values) > 3
    assert {repr(float(value)) for value in values} <= committed


def test_the_drift_events_arrive_as_committed(watched: Watched) -> None:
    events = [event for record in watched.records for event in record["drift"]]
    counted = watched.services.query(f'lis_sim_drift_events_total{{run="{RUN}",job="lis-sim"}}')
    assert sum(float(row["value"][1]) for row in counted) == len(events) > 0
    of_stopped = [event for event in events if event["preference"] == STOPPED]
    assert {"lis_crossfit"} <= {event["series"] for event in of_stopped}
    assert {event["direction"] for event in of_stopped} == {"down"}
    assert {event["points_to"] for event in of_stopped} == {"preference-data"}
    active = watched.history(f'lis_sim_drift_active{{preference="{STOPPED}"}} == 1')
    assert {one["metric"]["points_to"] for one in active} == {"preference-data"}


def test_the_alerts_arrive_at_prometheus_and_at_alertmanager(watched: Watched) -> None:
    for alert in ("DriftDetected", "LisFell"):
        fired = watched.history(
            f'ALERTS{{alertname="{alert}",alertstate="firing",preference="{STOPPED}"}}'
        )
        assert {one["metric"]["run"] for one in fired} == {RUN}, alert
        assert (alert, STOPPED) in watched.alerted
    assert ("LisFell", "going_on") not in watched.alerted


def test_all_rules_are_evaluated_and_what_they_record_is_there(watched: Watched) -> None:
    found = watched.services.rules()
    assert {rule["name"] for rule in found} == rules("alert").keys() | rules("record").keys()
    wrong = [rule for rule in found if rule["health"] == "err"]
    assert wrong == []
    for name in rules("record").keys() - {*PACE, OVER}:
        assert watched.history(f'{name}{{run="{RUN}"}}'), name


@pytest.mark.parametrize(("title", "expression"), list(panel_expressions()))
def test_every_expression_of_the_dashboard_returns_data(
    title: str, expression: str, watched: Watched
) -> None:
    for preference in ("going_on", STOPPED):
        asked = chosen(expression, preference)
        assert watched.history(asked), f"{title}: {asked}"


def chosen(expression: str, preference: str) -> str:
    """Return an expression as Grafana asks it: this preference data, all arms and slices."""
    values = {"run": RUN, "preference": preference, "__rate_interval": "15s"}
    return re.sub(r"\$(\w+)", lambda name: values.get(name[1], ".*"), expression)


def test_every_variable_of_the_dashboard_has_values(watched: Watched) -> None:
    for name, query in variable_queries().items():
        matched = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
        assert matched is not None
        found = watched.services.label_values(matched[1].replace("$run", RUN), matched[2])
        assert found, name
        if name == "preference":
            assert found == {"going_on", STOPPED}
