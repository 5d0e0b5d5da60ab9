"""How a nested trial paces its run; the run is played here by the local engine's parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lis_sim.config import TrainingConfig
from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, DataError, RunError
from lis_sim.search import nested
from lis_sim.search.nested_share import nested_share
from lis_sim.search.trial import TrialRun
from lis_sim.training.cluster.engine import Share
from lis_sim.training.folder import RunFolder
from lis_sim.training.local import LocalSession
from lis_sim.training.plan import RunPlan
from tests.unit.search.trials import reports, trial_of, tune_of
from tests.unit.training import worlds
from tests.unit.training.worlds import history


class Pace:
    """The paced builder's part of the talk, in this process."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self._allowed = 0
        self._stopped = False
        self.allow, self.stop = _Method(self._allow), _Method(self._stop)

    def may_play(self, window: int) -> bool:
        with self._told:
            self._told.wait_for(lambda: self._stopped or window < self._allowed)
            return not self._stopped

    def _allow(self, windows: int) -> None:
        with self._told:
            self._allowed = max(self._allowed, windows)
            self._told.notify_all()

    def _stop(self) -> None:
        with self._told:
            self._stopped = True
            self._told.notify_all()


class _Method:
    def __init__(self, call: Callable[..., None]) -> None:
        self.remote = call


Run = Callable[[RunPlan, RunFolder, str, Share], dict[str, Any]]


def paced_run(ends: int | None = None, fails: Exception | None = None) -> Run:
    """Return a run that asks before every window; it ``ends`` or ``fails`` before its time."""

    def run(plan: RunPlan, folder: RunFolder, device: str, share: Share) -> dict[str, Any]:
        pace = Pace()
        share.paced(pace)
        first = folder.checkpoints.newest() or 0
        session = LocalSession(plan, folder, device)
        session.start(first)
        for window in range(first, len(plan.windows)):
            if window == ends or not pace.may_play(window):
                break
            if window == 3 and fails is not None:
                raise fails
            session.play(window, session.due(window))
        return {"workers": share.workers, "device": device}

    return run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("nested") / "world")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, world: Dataset, tmp_path: Path) -> Callable[..., Any]:
    monkeypatch.setattr(nested, "free_left_groups", lambda: 0)

    def trial(run: Run, name: str = "trial") -> TrialRun:
        monkeypatch.setattr(nested, "run_ray", run)
        tune = tune_of(world, {"engine": "nested"})
        return trial_of(world, tmp_path / name, tune=tune)

    return trial


def test_a_nested_trial_has_the_bytes_of_a_direct_one(
    world: Dataset, play: Callable[..., TrialRun], tmp_path: Path
) -> None:
    found = reports(play(paced_run()))
    assert found == reports(trial_of(world, tmp_path / "direct"))
    assert history(tmp_path / "trial") == history(tmp_path / "direct")
    assert (tmp_path / "trial" / "summary.json").is_file()


def test_nothing_is_played_that_was_not_asked_for(
    play: Callable[..., TrialRun], tmp_path: Path
) -> None:
    """A stopped trial ends its run, and another goes on from its last checkpoint."""
    trial = play(paced_run())
    first = trial.next()
    assert first is not None
    assert history(tmp_path / "trial").count(b"\n") == first.windows == 3
    trial.close()
    assert not any(thread.name == "nested" for thread in threading.enumerate())
    assert [one.windows for one in reports(play(paced_run()))] == [3, 4, 5, 6]
    reports(play(paced_run(), "undisturbed"))
    assert history(tmp_path / "trial") == history(tmp_path / "undisturbed")


@pytest.mark.parametrize(
    ("run", "kind", "message"),
    [
        (paced_run(fails=DataError("row 7 is off")), DataError, "row 7 is off"),
        (paced_run(ends=3), RunError, "ended before window 3; the same command goes on"),
    ],
)
def test_what_ends_the_run_is_said_by_the_trial(
    play: Callable[..., TrialRun], run: Run, kind: type[Exception], message: str
) -> None:
    trial = play(run)
    trial.next()
    with pytest.raises(kind, match=message):
        trial.next()
    trial.close()


def test_a_run_without_workers_is_not_waited_for_for_ever(
    play: Callable[..., TrialRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def waits(plan: RunPlan, folder: RunFolder, device: str, share: Share) -> dict[str, Any]:
        share.paced(Pace())
        over.wait()
        return {}

    monkeypatch.setattr(nested, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(nested, "_REPEAT_S", 0.02)
    trial = play(waits)
    player: Any = trial._player
    player._start()
    with pytest.raises(RunError, match=r"has not played a window .*search\.concurrent"):
        trial.close()
    over.set()
    trial.close()


def test_a_run_is_told_of_its_last_windows_as_often_as_of_any(
    play: Callable[..., TrialRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every time that is looked whether it is over."""
    told: list[int] = []

    def slow_to_end(plan: RunPlan, folder: RunFolder, device: str, share: Share) -> dict[str, Any]:
        facts = paced_run()(plan, folder, device, share)
        time.sleep(0.3)
        return facts

    trial = play(slow_to_end)
    player: Any = trial._player
    tell = player._tell

    def tells(method: str, *windows: int) -> bool:
        told.extend(windows)
        return bool(tell(method, *windows))

    monkeypatch.setattr(player, "_tell", tells)
    reports(trial)
    monkeypatch.undo()
    assert told.count(6) <= 5, "until the builder is there, then once in two seconds"


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("trials", [None, 1, 2, 5])
@pytest.mark.parametrize("cpus", [1, 2, 16])
def test_the_trials_of_a_session_fit_in_it(cpus: int, trials: int | None, workers: int) -> None:
    """Or their workers would wait for ever."""
    share = nested_share(TrainingConfig(workers=workers), cpus, 0, trials)
    assert share.trials == trials or trials is None
    assert share.trials * (0.05 + share.workers * share.cpus) <= cpus + 1e-9
    assert share.cpus > 0


@pytest.mark.parametrize(
    ("training", "trials", "message"),
    [
        ({"device": "cuda"}, None, "training.device is cuda but Ray sees no GPU"),
        ({"workers": 2}, 30, "search.concurrent is 30 with 2 workers each, for 1 processors"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    training: dict[str, Any], trials: int | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        nested_share(TrainingConfig(**training), 1, 0, trials)
