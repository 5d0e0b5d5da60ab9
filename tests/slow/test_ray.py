"""The ``ray`` engine gives the bytes of ``local``, and its errors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import DataError, PolicyError
from lis_sim.training.cluster.session import processors, ray_session
from tests.slow import faults
from tests.slow.commands import Command, end_session, kill_one
from tests.slow.conftest import STREAM
from tests.unit.training.worlds import Columns, changed_world, history, run

pytestmark = [pytest.mark.slow, pytest.mark.ray]


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One Ray for the whole file: a session that is open already is used and left open."""
    with ray_session(None) as ray:
        yield
        assert ray.is_initialized()


def test_workers_are_as_urgent_as_who_started_them_and_only_the_kernel_kills() -> None:
    """Ray would make them yield to any other work, and kill them on a machine nearly full."""

    def found() -> tuple[int, str]:
        return os.nice(0), dict(os.environ)["RAY_memory_monitor_refresh_ms"]

    with ray_session(None) as ray:
        task = ray.remote(num_cpus=0.1)(found)
        assert ray.get(task.remote()) == (os.nice(0), "0")


LOCAL = {"engine": "local", "device": "cpu"}


def training(workers: int) -> dict[str, Any]:
    return {
        "engine": "ray",
        "device": "cpu",
        "workers": workers,
        "checkpoint_windows": 5,
        "checkpoint_share": 1.0,
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_ray_equals_local(world: Dataset, undisturbed: bytes, tmp_path: Path, workers: int) -> None:
    found = run(world, tmp_path / "run", stream=STREAM, training=training(workers))
    assert history(found) == undisturbed
    assert found.summary["workers"] == min(workers, processors())
    assert found.summary["engine"] == "ray"


SHARDS = {"stream": STREAM, "replicates": 1}


def test_the_users_of_an_arm_over_two_workers(
    world: Dataset, tmp_path: Path, command: Callable[..., Command]
) -> None:
    """Close to one worker (a rectifier may turn on a last bit), and the same bytes again.

    The second time one of them is killed between: the other notices, and both start again.
    """
    with_shards = training(2) | {"user_shards": 2, "checkpoint_windows": 2}
    whole = run(world, tmp_path / "whole", training=LOCAL, **SHARDS)
    found = run(world, tmp_path / "shards", training=with_shards, **SHARDS)
    assert found.summary["workers"] == 2
    for one, other in zip(whole.summary["arms"], found.summary["arms"], strict=True):
        assert (one["arm"], one["users"]) == (other["arm"], other["users"])
        assert other["auc"]["value"] == pytest.approx(one["auc"]["value"], abs=2e-3)
    again = command("ray", training=with_shards, replicates=1)
    process = again.start()
    try:
        again.wait_for(5, process)
        kill_one(process.pid, "ray::RayTrainWorker")
        _, told = process.communicate()
    finally:
        end_session(process)
    assert process.returncode == 0, told
    assert history(again.out) == history(found)


def test_an_error_on_one_shard_of_the_users_ends_the_run_at_once(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other shard waits in the midst of a step, and is told."""
    monkeypatch.setattr("lis_sim.training.cluster.engine.train_worker", faults.train_worker)
    monkeypatch.setattr("lis_sim.training.cluster.engine.explained", None)
    out = tmp_path / "faulty" / "run"
    faults.ask_for(out, "no numbers", rank=1, window=3, times=1)
    with pytest.raises(PolicyError, match=r"arm 0 scored row \d+ .* with nan"):
        run(world, out, training=training(2) | {"user_shards": 2}, **SHARDS)


def test_an_error_in_the_log_ends_the_run_and_says_where(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All workers meet it; none is started again only to meet it once more."""

    def lose_a_label(columns: Columns) -> None:
        columns["label"][12_345] = np.nan

    broken = changed_world(world, tmp_path / "broken", lose_a_label)
    # What explains failures of Ray Train must not be needed.
    monkeypatch.setattr("lis_sim.training.cluster.engine.explained", None)
    changes = {"stream": STREAM, "arms": ["clean"], "preferences": []}
    with pytest.raises(DataError, match=r"part-00000\.parquet, row 12,345 .*column 'label': nan"):
        run(broken, tmp_path / "run", training=training(2), **changes)
