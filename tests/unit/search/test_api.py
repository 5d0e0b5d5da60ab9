"""From a tune config to a folder with its winner, and ``lis-sim tune``; trials played here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from lis_sim.errors import RunError
from lis_sim.search import api
from lis_sim.search.candidate import Cut, search_config
from lis_sim.search.folder import SearchFolder
from lis_sim.search.ledger import TrialRecord, TrialReport
from lis_sim.search.settings import TuneConfig
from lis_sim.search.watch import SearchWatch
from lis_sim.training.api import execute, prepare
from tests.unit.in_process import Command
from tests.unit.test_cli import command

__all__ = ["command"]  # the fixture

MADE = ("best.yaml", "report.html")  # of a summary, after it
RANK = "preferences.co_click.settings.rank"
CONFIG: dict[str, Any] = {
    "name": "tiny",
    "data": {"synthetic": {"events": 1_200, "users": 30, "items": 20}},
    "stream": {"window": {"count": 6}, "step_events": 200, "warmup_windows": 1},
    "policy": {"name": "popularity"},
    "preferences": [{"name": "co_click", "settings": {"rank": 2, "extra": 2}}],
    "folds": 2,
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
    "monitoring": {"enabled": False},
    "search": {"space": {RANK: {"choice": [3, 4]}}, "algorithm": "grid", "stopping": "none"},
}


class InProcess:
    """Plays the grid one trial after the other; ``fails`` names those that fail first."""

    def __init__(self) -> None:
        self.fails: set[int] = set()
        self.searches = 0

    def __call__(
        self, tune: TuneConfig, cut: Cut, folder: SearchFolder, watch: SearchWatch
    ) -> None:
        self.searches += 1
        known = {one.trial: one for one in folder.ledger.records()}
        for trial, settings in enumerate([{}, *tune.space.grid()]):
            if trial in known and known[trial].status == "finished":
                continue
            folder.ledger.begin(trial, settings)
            record = TrialRecord(trial, settings)
            watch.trial_started(record)
            if trial in self.fails:
                ended = replace(record, status="failed", error="RunError: <b>no luck</b>")
            else:
                ended = replace(self._played(tune, cut, folder, record, watch), status="finished")
            folder.ledger.end(ended)
            watch.trial_ended(ended)

    def _played(
        self,
        tune: TuneConfig,
        cut: Cut,
        folder: SearchFolder,
        record: TrialRecord,
        watch: SearchWatch,
    ) -> TrialRecord:
        config = search_config(tune, record.settings, cut.windows, cut.warmup)
        run = execute(prepare(config, folder.trials / record.digits))
        for line in run.records():
            values = {one.name: one.read(line) for one in tune.objectives}
            found = {name: value for name, value in values.items() if value is not None}
            if found:
                report = TrialReport(line["window"] + 1, line["events_total"], 0.1, found)
                folder.ledger.report(record.trial, report)
                record = record.reported(report)
                watch.trial_reported(record)
        return record


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> InProcess:
    found = InProcess()
    monkeypatch.setattr(api, "run_search", found)
    return found


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(**search: Any) -> Path:
        path = tmp_path / f"tune{search.get('seed', '')}.yaml"
        path.write_text(yaml.safe_dump(CONFIG | {"search": CONFIG["search"] | search}))
        return path

    return write


def test_a_search_leaves_what_it_promises_and_is_not_repeated(
    search: InProcess, written: Callable[..., Path], tmp_path: Path
) -> None:
    found = api.tune(written(), out=tmp_path / "out")
    there = {path.name for path in found.folder.iterdir()}
    assert there >= {"config.yaml", "search.json", "trials.jsonl", "trials", "trials.parquet"}
    assert there >= {"best.yaml", "later", "summary.json", "report.html"}
    assert found.summary == json.loads((found.folder / "summary.json").read_text())
    assert [one.trial for one in found.records()] == [0, 1, 2]
    assert found.trials().select(["trial", RANK])["trial"].to_pylist() == [0, 1, 2]
    assert found.trials().equals(pq.read_table(found.folder / "trials.parquet"))
    assert found.baseline().summary["run"] == "baseline"
    assert found.best().folder == found.folder / found.summary["best"][0]["folder"]
    made = {n: (found.folder / n).read_bytes() for n in (*MADE, "trials.parquet")}
    for name in made:
        (found.folder / name).unlink()
    again = api.tune(written(), out=tmp_path / "out")
    assert (again.summary, search.searches) == (found.summary, 1)
    assert {name: (found.folder / name).read_bytes() for name in made} == made
    assert api.Search.open(found.folder).summary == found.summary


@pytest.mark.parametrize("killed_before", MADE)
def test_a_kill_after_the_summary_leaves_no_file_of_an_earlier_command(
    killed_before: str,
    search: InProcess,
    written: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with a winner that was tried again: best.yaml is the old one's, the summary is new."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    whole = api.tune(written(), out=tmp_path / "whole").folder
    writer = {"best.yaml": "write_best", "report.html": "write_search_report"}[killed_before]
    with monkeypatch.context() as patch:
        patch.setattr(api, writer, killed)
        with pytest.raises(KeyboardInterrupt):
            api.tune(written(), out=tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").is_file()
    (tmp_path / "out" / killed_before).write_text("of an earlier command")
    api.tune(written(), out=tmp_path / "out")
    config, expected = ((one / "best.yaml").read_text() for one in (tmp_path / "out", whole))
    assert _without_numbers(config) == _without_numbers(expected)
    assert "of an earlier command" not in (tmp_path / "out" / killed_before).read_text()


def _without_numbers(config: str) -> list[str]:
    return [line for line in config.splitlines() if not line.startswith("# Found")]


def test_failed_trials_are_tried_again_by_the_next_command(
    search: InProcess, written: Callable[..., Path], tmp_path: Path
) -> None:
    search.fails = {1}
    first = api.tune(written(), out=tmp_path / "out")
    assert first.summary["trials"] == {"finished": 2, "stopped": 0, "failed": 1}
    page = (first.folder / "report.html").read_text()
    assert "RunError: &lt;b&gt;no luck&lt;/b&gt;" in page
    search.fails = set()
    second = api.tune(written(), out=tmp_path / "out")
    assert second.summary["trials"] == {"finished": 3, "stopped": 0, "failed": 0}


def test_a_search_whose_trials_fail_leaves_a_table_that_says_so(
    search: InProcess, written: Callable[..., Path], tmp_path: Path
) -> None:
    search.fails = {0, 1, 2}
    with pytest.raises(RunError, match="none of 3 trials"):
        api.tune(written(), out=tmp_path / "out")
    errors = pq.read_table(tmp_path / "out" / "trials.parquet")["error"].to_pylist()
    assert errors == ["RunError: <b>no luck</b>"] * 3
    with pytest.raises(RunError, match="has no summary"):
        api.Search.open(tmp_path / "out")


def test_another_search_does_not_get_the_folder(
    search: InProcess, written: Callable[..., Path], tmp_path: Path
) -> None:
    search.fails = {0, 1, 2}  # nothing is played: only whose folder it is matters
    for config, restart, expected, searches in (
        (written(), False, "none of 3", 1),
        (written(seed=1), False, "another search", 1),
        (written(seed=1), True, "none of 3", 2),
        (written(seed=1), False, "none of 3", 3),
    ):
        with pytest.raises(RunError, match=expected):
            api.tune(config, out=tmp_path / "out", restart=restart)
        assert search.searches == searches


def test_the_command_prints_one_object_or_tables(
    search: InProcess, written: Callable[..., Path], command: Command, tmp_path: Path
) -> None:
    path = str(written())
    code, out, err = command("tune", path, "--json")
    assert code == 0
    assert json.loads(out)["search"] == "tiny"
    assert "2 trials and the config as written, over 1 setting, for lis_crossfit" in err
    assert "[3/3] trial 2 finished" in err
    code, out, err = command("tune", path)
    assert (code, search.searches) == (0, 1)
    assert "holds this search, finished; --restart begins again" in err
    assert "Best trials in the search" in out
    (folder,) = (tmp_path / "searches").glob("tiny-*")
    assert f"report: searches/{folder.name}/report.html" in out
    assert f"best config: searches/{folder.name}/best.yaml" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["absent.yaml"], "absent.yaml"),
        (["tiny.yaml"], "has no group `search`"),
        (["tune.yaml", "--set", "search.trials=3"], "leave trials out"),
        (["tune.yaml", "--set", "search.space.seed={choice: [1, 2]}"], "a seed is luck"),
        (
            ["tune.yaml", "--set", "search.until=0.1"],
            "lets the search see the first 1 of 6 windows",
        ),
    ],
)
def test_what_cannot_be_searched_is_said_before_anything_runs(
    arguments: list[str],
    expected: str,
    search: InProcess,
    written: Callable[..., Path],
    command: Command,
) -> None:
    written()
    code, out, err = command("tune", *arguments)
    assert (code, out, search.searches) == (1, "", 0)
    assert expected in err


def test_the_report_of_a_search_is_written_again(
    search: InProcess, written: Callable[..., Path], command: Command, tmp_path: Path
) -> None:
    search.fails = {0, 1, 2}
    command("tune", str(written()), "--out", "out")
    code, out, _ = command("report", "out")
    assert (code, out) == (0, "report: out/report.html\n")
    assert "Unfinished." in (tmp_path / "out" / "report.html").read_text()
    assert command("report", "out", "--out", "page.html")[0] == 0
    assert (tmp_path / "page.html").exists()
    code, _, err = command("report", "out", "out")
    assert code == 1
    assert "the folder of one search alone" in err
