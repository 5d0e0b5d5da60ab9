"""What reaches a pushgateway, and what a gateway that does not answer does to a run."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from lis_sim.monitoring import Pusher, pushing
from lis_sim.monitoring.collector import RunCollector
from lis_sim.monitoring.text import exposition
from tests.unit.monitoring.gateway import gateway
from tests.unit.monitoring.records import record


class Stream:
    """A run that commits a window when it is told to."""

    def __init__(self) -> None:
        self.window = 0
        self.registry = CollectorRegistry()
        self.registry.register(RunCollector("demo", lambda: record(self.window)))

    def pusher(self, url: str, run: str = "demo", **settings: object) -> Pusher:
        pusher = Pusher(self.registry, url, run, lambda: self.window, **settings)  # type: ignore[arg-type]
        self.registry.register(pusher)
        return pusher


def counts(pusher: Collector) -> dict[str, float]:
    lines = [line for line in exposition(pusher).decode().splitlines() if line[0] != "#"]
    return {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_every_new_window_is_pushed_once_under_job_and_run() -> None:
    stream = Stream()
    with gateway() as (url, seen):
        pusher = stream.pusher(url)
        for window in (0, 0, 1):
            stream.window = window
            pusher.push()
    assert [(method, path) for method, path, _ in seen] == [
        ("PUT", "/metrics/job/lis_sim/run/demo")
    ] * 2
    assert b'lis_sim_windows_total{run="demo"} 2.0' in seen[1][2]
    assert counts(pusher) == {"lis_sim_pushes_total": 2, "lis_sim_push_failures_total": 0}


def test_it_watches_by_itself_and_pushes_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "_LOOK_S", 0.01)
    stream = Stream()
    with gateway() as (url, seen), stream.pusher(url):
        until(lambda: bool(seen))
        stream.window = 7  # committed just before the end
    assert b'lis_sim_windows_total{run="demo"} 8.0' in seen[-1][2]
    assert {method for method, _, _ in seen} == {"PUT"}


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def test_what_was_pushed_is_deleted_only_when_asked_to() -> None:
    with gateway() as (url, seen):
        pusher = Stream().pusher(url, delete=True)
        pusher.close()
        pusher.close()
    assert [method for method, _, _ in seen] == ["PUT", "DELETE"]


def test_a_name_with_a_slash_keeps_its_group() -> None:
    with gateway() as (url, seen):
        Stream().pusher(url, run="a/b").push()
    assert seen[0][1] == "/metrics/job/lis_sim/run@base64/YS9i"


@pytest.mark.parametrize("status", [400, 503])
def test_a_refusal_is_said_once_and_counted(status: int) -> None:
    said: list[str] = []
    stream = Stream()
    with gateway(status) as (url, _):
        pusher = stream.pusher(url, say=said.append, delete=True)
        pusher.push()
        pusher.push()  # not taken, so tried again
        pusher.close()
    (text,) = said
    assert f"{url} did not take the metrics" in text
    assert "the run goes on" in text
    assert counts(pusher) == {"lis_sim_pushes_total": 0, "lis_sim_push_failures_total": 4}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://not a host", "http://127.0.0.1:99999"]
)
def test_a_gateway_that_is_not_there_ends_nothing(url: str) -> None:
    said: list[str] = []
    with Stream().pusher(url, say=said.append):
        pass
    assert len(said) == 1
