"""What Ray Tune is told, without Ray Tune."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from optuna.trial import TrialState
from ray import exceptions
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from lis_sim.errors import RunError
from lis_sim.search import driver
from lis_sim.search.driver import run_search
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import TrialRecord, TrialReport, read_ledger
from lis_sim.search.progress import Progress
from lis_sim.search.searchers_optuna import OptunaCandidates
from lis_sim.search.trainable import told_in_words
from lis_sim.search.trial_error import read_error
from lis_sim.search.tune_parts import TuneScheduler, TuneSearcher
from lis_sim.search.watch import NoWatch
from tests.unit.search.simulated import CUT, KeptLedger, Simulation, tune_of

NAME = "lis_crossfit"
HALVING = {"kind": "halving", "first": 1, "reduction": 3}
RANKS = {"preferences.co_click.settings.rank": {"choice": [2, 4, 8]}}


def task_error(cause: Exception) -> BaseException:
    """Return what Ray makes in a trial's process of an error that a step raised."""
    make: Any = exceptions.RayTaskError
    try:
        with told_in_words():
            raise cause
    except RunError as told:
        error: BaseException = make("step", traceback.format_exc(), told)
    return error


def error_file(folder: Path, *errors: BaseException) -> str:
    """Write what Tune writes of a trial that failed, and a pickle that nobody may read."""
    lines = (f"Failure # {k} (occurred at noon)\n{e}\n" for k, e in enumerate(errors, 1))
    (folder / "error.txt").write_text("".join(lines))
    (folder / "error.pkl").write_bytes(b"no pickle")
    return str(folder / "error.txt")


@dataclass
class FakeTrial:
    config: dict[str, Any]
    status: str = "RUNNING"
    error_file: str | None = None


@dataclass
class FakeController:
    trials: list[FakeTrial] = field(default_factory=list)
    stopped: list[FakeTrial] = field(default_factory=list)
    over: bool = False

    def get_trials(self) -> list[FakeTrial]:
        return self.trials

    def stop_trial(self, trial: FakeTrial) -> None:
        self.stopped.append(trial)

    def request_stop_experiment(self) -> None:
        self.over = True


def parts(**search: Any) -> tuple[TuneSearcher, TuneScheduler, FakeController]:
    tune = tune_of(**({"algorithm": "random", "space": RANKS, "stopping": HALVING} | search))
    progress = Simulation(tune, KeptLedger(), concurrent=2).progress
    progress.replay()
    names = tuple(one.name for one in tune.objectives)
    return TuneSearcher(progress), TuneScheduler(progress, names), FakeController()


def result(windows: int, value: float) -> dict[str, Any]:
    return {"windows": windows, "events": 100 * windows, "time_total_s": 1.0, NAME: value}


def test_trials_are_suggested_as_many_as_play_at_once() -> None:
    searcher, scheduler, controller = parts()
    first, second = searcher.suggest("a"), searcher.suggest("b")
    assert first == {"trial": 0, "settings": {}}
    assert second["trial"] == 1
    assert searcher.suggest("c") is None
    last = result(CUT.windows, 0.1)
    scheduler.on_trial_complete(controller, FakeTrial(first), last)
    assert searcher.suggest("c")["trial"] == 2


def test_the_paused_go_on_or_end_when_their_rung_is_decided() -> None:
    searcher, scheduler, controller = parts()
    said = []
    for _ in range(4):
        config = searcher.suggest("x")
        controller.trials.append(trial := FakeTrial(config))
        value = result(3, float(config["trial"]))
        if config["trial"]:
            said.append(scheduler.on_trial_result(controller, trial, value))
            trial.status = "PAUSED" if said[-1] == TrialScheduler.PAUSE else trial.status
        else:
            assert scheduler.on_trial_result(controller, trial, value) == TrialScheduler.CONTINUE
    assert said == [TrialScheduler.PAUSE, TrialScheduler.PAUSE, TrialScheduler.CONTINUE]
    assert scheduler.choose_trial_to_run(controller) is None
    assert [one.config["trial"] for one in controller.stopped] == [1, 2]
    assert searcher.suggest("x") is None


