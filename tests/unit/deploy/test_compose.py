"""deploy/compose.yaml and what Grafana is given: pinned, on this machine only, nothing missing."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.unit.deploy.deployed import DEPLOY, ROOT, dashboard

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LOOPBACK = {
    "prometheus": "--web.listen-address=127.0.0.1:9090",
    "alertmanager": "--web.listen-address=127.0.0.1:9093",
    "grafana": "127.0.0.1",
}


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned_by_tag(service: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", SERVICES[service]["image"])


@pytest.mark.parametrize(("service", "given"), LOOPBACK.items())
def test_only_this_machine_is_listened_to(service: str, given: str) -> None:
    settings = SERVICES[service]
    assert given in [
        *settings.get("command", []),
        settings.get("environment", {}).get("GF_SERVER_HTTP_ADDR"),
    ]
    assert "ports" not in settings  # they would be published on every interface


def test_the_dashboard_is_checked_against_the_grafana_that_shows_it() -> None:
    image = SERVICES["grafana"]["image"].rpartition(":")[2]
    assert f"@grafana/schema@{image} " in (ROOT / "Makefile").read_text()


def test_services_are_the_three() -> None:
    assert SERVICES.keys() == LOOPBACK.keys()


def mounts(service: str) -> dict[str, str]:
    """Return where each source lies inside the container."""
    return dict(volume.split(":")[:2] for volume in SERVICES[service]["volumes"])


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_is_there(service: str) -> None:
    for source in mounts(service):
        assert source in COMPOSE["volumes"] or (DEPLOY / source).is_dir()


def test_every_configuration_named_lies_where_it_is_looked_for() -> None:
    for service in ("prometheus", "alertmanager"):
        named = next(word for word in SERVICES[service]["command"] if "config.file" in word)
        folder, _, file = named.partition("=")[2].rpartition("/")
        source = next(s for s, target in mounts(service).items() if target == folder)
        assert (DEPLOY / source / file).is_file()


def test_grafana_is_given_prometheus_and_the_dashboard() -> None:
    provisioning = DEPLOY / "grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["type"], source["url"]) == ("prometheus", "http://127.0.0.1:9090")
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == scraped["global"]["scrape_interval"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/lis-sim.yml").read_text())["providers"]
    folder = provider["options"]["path"]
    (there,) = (s for s, target in mounts("grafana").items() if target == folder)
    assert (DEPLOY / there / "lis-sim.json").is_file()
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{folder}/lis-sim.json"
    assert dashboard()["uid"] == "lis-sim"
