"""Machines and workers that are lost, hang or run out of memory: said, and the same bytes."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError
from lis_sim.training.cluster.session import ray_session
from tests.slow import faults
from tests.slow.commands import Command, end_session, session_processes, until
from tests.slow.conftest import STREAM, WINDOWS
from tests.unit.training.worlds import history, run

pytestmark = pytest.mark.slow
Make = Callable[..., Command]
TRAINING = {
    "engine": "ray",
    "device": "cpu",
    "workers": 2,
    "checkpoint_windows": 2,
    "checkpoint_share": 1.0,
}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a cluster of three machines, the first without processors for workers."""
    from ray.cluster_utils import Cluster

    temporary = tempfile.mkdtemp(prefix="t")
    (Path(temporary) / "ray").mkdir()
    monkeypatch.setenv("RAY_TMPDIR", temporary)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    one = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(2):
            one.add_node(num_cpus=1)
        yield one
    finally:
        one.shutdown()  # type: ignore[no-untyped-call]
        shutil.rmtree(temporary, ignore_errors=True)


@pytest.mark.ray
def test_a_run_waits_for_a_machine_in_place_of_a_lost_one(
    command: Make, cluster: Any, undisturbed: bytes
) -> None:
    one = command("ray", training=TRAINING | {"ray_address": cluster.address})
    process = one.start()
    told = Told(process)
    try:
        one.wait_for(4, process)
        cluster.remove_node(min(cluster.worker_nodes, key=lambda node: node.unique_id))
        until(lambda: told.has("waiting for machines") or process.poll() is not None)
        committed = one.committed()
        assert committed < WINDOWS
        cluster.add_node(num_cpus=1)
        assert process.wait(120) == 0, told.lines
    finally:
        end_session(process)
    assert told.has("all workers start again from the last checkpoint"), told.lines
    assert told.has("the run asks for 2 workers of 1 CPU each, and all machines there are have 1")
    assert told.has("2 workers went on, from window")
    assert (one.out / "windows.jsonl").read_bytes() == undisturbed


@pytest.mark.ray
def test_workers_that_hang_or_have_no_memory(
    world: Dataset,
    undisturbed: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once: they start again. Again and again at one place: an error that says what it is."""
    monkeypatch.setattr("lis_sim.training.cluster.engine.train_worker", faults.train_worker)
    once, always = tmp_path / "once" / "run", tmp_path / "always" / "run"
    with ray_session(None), caplog.at_level(logging.WARNING, "lis_sim"):
        faults.ask_for(once, "hang", rank=1, window=5, times=1)
        hang = {"hang_seconds": 15.0, "restarts": 9}  # a busy machine may take others for hung
        found = run(world, once, stream=STREAM, training=TRAINING | hang)
        faults.ask_for(always, "memory", rank=0, window=3, times=9)
        with pytest.raises(RunError, match=r"worker 0 ran out of memory .*fewer training\.workers"):
            run(world, always, stream=STREAM, training=TRAINING | {"restarts": 1})
    assert history(found) == undisturbed
    said = [record.message for record in caplog.records]
    assert any("worker 1 stood still, at File" in one and "faults.py" in one for one in said)
    assert any("2 workers went on, from window 4" in one for one in said)
    assert sum("ran out of memory (MemoryError)" in one for one in said) == 1
    assert not list(tmp_path.glob("*/run/ray"))


@pytest.mark.parametrize("engine", ["local", pytest.param("ray", marks=pytest.mark.ray)])
def test_a_run_that_is_asked_to_end_goes_on_later(
    command: Make, undisturbed: bytes, engine: str
) -> None:
    one = command(engine)
    process = one.start()
    try:
        one.wait_for(3, process)
        os.kill(process.pid, signal.SIGTERM)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 143, told
        assert "asked to end; the same command goes on from the last checkpoint" in told
        assert "Traceback" not in told
        assert 3 <= one.committed() < WINDOWS
        until(lambda: not session_processes(process.pid))
        assert list(one.temporary.iterdir()) == []
        process = one.start("--set", "training.engine=local")
        assert process.wait(60) == 0
    finally:
        end_session(process)
    assert (one.out / "windows.jsonl").read_bytes() == undisturbed


class Told:
    """What a command says on stderr, line by line, while it runs."""

    def __init__(self, process: Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def has(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def _read(self) -> None:
        assert self._process.stderr is not None
        try:
            self.lines.extend(self._process.stderr)
        except ValueError:  # closed by who ended the process
            return
