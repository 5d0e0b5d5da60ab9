"""What is reported of a search: winner and baseline on windows that no trial saw."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from lis_sim.config import load_config
from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError
from lis_sim.search.candidate import Cut, later_config, search_config
from lis_sim.search.folder import SearchFolder
from lis_sim.search.later import run_later
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.results import write_best, write_trials
from lis_sim.search.settings import TuneConfig
from lis_sim.training.api import PreparedRun, Run
from lis_sim.training.compare import compare_runs
from lis_sim.training.plan import make_plan
from lis_sim.training.source import open_source
from tests.unit.search.searched import searched
from tests.unit.search.trials import RANK, tune_of
from tests.unit.training import worlds

DIM = "policy.settings.dim"
SPACE = {RANK: {"integer": [2, 4]}, DIM: {"choice": [3, 6]}, "policy.name": {"choice": ["deepfm"]}}
CANDIDATES = (
    {RANK: 2, DIM: 3, "policy.name": "deepfm"},
    {RANK: 4, DIM: 6, "policy.name": "deepfm"},
)
ARMS = ["clean", "leaked_crossfit:co_click"]
Searched = tuple[TuneConfig, Cut, SearchFolder, list[TrialRecord]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("worlds") / "tiny")


@pytest.fixture(scope="module")
def found(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Searched:
    """Return a search whose trial 2 is made the best, and its later runs."""
    search = {"objective": ["lis_crossfit", "auc:clean"], "space": SPACE}
    tune = tune_of(world, search, arms=ARMS, replicates=2)
    path = tmp_path_factory.mktemp("searches") / "tiny"
    cut, folder, records = searched(tune, path, CANDIDATES)
    records = [with_scores(one, one.trial, one.trial) for one in records]
    write_trials(tune, folder, records)
    run_later(tune, cut, folder, records)
    return tune, cut, folder, records


def with_scores(record: TrialRecord, lis: float, auc: float) -> TrialRecord:
    """Return the trial with other scores, so that the test says who wins."""
    names = list(record.objective)
    return replace(record, objective=dict(zip(names, (lis, auc), strict=True)))


def copied(found: Searched, out: Path) -> SearchFolder:
    shutil.copytree(found[2].path, out)
    return SearchFolder(out)


def test_only_windows_after_the_cut_are_scored(found: Searched) -> None:
    _, cut, folder, _ = found
    for name in ("baseline", "best"):
        run = Run.open(folder.later / name)
        assert run.summary["windows"] == cut.total
        assert run.summary["warmup_windows"] == cut.windows
        assert [one["warmup"] for one in run.records()].count(True) == cut.windows
        assert run.summary["replicates"] == 2


def test_what_is_reported_is_trained_with_other_luck_than_the_trial_was_chosen_for(
    found: Searched,
) -> None:
    """Else the reported run has the very luck again that its settings won by."""
    tune, cut, _, records = found
    dataset = open_source(tune.base.data)
    reported = {make_plan(later_config(tune, one.settings, cut.windows), dataset).seeds
                for one in records}  # fmt: skip
    trials = {
        make_plan(search_config(tune, one.settings, cut.windows, cut.warmup), dataset).seeds
        for one in records
    }
    # Each time the same for all, so that they differ by their settings alone.
    assert reported == {make_plan(tune.base, dataset).seeds}  # those of `lis-sim run best.yaml`
    ((trial,),) = trials
    assert trial not in next(iter(reported))


def test_the_summary_says_what_each_run_says(found: Searched) -> None:
    tune, cut, folder, _ = found
    summary = folder.summary()
    assert summary["cut"] == cut.record()
    assert summary["trials"] == {"finished": 3, "stopped": 0, "failed": 0}
    assert summary["events_played"] == summary["events_of_full_trials"] == 3 * cut.events
    assert summary["settings_searched"] == list(SPACE)
    (best,) = summary["best"]
    assert (best["trial"], best["settings"]) == (2, CANDIDATES[1])
    comparison = compare_runs(folder.later / "baseline", folder.later / "best")
    for objective in tune.objectives:
        name = objective.name
        for entry in (summary["baseline"], best):
            trial = Run.open(folder.path / entry["trial_folder"]).summary
            later = Run.open(folder.path / entry["folder"]).summary
            assert entry["search_interval"][name] == objective.read_summary(trial)
            assert entry["later"][name] == objective.read_summary(later)
            values = (entry["search_interval"][name]["value"], entry["later"][name]["value"])
            assert entry["optimism"][name] == values[0] - values[1]
        gain = best["over_baseline"][name]
        first, second = (e["later"][name]["value"] for e in (summary["baseline"], best))
        assert gain["value"] == pytest.approx(second - first, abs=1e-12)
        assert gain["low"] < gain["value"] < gain["high"]
    (clean,) = (
        one for one in comparison["arms"] if (one["first"]["arm"], one["slice"]) == ("clean", "all")
    )
    assert best["over_baseline"]["auc:clean"]["low"] == clean["difference"]["low"]
    assert summary["headline"].startswith("In windows 7 to 8, which the search did not see, the w")
    assert any("clean arms differ" in note for note in best["notes"])


def test_the_same_command_again_plays_nothing(found: Searched, tmp_path: Path) -> None:
    tune, cut, _, records = found
    folder = copied(found, tmp_path / "again")
    before = {p: p.stat().st_mtime_ns for p in folder.later.rglob("*.jsonl")}
    shown: list[str] = []

    def show(prepared: PreparedRun) -> Any:
        shown.append(prepared.folder.path.name)
        return nullcontext()

    summary = folder.summary()
    assert run_later(tune, cut, folder, records, show) == summary
    assert {p: p.stat().st_mtime_ns for p in folder.later.rglob("*.jsonl")} == before
    assert shown == ["baseline", "best"]


def test_a_killed_command_goes_on(found: Searched, tmp_path: Path) -> None:
    tune, cut, _, records = found
    folder = copied(found, tmp_path / "again")
    whole = (folder.later / "best" / "windows.jsonl").read_bytes()
    expected = folder.summary()
    shutil.rmtree(folder.later / "best")
    (folder.path / "summary.json").unlink()

    def killed(prepared: PreparedRun) -> Any:
        if prepared.folder.path.name == "best":
            raise KeyboardInterrupt
        return nullcontext()

    with pytest.raises(KeyboardInterrupt):
        run_later(tune, cut, folder, records, killed)
    assert not folder.finished
    summary = run_later(tune, cut, folder, records)
    assert (folder.later / "best" / "windows.jsonl").read_bytes() == whole
    assert {**summary, "later_seconds": 0} == {**expected, "later_seconds": 0}


def test_another_winner_replaces_the_old_one(found: Searched, tmp_path: Path) -> None:
    """As after failed trials were tried again; then a front, then the config as written."""
    tune, cut, _, records = found
    folder = copied(found, tmp_path / "again")
    other = [with_scores(one, 5.0 if one.trial == 1 else 0.0, 1.0) for one in records]
    (best,) = run_later(tune, cut, folder, other)["best"]
    assert best["settings"] == CANDIDATES[0]
    settings = Run.open(folder.later / "best").folder / "config.yaml"
    assert load_config(settings) == later_config(tune, CANDIDATES[0], cut.windows)

    front = [with_scores(one, float(one.trial), -float(one.trial)) for one in records]
    summary = run_later(tune, cut, folder, front)
    assert [one["trial"] for one in summary["best"]] == [2, 1, 0]
    assert [one["folder"] for one in summary["best"]] == [
        *("later/best-1", "later/best-2", "later/baseline")
    ]
    assert sorted(p.name for p in folder.later.glob("b*")) == ["baseline", "best-1", "best-2"]
    assert len(write_best(tune, folder, summary)) == 4
    table = write_trials(tune, folder, front)
    assert pq.read_table(table)["winner"].to_pylist() == [True] * 3

    lost = [with_scores(one, -float(one.trial), 0.0) for one in records]
    summary = run_later(tune, cut, folder, lost)
    (best,) = summary["best"]
    assert best["verdict"] == "baseline"
    assert best["folder"] == summary["baseline"]["folder"]
    assert "the config as written is kept" in summary["headline"]
    (path,) = write_best(tune, folder, summary)
    assert "nothing is changed" in path.read_text()
    assert [p.name for p in folder.path.glob("best*")] == ["best.yaml"]
    assert [p.name for p in folder.later.glob("b*")] == ["baseline"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {0: {"status": "failed", "error": "boom"}},
            r"trial 0, did not reach the cut \(boom\).*; the same command tries failed trials "
            r"again and keeps the others; a config that has to change is another search",
        ),
        (
            {n: {"status": "stopped"} for n in range(3)},
            r"none of 3 trials reached the cut.* config that has to change is another search: in "
            "a folder of its own, every trial played anew",
        ),
    ],
)
def test_a_search_without_what_to_report_is_refused(
    found: Searched, tmp_path: Path, changes: dict[int, Any], message: str
) -> None:
    tune, cut, _, records = found
    changed = [replace(one, **changes.get(one.trial, {})) for one in records]
    folder = SearchFolder(tmp_path)
    with pytest.raises(RunError, match=message):
        run_later(tune, cut, folder, changed)
    assert write_trials(tune, folder, changed).is_file()


def test_best_yaml_runs_as_a_config(found: Searched) -> None:
    tune, cut, folder, _ = found
    (path,) = write_best(tune, folder, folder.summary())
    assert load_config(path) == tune.config_of(CANDIDATES[1])
    assert "search" not in yaml.safe_load(path.read_text())
    comments = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert f"#   {RANK}: 4" in comments
    assert any("In the windows after them: the winner is " in line for line in comments)
    assert any(
        f"later/best: this with stream.warmup_windows: {cut.windows}." in c for c in comments
    )


def test_trials_are_a_table(found: Searched) -> None:
    tune, cut, folder, records = found
    table = pq.read_table(folder.path / "trials.parquet").to_pydict()
    assert table["trial"] == [0, 1, 2]
    assert table["digits"] == [one.digits for one in records]
    assert table["events"] == [cut.events] * 3
    assert table["winner"] == [False, False, True]
    assert table[RANK] == [3, 2, 4]  # the baseline has the config's own
    assert table["policy.name"] == ["deepfm"] * 3  # its default as well
    assert table["lis_crossfit"] == table["auc:clean"] == [0.0, 1.0, 2.0]
    assert {one.name for one in tune.objectives} < table.keys()


def test_the_summary_is_plain(found: Searched) -> None:
    text = (found[2].path / "summary.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["schema"] == 1
