"""What listens: on loopback unless told otherwise, one page, and no more than that."""

from __future__ import annotations

import errno
import logging
import socket
from http.client import HTTPConnection
from pathlib import Path

import pytest

from lis_sim.config import MonitoringConfig, RunConfig
from lis_sim.monitoring import Exporter
from lis_sim.monitoring.address import ADDRESS_FILE, Address
from lis_sim.monitoring.endpoint import DEFAULT_PORT, Endpoint
from tests.unit.monitoring.records import record

HERE = "127.0.0.1"


def test_nothing_is_reachable_from_elsewhere_by_default() -> None:
    assert MonitoringConfig().address == HERE
    assert RunConfig.model_fields["monitoring"].default.address == HERE
    with Exporter("demo", lambda: record(1), port=0) as exporter:
        assert exporter.url.startswith(f"http://{HERE}:")
        with socket.socket() as other:
            other.settimeout(2)
            # Another address of this machine: what listens on all interfaces would answer.
            assert other.connect_ex(("127.0.0.2", exporter.port)) == errno.ECONNREFUSED


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_it_takes_nothing(method: str) -> None:
    with Exporter("demo", lambda: record(1), port=0) as exporter:
        connection = HTTPConnection(HERE, exporter.port, timeout=5)
        connection.request(method, "/metrics", body=b"x" * 100)
        assert connection.getresponse().status == 501
        connection.close()


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/windows.jsonl", "/?x=1", "/%2e%2e/x"])
def test_no_path_is_a_file(path: str) -> None:
    with Exporter("demo", lambda: record(1), port=0) as exporter:
        connection = HTTPConnection(HERE, exporter.port, timeout=5)
        connection.request("GET", path)
        assert connection.getresponse().read().startswith(b"# HELP lis_sim_")
        connection.close()


def test_a_label_stays_in_its_quotes() -> None:
    """A run is called by its folder, which may be called anything."""
    name = 'a"} 1\nlis_sim_fake{x="\\\ud800'
    with Exporter(name, lambda: record(1), port=0) as exporter:
        lines = exporter.render().decode("utf-8").splitlines()
    assert not [line for line in lines if line.startswith("lis_sim_fake")]
    assert any(r'run="a\"} 1\nlis_sim_fake{x=\"\\?"' in line for line in lines)


def test_a_disk_that_is_full_ends_no_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: Path, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    with caplog.at_level(logging.WARNING), monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with Exporter("demo", lambda: record(1), port=0, folder=tmp_path) as exporter:
            assert exporter.port > 0
    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith(f"{tmp_path / ADDRESS_FILE}: no space left")
    assert list(tmp_path.iterdir()) == []


def test_nor_does_one_that_cannot_be_written_hide_why_a_run_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    def broken(patch: pytest.MonkeyPatch) -> None:
        with Exporter("demo", lambda: record(1), port=0, folder=tmp_path):
            patch.setattr(Path, "unlink", refused)
            raise ZeroDivisionError

    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        broken(patch)


def test_the_defaults_are_said_in_one_place() -> None:
    assert MonitoringConfig().port == DEFAULT_PORT
    assert (Endpoint.__init__.__kwdefaults__ or {})["address"] == HERE
    assert Address("http://127.0.0.1:1/metrics", 1).url.startswith("http")
