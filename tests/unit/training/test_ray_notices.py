"""What is said of machines that are missing, of lost workers, and of workers that are slow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from lis_sim.config import TrainingConfig, load_config
from lis_sim.errors import ConfigError
from lis_sim.training.cluster.losses import Loss
from lis_sim.training.cluster.notices import Asked, Notices
from lis_sim.training.cluster.scaling import grid, tries
from lis_sim.training.cluster.slow_worker import SlowWorker
from lis_sim.training.cluster.worker_events import WorkerEvents


class Cluster:
    """What a run sees of the machines there are, and what it says; its clock is told."""

    def __init__(self, folder: Path, cpus: float) -> None:
        self.events = WorkerEvents(folder)
        self.cpus: float | None = cpus  # None: Ray does not answer
        self.said: list[str] = []
        asked = Asked(2, {"CPU": 1.0}, (1, 1))
        self.notices = Notices(folder, asked, self.resources, self.said.append)

    def resources(self) -> dict[str, float]:
        return {} if self.cpus is None else {"CPU": self.cpus}

    def look(self, *times: float) -> list[str]:
        """Return what is said at ``times``, of which each is in seconds."""
        self.said.clear()
        for now in times:
            self.notices.look(now)
        return list(self.said)


def test_a_run_that_goes_on_says_nothing(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, cpus=2)
    assert cluster.look(0, 30) == []
    cluster.events.begun(0, 2)
    assert cluster.look(31, 5000) == []


def test_missing_machines_are_said_again_and_again(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, cpus=1)
    (first,) = cluster.look(0, 1, 59)
    assert "waiting for machines: the run asks for 2 workers of 1 CPU each" in first
    assert "all machines there are have 1 CPU" in first
    assert len(cluster.look(*range(60, 3600))) == 3 + 5  # at 60, 180, 420, then every 600 s
    cluster.cpus = 2
    cluster.events.begun(0, 2)
    assert cluster.look(3601) == ["2 workers went on, from window 0"]


def test_lost_workers_are_said_once_and_when_they_went_on(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, cpus=2)
    cluster.events.begun(0, 2)
    cluster.look(0)
    cluster.events.lost(Loss("worker 1", "killed", "worker 1 is gone"), 4)
    expected = "worker 1 is gone, after window 3; all workers start again from the last checkpoint"
    assert cluster.look(10, 11, 40) == [expected]
    assert "no workers yet" in cluster.look(71)[0]
    cluster.events.begun(2, 2)
    assert cluster.look(80, 500) == ["2 workers went on, from window 2"]


def test_nothing_is_said_of_machines_while_ray_does_not_answer(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, cpus=2)
    cluster.cpus = None
    assert cluster.look(0, 100, 1000) == []


def lines(path: Path, times: Sequence[Sequence[float]]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps({"workers": one}) + "\n" for one in times)


@pytest.mark.parametrize(
    ("cells", "seconds", "found"),
    [
        ((1, 1), [10.0, 1.0], "worker 0 is slow"),
        ((2, 2, 2), [5.0, 5.0, 20.0], "it took 4.0 times as long"),
        ((3, 1), [12.0, 4.0], None),  # it has more to do
        ((1, 1), [0.2, 0.1], None),  # and costs nothing
        ((1,), [9.0], None),
        ((1, 1, 1), [10.0, 1.0], None),  # of a command with other workers
    ],
)
def test_a_slow_worker_is_told_from_one_that_has_more_to_do(
    tmp_path: Path, cells: tuple[int, ...], seconds: list[float], found: str | None
) -> None:
    path = tmp_path / "timings.jsonl"
    slow = SlowWorker(path, cells)
    assert slow.look() is None
    lines(path, [seconds] * 9)
    with path.open("a") as file:
        file.write('{"workers": [')  # half a line
    assert slow.look() is None
    with path.open("a") as file:
        file.write(", ".join(map(str, seconds)) + "]}\n")
    said = slow.look()
    assert (said is None) == (found is None)
    assert found is None or found in (said or "")
    lines(path, [seconds] * 10)
    assert slow.look() is None  # once


def test_a_worker_that_was_late_by_chance_is_none_that_is_slow(tmp_path: Path) -> None:
    path = tmp_path / "timings.jsonl"
    slow = SlowWorker(path, (1, 1))
    lines(path, [[90.0, 1.0], [1.0, 90.0]] * 10)
    assert slow.look() is None


def test_on_a_cluster_a_run_waits_for_the_workers_it_asked_for() -> None:
    here, there = TrainingConfig(workers=4), TrainingConfig(workers=4, ray_address="auto")
    assert grid({"CPU": 2.0}, here, 6) == (2, 0)
    assert grid({"CPU": 2.0}, there, 6) == (4, 0)
    assert grid({}, there, 3) == (3, 0)  # one for each cell at most
    assert grid({"CPU": 2.0}, TrainingConfig(ray_address="auto"), 6) == (2, 0)


@pytest.mark.parametrize(("seconds", "expected"), [(None, -1), (0.0, 0), (9.0, 0), (31.0, 3)])
def test_waiting_is_counted_in_tries(seconds: float | None, expected: int) -> None:
    assert tries(seconds) == expected


@pytest.mark.parametrize(
    "setting", ["restarts=-1", "hang_seconds=-1", "hang_seconds=nan", "node_wait_seconds=-1"]
)
def test_settings_out_of_range_are_refused(setting: str, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("data: {synthetic: {}}\npreferences: [{name: co_click}]\n")
    with pytest.raises(ConfigError, match=f"training.{setting.partition('=')[0]}"):
        load_config(path, (f"training.{setting}",))
