"""The parts of the ``ray`` engine that need no Ray."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from lis_sim.config import TrainingConfig
from lis_sim.data.locking import locked
from lis_sim.errors import DataError, LisSimError, RunError, StorageError
from lis_sim.training.cluster import session as ray_session
from lis_sim.training.cluster.failures import explained
from lis_sim.training.cluster.notices import Asked
from lis_sim.training.cluster.ranks import attempt, first_error, share
from lis_sim.training.cluster.scaling import grid
from lis_sim.training.cluster.session import _temporary_folder, processors

ASKED = Asked(2, {"CPU": 1.0}, (3, 3))


class WrappedError(DataError):
    """As Ray wraps what an actor raises: of the error's own kind, with a ``cause``."""

    def __init__(self, cause: DataError) -> None:
        super().__init__("a traceback of another process")
        self.cause = cause


def fail(error: Exception) -> int:
    raise error


def test_errors_of_ours_are_returned_in_their_own_words() -> None:
    own = DataError("row 7")
    assert attempt(lambda: 3) == 3
    assert attempt(lambda: fail(own)) is own
    assert attempt(lambda: fail(WrappedError(own))) is own
    assert first_error([1, own, RunError("later")]) is own
    assert first_error([1, 2]) is None


def test_other_errors_are_left_to_ray() -> None:
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: fail(ZeroDivisionError()))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shares_are_the_whole(size: int) -> None:
    parts = [share(range(5), rank, size) for rank in range(size)]
    assert sorted(part for one in parts for part in one) == list(range(5))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


class TrainError(Exception):
    """As Ray Train reports lost workers."""

    def __init__(self, failures: dict[int, Exception]) -> None:
        super().__init__("training failed")
        self.worker_failures = failures


class WorkerGroupStartupTimeoutError(Exception):
    """As Ray Train's, of workers that could not be placed."""


GLOO = RuntimeError("Connection closed by peer")


def test_failures_of_ray_train_are_explained(tmp_path: Path) -> None:
    own = RunError("not deterministic")
    assert explained(TrainError({0: ValueError(), 1: own}), tmp_path, ASKED) is own
    commit = Exception("controller")
    commit.controller_failure = own  # type: ignore[attr-defined]
    assert explained(commit, tmp_path, ASKED) is own
    commit.controller_failure = WorkerGroupStartupTimeoutError()  # type: ignore[attr-defined]
    told = explained(commit, tmp_path, ASKED)
    assert "no room for 2 workers of 1 CPU each while training.node_wait_seconds" in str(told)
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "ray"))
    told = explained(TrainError({0: GLOO, 1: full}), tmp_path, ASKED)
    assert isinstance(told, StorageError)
    told = explained(TrainError({0: ValueError("odd")}), tmp_path, ASKED)
    assert isinstance(told, LisSimError)
    assert "training failed" in str(told)
    assert "the same command goes on" in str(told)


@pytest.mark.parametrize(
    ("resources", "settings", "expected"),
    [
        ({"CPU": 4.0}, {}, (4, 0)),
        ({"CPU": 16.0}, {}, (6, 0)),  # no more workers than cells
        ({"CPU": 4.0}, {"workers": 3}, (3, 0)),
        ({"CPU": 2.0}, {"workers": 5}, (2, 0)),
        ({"CPU": 4.0, "GPU": 2.0}, {}, (2, 2)),
        ({"CPU": 4.0, "GPU": 2.0}, {"device": "cpu"}, (4, 0)),
    ],
)
def test_workers(
    resources: dict[str, float], settings: dict[str, object], expected: tuple[int, int]
) -> None:
    assert grid(resources, TrainingConfig.model_validate(settings), 6) == expected


def test_a_gpu_that_ray_does_not_see_is_refused() -> None:
    with pytest.raises(RunError, match="cuda but Ray sees no GPU"):
        grid({"CPU": 4.0}, TrainingConfig(device="cuda"), 6)
    assert processors() >= 1


def test_folders_of_killed_sessions_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, alive = tmp_path / "lis-ray-killed", tmp_path / "lis-ray-alive"
    for folder in (killed, alive):
        (folder / "session").mkdir(parents=True)
    with locked(killed, wait=False):
        pass
    with locked(alive, wait=False), _temporary_folder() as own:
        assert own.is_dir()
        assert sorted(p.name for p in tmp_path.glob("lis-*")) == sorted([alive.name, own.name])
    assert [p.name for p in tmp_path.glob("lis-*")] == [alive.name]
    with pytest.raises(KeyboardInterrupt), _temporary_folder():
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", [None, "auto"])
def test_what_the_owner_of_a_cluster_decides_is_left_alone(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_session, "_connect", lambda *_: None)
    environment = {"RAY_worker_niceness": "3"}
    monkeypatch.setattr(os, "environ", environment)
    with ray_session.ray_session(address):
        assert environment["RAY_worker_niceness"] == "3", "a user's own value"
        assert ("RAY_memory_monitor_refresh_ms" in environment) == (address is None)
    started_with = ray_session._runtime_environment(address)["env_vars"]
    assert not started_with.keys() & ray_session.LOCAL_ENVIRONMENT.keys()
