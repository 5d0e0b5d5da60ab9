"""One trial of a search: an ordinary run to the cut, reported window by window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import ConfigError, LisSimError, RunError
from lis_sim.search import trial
from lis_sim.search.candidate import cut_of, search_config
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.finished import open_finished
from lis_sim.training.local import LocalSession
from tests.unit.search.trials import RANK, STREAM, reports, trial_of, tune_of
from tests.unit.training import worlds
from tests.unit.training.worlds import history

WARMUP, CUT = 2, 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("trial") / "world")


@pytest.fixture(scope="module")
def ordinary(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run that the baseline's trial is, as ``lis-sim run`` plays it."""
    config = search_config(tune_of(world), {}, CUT, WARMUP)
    return execute(prepare(config, tmp_path_factory.mktemp("ordinary") / "run"))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the windows that are played from here on, as they are."""
    found: list[int] = []
    play = LocalSession.play

    def noted(session: LocalSession, window: int, checkpoint: bool) -> None:
        found.append(window)
        play(session, window, checkpoint)

    monkeypatch.setattr(LocalSession, "play", noted)
    return found


def test_the_cut_is_where_the_tests_think(world: Dataset) -> None:
    cut = cut_of(tune_of(world))
    assert (cut.warmup, cut.windows, cut.total) == (WARMUP, CUT, 8)


def test_a_trial_is_an_ordinary_run(world: Dataset, ordinary: Run, tmp_path: Path) -> None:
    found = reports(trial_of(world, tmp_path / "trial"))
    assert history(tmp_path / "trial") == history(ordinary)
    whole = open_finished(tmp_path / "trial")
    for key in ("scores", "arms", "verdicts", "windows", "engine", "dataset"):
        assert whole.summary[key] == ordinary.summary[key]
    assert [one.windows for one in found] == [3, 4, 5, 6]
    assert [one.done for one in found] == [False, False, False, True]


def test_reports_say_what_the_records_say(world: Dataset, ordinary: Run, tmp_path: Path) -> None:
    names = ["lis_crossfit", "auc:clean", {"score": "log_loss", "arm": "clean"}]
    tune = tune_of(world, {"objective": names})
    found = reports(trial_of(world, tmp_path / "trial", tune=tune))
    for report, record in zip(found, list(ordinary.records())[WARMUP:], strict=True):
        assert report.events == record["events_total"]
        assert report.objective == {one.name: one.read(record) for one in tune.objectives}


def test_settings_are_put_in(world: Dataset, ordinary: Run, tmp_path: Path) -> None:
    reports(trial_of(world, tmp_path / "trial", {RANK: 2}))
    assert history(tmp_path / "trial") != history(ordinary)


def test_what_is_on_the_disk_is_not_played_again(
    world: Dataset, tmp_path: Path, played: list[int]
) -> None:
    first = reports(trial_of(world, tmp_path / "trial"))
    assert played == list(range(CUT))
    assert reports(trial_of(world, tmp_path / "trial")) == first
    assert played == list(range(CUT))


@pytest.mark.parametrize("reported", [1, 2, 3])
def test_a_trial_that_was_left_goes_on(
    world: Dataset, ordinary: Run, tmp_path: Path, reported: int
) -> None:
    begun = trial_of(world, tmp_path / "trial")
    seen = [begun.next() for _ in range(reported)]
    begun.close()
    with (tmp_path / "trial" / "windows.jsonl").open("a") as file:
        file.write('{"window": 9')  # killed in the midst of a line
    again = reports(trial_of(world, tmp_path / "trial"))
    assert again[:reported] == seen
    assert history(tmp_path / "trial") == history(ordinary)


def test_after_a_save_no_window_is_played_twice(
    world: Dataset, ordinary: Run, tmp_path: Path, played: list[int]
) -> None:
    paused = trial_of(world, tmp_path / "trial")
    report = paused.next()
    assert report is not None
    paused.save()
    paused.close()
    later = reports(trial_of(world, tmp_path / "trial", reported=report.windows))
    assert played == list(range(CUT))
    assert [one.windows for one in later] == [4, 5, 6]
    assert history(tmp_path / "trial") == history(ordinary)


def test_killed_before_its_summary_a_trial_is_made_whole(
    world: Dataset, tmp_path: Path, played: list[int]
) -> None:
    reports(trial_of(world, tmp_path / "trial"))
    summary = tmp_path / "trial" / "summary.json"
    before = json.loads(summary.read_text())
    summary.unlink()
    (tmp_path / "trial" / "checkpoints" / f"window-{CUT:06d}" / "manifest.json").unlink()
    reports(trial_of(world, tmp_path / "trial"))
    after = json.loads(summary.read_text())
    assert played == [*range(CUT), *range(4, CUT)]
    assert before.keys() == after.keys()
    assert before["scores"] == after["scores"]


def test_the_folder_is_one_trials_at_a_time(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_PATIENCE_S", 0.0)
    one = trial_of(world, tmp_path / "trial")
    with pytest.raises(RunError, match="is being written by another process"):
        trial_of(world, tmp_path / "trial")
    one.close()
    trial_of(world, tmp_path / "trial").close()


@pytest.mark.parametrize(
    ("settings", "changes", "kind", "message"),
    [
        ({RANK: 99}, {}, ConfigError, "rank"),
        ({"policy.settings.deviatoin": 0.1}, {}, ConfigError, "deviatoin.*deviation"),
        ({}, {"name": "other", "folds": 4}, RunError, "holds another run .*folds"),
    ],
)
def test_a_trial_that_cannot_begin_says_why(
    world: Dataset,
    tmp_path: Path,
    settings: dict[str, Any],
    changes: dict[str, Any],
    kind: type[LisSimError],
    message: str,
) -> None:
    trial_of(world, tmp_path / "trial").close()
    with pytest.raises(kind, match=message):
        trial_of(world, tmp_path / "trial", settings, tune_of(world, **changes))


def test_an_objective_without_any_value_is_an_error(world: Dataset, tmp_path: Path) -> None:
    """No item ever has so many events that it counts as warm."""
    tune = tune_of(
        world,
        {
            "objective": {"score": "auc", "arm": "clean", "slice": "warm"},
            "space": {"policy.settings.deviation": {"uniform": [0.01, 0.1]}},
        },
        stream={**STREAM, "cold_support": 10_000},
    )
    hopeless = trial_of(world, tmp_path / "trial", tune=tune)
    with pytest.raises(RunError, match=r"auc_warm:clean has no value in any of the 4 windows"):
        hopeless.next()
    hopeless.close()
