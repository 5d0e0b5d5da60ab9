"""Debian's Prometheus, Alertmanager and pushgateway on loopback, and what they are asked."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from tests.slow.commands import until
from tests.unit.deploy.deployed import DEPLOY, PROMETHEUS

ANSWER_SECONDS = 30.0
# Debian's name of a program, and that of the project itself.
NAMES = {
    "prometheus": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "pushgateway": ("prometheus-pushgateway", "pushgateway"),
}


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses of the three, and the port Prometheus expects the run at."""

    prometheus: str
    alertmanager: str
    pushgateway: str
    run_port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector of an expression: ``metric`` (labels) and ``value``."""
        return self._asked("query", query=expression)

    def value(self, expression: str) -> float | None:
        """Return the only value of an expression; None without data."""
        rows = self.query(expression)
        assert len(rows) <= 1, rows
        return float(rows[0]["value"][1]) if rows else None

    def history(self, expression: str, start: float, end: float) -> list[dict[str, Any]]:
        """Return the series of an expression, once a second: ``metric`` and ``values``."""
        return self._asked("query_range", query=expression, start=start, end=end, step=1)

    def label_values(self, metric: str, label: str) -> set[str]:
        address = f"{self.prometheus}/api/v1/label/{label}/values"
        found: list[str] = answer(f"{address}?{urlencode({'match[]': metric})}")["data"]
        return set(found)

    def rules(self) -> list[dict[str, Any]]:
        groups = answer(f"{self.prometheus}/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def alerts(self) -> set[tuple[str, str]]:
        """Return name and preference of what Alertmanager holds at the moment."""
        found = answer(f"{self.alertmanager}/api/v2/alerts")
        labels = [alert["labels"] for alert in found]
        return {(one["alertname"], one.get("preference", "")) for one in labels}

    def _asked(self, verb: str, **parameters: object) -> list[dict[str, Any]]:
        got = answer(f"{self.prometheus}/api/v1/{verb}?{urlencode(parameters)}")
        assert got["status"] == "success", got
        found: list[dict[str, Any]] = got["data"]["result"]
        return found


def answer(url: str) -> Any:
    with urlopen(url, timeout=ANSWER_SECONDS) as response:
        return json.load(response)


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Start all three with the configuration of deploy/, looking every second; end them after."""
    programs = {name: _program(name) for name in NAMES}
    ports = dict(zip([*NAMES, "run"], _free_ports(len(NAMES) + 1), strict=True))
    config = _configuration(folder, ports)
    listen = {name: f"127.0.0.1:{ports[name]}" for name in NAMES}
    arguments = {
        "prometheus": [
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
        ],
        "alertmanager": [
            f"--config.file={DEPLOY / 'alertmanager/alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            "--cluster.listen-address=",
        ],
        "pushgateway": [],
    }
    with ExitStack() as started:
        for name in NAMES:
            words = [programs[name], f"--web.listen-address={listen[name]}", *arguments[name]]
            started.enter_context(_process(words, folder / f"{name}.log"))
        for name in NAMES:
            until(lambda name=name: _ready(f"http://{listen[name]}/-/ready"))  # type: ignore[misc]
        addresses = {name: f"http://{address}" for name, address in listen.items()}
        yield Services(**addresses, run_port=ports["run"])


def _configuration(folder: Path, ports: Mapping[str, int]) -> Path:
    """Write deploy/'s prometheus.yml with other targets and a faster clock; the rules stay."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
    (managers,) = config["alerting"]["alertmanagers"]
    managers["static_configs"][0]["targets"] = [f"127.0.0.1:{ports['alertmanager']}"]
    for job, port in zip(config["scrape_configs"], ("run", "pushgateway"), strict=True):
        job["static_configs"][0]["targets"] = [f"127.0.0.1:{ports[port]}"]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def _program(name: str) -> str:
    for candidate in NAMES[name]:
        if found := shutil.which(candidate):
            return found
    pytest.skip(f"{name} is absent; `make test-services` installs Debian's {NAMES[name][0]}")


def _free_ports(count: int) -> list[int]:
    """Return ports that no other test's run takes: those asked for as 0 are higher ones."""
    found: list[int] = []
    for port in random.Random(os.getpid()).sample(range(20_000, 32_000), 1_000):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"found {len(found)} free ports of {count} from 20000 to 31999")


@contextmanager
def _process(words: Sequence[str], log: Path) -> Iterator[None]:
    with log.open("wb") as told:
        process = subprocess.Popen(words, stdout=told, stderr=told)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(url: str) -> bool:
    try:
        with urlopen(url, timeout=ANSWER_SECONDS):
            return True
    except URLError:
        return False
