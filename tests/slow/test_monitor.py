"""``lis-sim monitor`` as a process of its own: killed, stopped, and fed while it goes."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from tests.slow.commands import Command, end_session, until
from tests.unit.training.growing import add, arriving, begun, lines, live_settings
from tests.unit.training.worlds import run

pytestmark = pytest.mark.slow

STREAM = {"window": {"events": 250}, "step_events": 100, "cold_support": 5, "warmup_windows": 2}
SETTINGS: dict[str, Any] = {
    "stream": STREAM,
    "horizon": "6h",
    "replicates": 1,
    "drift": {"reference_windows": 4},
    "training": {"device": "cpu", "checkpoint_windows": 3, "checkpoint_share": 1.0},
}
LOCAL = {"engine": "local", "device": "cpu"}


@pytest.fixture
def world(tmp_path: Path) -> Dataset:
    return write_synthetic(SyntheticSpec(events=4000, users=400, items=300), tmp_path / "world")


def monitor_of(log: Dataset, folder: Path) -> Command:
    folder.mkdir()
    monitoring = {"port": 0}
    monitor = {"poll_seconds": 0.2}
    settings = live_settings(log, **SETTINGS, monitoring=monitoring, monitor=monitor)
    return Command(folder, settings, folder, "monitor")


def test_a_killed_and_a_stopped_monitor_go_on_to_the_bytes_of_one_run(
    world: Dataset, tmp_path: Path
) -> None:
    whole = lines(run(world, tmp_path / "whole", **SETTINGS | {"training": LOCAL}).folder)
    log = begun(world, tmp_path / "log", 900)
    parts = arriving(world, log, [2000, 3000])
    one = monitor_of(log, tmp_path / "monitor")
    process = one.start()
    try:
        one.wait_for(2, process)
        add(log, parts[0], "first.parquet")
        one.wait_for(4, process)
        process.kill()
        process.communicate()
        add(log, parts[1], "second.parquet")
        process = one.start()
        one.wait_for(9, process)
        assert scraped(one).count("lis_sim_score_age_seconds{") == 1
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
        assert "the same command goes on from here" in told
        assert not (one.out / "metrics.json").exists()
    finally:
        end_session(process)
    add(log, parts[2], "third.parquet")
    process = one.start("--once", "--json")
    out, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    status = json.loads(out)
    assert (status["rows"], status["parts"]) == (world.rows, 4)
    found = lines(one.out)
    assert status["windows"] == len(found) >= len(whole) - 2
    assert found == whole[: len(found)]
    assert (one.out / "report.html").is_file()


def scraped(one: Command) -> str:
    until((one.out / "metrics.json").is_file)
    url = json.loads((one.out / "metrics.json").read_text())["url"]
    return subprocess.run(["curl", "-s", url], capture_output=True, text=True, check=True).stdout


def test_a_late_part_is_refused_in_words(world: Dataset, tmp_path: Path) -> None:
    log = begun(world, tmp_path / "log", 900)
    one = monitor_of(log, tmp_path / "monitor")
    add(log, arriving(log, begun(world, tmp_path / "shorter", 500), [])[0], "late.parquet")
    process = one.start("--once")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: late.parquet, row 0 (row 900 of the log), column 'time'" in told
    assert "s late: a log that is followed is in time order" in told