def test_the_end_is_said_once_all_have_ended() -> None:
    searcher, scheduler, controller = parts(algorithm="random", trials=1, stopping="none")
    configs = [searcher.suggest("a"), searcher.suggest("b")]
    assert searcher.suggest("c") is None
    for config in configs:
        scheduler.on_trial_remove(controller, FakeTrial(config))
    assert searcher.suggest("c") == Searcher.FINISHED


def test_pickles_hold_nothing_of_ours() -> None:
    searcher, scheduler, _ = parts()
    for part in (searcher, scheduler):
        assert len(pickle.dumps(part)) < 200


def test_a_failed_trial_says_why(tmp_path: Path) -> None:
    searcher, scheduler, controller = parts()
    file = error_file(tmp_path, task_error(RunError("no window")))
    scheduler.on_trial_error(controller, FakeTrial(searcher.suggest("a"), "RUNNING", file))
    scheduler.on_trial_error(controller, FakeTrial(searcher.suggest("b")))
    first, second = scheduler._progress.records[:2]
    assert (first.status, first.error) == ("failed", "no window")
    assert second.error == "for a reason that Ray Tune did not keep"


@pytest.mark.parametrize(
    ("trial", "error", "over"),
    [
        (0, task_error(RunError("no window")), True),
        (0, exceptions.ActorDiedError(), False),
        (1, task_error(RunError("no window")), False),
    ],
)
def test_a_baseline_that_makes_no_run_ends_the_search(
    tmp_path: Path, trial: int, error: BaseException, over: bool
) -> None:
    searcher, scheduler, controller = parts()
    begun = [searcher.suggest("a"), searcher.suggest("b")]
    file = error_file(tmp_path, error)
    scheduler.on_trial_error(controller, FakeTrial(begun[trial], "RUNNING", file))
    assert controller.over == over
    assert scheduler._progress.refused == ("no window" if over else None)


class FakeTuner:
    """Does what it is told whenever it is run."""

    def __init__(self, *runs: Callable[[], None]) -> None:
        self.runs = list(runs)

    def fit(self) -> None:
        self.runs.pop(0)()


@pytest.fixture
def tuner(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeTuner]:
    """Put a tuner in Ray's place, and a session that speaks as loudly as Ray does."""

    @contextmanager
    def loud(address: str | None) -> Iterator[Any]:
        logging.getLogger("ray").setLevel(logging.ERROR)
        yield SimpleNamespace(cluster_resources=lambda: {"CPU": 2.0})

    def put(*runs: Callable[[Progress], None]) -> FakeTuner:
        made = FakeTuner()

        def make(tune: Any, cut: Any, folder: Any, progress: Progress, share: Any) -> FakeTuner:
            made.runs = made.runs or [partial(run, progress) for run in runs]
            return made

        monkeypatch.setattr(driver, "_tuner", make)
        return made

    monkeypatch.setattr(driver, "ray_session", loud)
    return put


def play(progress: Progress) -> None:
    """Play all that comes to its end."""
    while not isinstance(found := progress.next(), str):
        last = TrialReport(CUT.windows, 1_100, 1.0, {NAME: 0.1})
        progress.report(found[0], last)
        progress.end(found[0])


def run_out(progress: Progress) -> None:
    progress.next()
    progress.next()
    try:
        full: Any = exceptions.OutOfMemoryError
        raise full("the node is full")
    except exceptions.OutOfMemoryError as error:
        raise RuntimeError("Caught unexpected exception") from error


def test_the_memory_monitor_of_a_cluster_ends_no_search(
    tmp_path: Path, tuner: Callable[..., FakeTuner]
) -> None:
    """Trials 0 and 1 play when memory runs out, then 0 alone: that one it was."""
    tune = tune_of(algorithm="random", stopping="none", trials=2, concurrent=2)
    made = tuner(run_out, run_out, play)
    run_search(tune, CUT, SearchFolder(tmp_path), NoWatch())
    assert made.runs == []
    found = read_ledger(tmp_path / "trials.jsonl")
    assert [one.status for one in found] == ["failed", "finished", "finished"]
    assert "memory monitor killed the process" in str(found[0].error)


