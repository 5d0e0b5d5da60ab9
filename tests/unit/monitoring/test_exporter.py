"""The endpoint: its port, its life after the run, and what it keeps to itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from lis_sim.errors import RunError
from lis_sim.monitoring import Exporter
from lis_sim.monitoring import exporter as exporter_module
from tests.unit.monitoring.records import record


def get(url: str) -> str:
    with urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_gives_the_next_free_one(taken_port: int) -> None:
    with Exporter("demo", lambda: record(0), port=taken_port) as exporter:
        assert taken_port < exporter.port < taken_port + exporter_module.PORTS_TRIED
        assert f":{exporter.port}/" in exporter.url
        assert 'lis_sim_windows_total{run="demo"} 1.0' in get(exporter.url)


def test_no_free_port_says_which_were_tried(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter_module, "PORTS_TRIED", 1)
    with pytest.raises(RunError, match=rf"ports {taken_port} to {taken_port} on 127\.0\.0\.1"):
        Exporter("demo", lambda: None, port=taken_port).start()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(RunError, match="choose an address of this machine"):
        Exporter("demo", lambda: None, port=0, address="192.0.2.1").start()


def test_it_listens_on_this_machine_only_and_shows_no_process_metrics() -> None:
    with Exporter("demo", lambda: record(0), port=0) as exporter:
        assert exporter.url.startswith("http://127.0.0.1:")
        names = {line.split("{")[0] for line in get(exporter.url).splitlines() if line[0] != "#"}
    assert names
    assert all(name.startswith("lis_sim_") for name in names)


def test_two_runs_of_one_process_do_not_mix() -> None:
    with (
        Exporter("first", lambda: record(0), port=0) as first,
        Exporter("second", lambda: record(7), port=0) as second,
    ):
        assert 'run="second"' not in get(first.url)
        assert 'lis_sim_windows_total{run="second"} 8.0' in get(second.url)


def test_it_stays_scrapable_while_lingering_and_closes_after() -> None:
    exporter = Exporter("demo", lambda: record(0), port=0, linger_seconds=30.0).start()
    waiter = threading.Thread(target=exporter.linger)
    waiter.start()
    assert "lis_sim_auc" in get(exporter.url)
    url = exporter.url
    exporter.close()
    waiter.join(timeout=5)
    assert not waiter.is_alive()
    with pytest.raises(URLError):
        get(url)


def test_leaving_normally_lingers_and_leaving_by_an_error_does_not() -> None:
    start = time.monotonic()
    with Exporter("demo", lambda: None, port=0, linger_seconds=0.2):
        pass
    assert time.monotonic() - start >= 0.2
    start = time.monotonic()
    with (
        pytest.raises(ValueError, match="broken"),
        Exporter("demo", lambda: None, port=0, linger_seconds=30.0),
    ):
        raise ValueError("broken")
    assert time.monotonic() - start < 10


def test_a_port_before_start_is_an_error_and_closing_twice_is_not() -> None:
    exporter = Exporter("demo", lambda: None, port=0)
    with pytest.raises(RunError, match="before start"):
        _ = exporter.port
    exporter.close()
    exporter.start().close()
    exporter.close()
