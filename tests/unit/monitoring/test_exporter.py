"""The endpoint: its port, its life after the run, and what it keeps to itself."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from lis_sim.errors import RunError
from lis_sim.monitoring import Address, Exporter, read_address
from lis_sim.monitoring import endpoint as endpoint_module
from tests.unit.monitoring.records import record, score


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
        assert taken_port < exporter.port < taken_port + endpoint_module.PORTS_TRIED
        assert f":{exporter.port}/" in exporter.url
        assert 'lis_sim_windows_total{run="demo"} 1.0' in get(exporter.url)


def test_no_free_port_says_which_were_tried(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_module, "PORTS_TRIED", 1)
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


def test_a_run_after_another_shows_nothing_of_it(taken_port: int) -> None:
    """One process, one port, one run after the other: what the first had is gone."""
    first = record(3, scores=[score("lis", 0.02) | {"preference": "only_of_the_first"}])
    with Exporter("first", lambda: first, port=taken_port) as exporter:
        port = exporter.port
        assert "only_of_the_first" in get(exporter.url)
    with Exporter("second", lambda: record(0), port=port) as exporter:
        assert exporter.port == port
        assert "first" not in get(exporter.url)


def test_two_exporters_of_one_port_asked_for_both_answer(taken_port: int) -> None:
    with (
        Exporter("first", lambda: record(0), port=taken_port) as first,
        Exporter("second", lambda: record(0), port=taken_port) as second,
    ):
        assert first.port < second.port
        assert 'run="first"' in get(first.url)


def test_a_folder_knows_the_address_while_it_is_open(tmp_path: Path) -> None:
    with Exporter("demo", lambda: None, port=0, folder=tmp_path) as exporter:
        assert read_address(tmp_path) == Address(exporter.url, os.getpid())
        assert json.loads((tmp_path / "metrics.json").read_text())["url"] == exporter.url
    assert list(tmp_path.iterdir()) == []


def test_an_open_interface_is_told_by_a_name_that_can_be_opened() -> None:
    exporter = Exporter("demo", lambda: None, port=0, address="0.0.0.0").start()
    exporter.close()
    assert exporter.url.startswith(f"http://{socket.gethostname()}:")


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


def test_a_scraper_sees_the_end_and_nobody_waits_without_one() -> None:
    exporter = Exporter("demo", lambda: record(0), port=0, last_scrape_seconds=30.0).start()
    exporter.linger()  # nobody ever scraped: no wait
    get(exporter.url)
    waiter = threading.Thread(target=exporter.linger)
    waiter.start()
    waiter.join(timeout=0.2)
    assert waiter.is_alive()  # the scrape before the end does not count
    get(exporter.url)
    waiter.join(timeout=5)
    assert not waiter.is_alive()
    exporter.close()


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