def test_what_else_breaks_a_search_is_said(tmp_path: Path, tuner: Callable[..., FakeTuner]) -> None:
    def broken(progress: Progress) -> None:
        raise OSError("disk is full")

    tuner(broken)
    with pytest.raises(RunError, match=r"ended the search .OSError: disk is full.*goes on"):
        run_search(tune_of(algorithm="random"), CUT, SearchFolder(tmp_path), NoWatch())


def test_why_the_baseline_makes_no_run_is_the_searchs_error(
    tmp_path: Path, tuner: Callable[..., FakeTuner]
) -> None:
    def refused(progress: Progress) -> None:
        progress.next()
        progress.fail(0, "no window")
        progress.refused = "no window"

    tuner(refused)
    with pytest.raises(RunError, match=r"the config as written makes no run.*: no window;"):
        run_search(tune_of(algorithm="random"), CUT, SearchFolder(tmp_path), NoWatch())


def test_ray_says_nothing_while_a_search_goes(
    tmp_path: Path, tuner: Callable[..., FakeTuner]
) -> None:
    levels = []

    def listen(progress: Progress) -> None:
        levels.append(logging.getLogger("ray").level)
        play(progress)

    tuner(listen)
    run_search(tune_of(algorithm="random"), CUT, SearchFolder(tmp_path), NoWatch())
    assert levels == [logging.CRITICAL]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([task_error(RunError("no window"))], "no window"),
        ([task_error(RunError("two\nlines"))], "two\nlines"),
        ([task_error(RunError('lis-sim says: "x"'))], 'lis-sim says: "x"'),
        ([task_error(ValueError("odd"))], "ValueError: odd"),
        ([task_error(ValueError("x" * 2000))], "ValueError: " + "x" * 488),
        ([exceptions.ActorDiedError()], "the process of the trial died"),
        ([exceptions.ActorUnavailableError("gone", None)], "the process of the trial died"),
        ([task_error(RunError("once")), exceptions.ActorDiedError()], "the process of the trial"),
        ([ValueError("x" * 2000)], "x" * 500),
        ([ValueError("lis-sim says: 7")], "lis-sim says: 7"),
        ([ValueError("lis-sim says: {")], "lis-sim says: {"),
        ([ValueError("")], "for a reason"),
        ([], "for a reason"),
    ],
)
def test_errors_are_short(tmp_path: Path, errors: list[BaseException], expected: str) -> None:
    said = read_error(error_file(tmp_path, *errors))
    assert said.words.startswith(expected)
    assert len(said.words) <= 500


def test_optuna_hears_of_stopped_trials_what_they_had_on_their_way() -> None:
    tune = tune_of(algorithm="optuna")
    candidates = OptunaCandidates(tune, in_order=False, lag=1)
    name = tune.objectives[0].name
    for trial, status in ((1, "stopped"), (2, "finished"), (3, "failed")):
        settings = candidates.suggest(trial)
        assert not isinstance(settings, str)
        report = TrialReport(4, 400, 1.0, {name: 0.5})
        candidates.reported(trial, report)
        record: Any = TrialRecord(trial, settings, status, objective={name: 0.5})  # type: ignore[arg-type]
        candidates.ended(record)
    study: Any = candidates._search._ot_study
    told = study.trials
    assert [one.state for one in told] == [
        *(TrialState.PRUNED, TrialState.COMPLETE, TrialState.FAIL),
    ]
    assert told[0].intermediate_values == {4: 0.5}


def test_a_search_that_is_over_starts_no_ray(tmp_path: Path) -> None:
    tune = tune_of(algorithm="random", stopping="none", trials=2)
    folder = SearchFolder(tmp_path)
    ledger = KeptLedger()
    Simulation(tune, ledger).run()
    folder.ledger.path.write_text("".join(line + "\n" for line in ledger.kept))
    run_search(tune, CUT, folder, NoWatch())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trials.jsonl"]
