"""``lis-sim score``: what it prints where, what it leaves, and what reads that again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lis_sim.training.committer import Committer
from tests.unit.in_process import Command
from tests.unit.scoring.tables import replicated, table, write


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    write(replicated(table(), 2), tmp_path / "ctr.parquet")
    return Command(capfd, monkeypatch)


def runs(place: Path) -> list[Path]:
    return sorted(path for path in (place / "runs").iterdir() if path.is_dir())


SMALL = ("score", "ctr.parquet", "--window", "count=4")


def test_tables_verdict_and_report_are_those_of_a_run(command: Command, tmp_path: Path) -> None:
    code, out, err = command(*SMALL, "--out", "found")
    assert code == 0, err
    for said in ("lis_crossfit", "over_placebo", "leaked_crossfit:likes", "run folder: found"):
        assert said in out
    assert "report: found/report.html" in out
    assert "120 events, 4 windows, 5 arms, 2 replicates" in err
    page = (tmp_path / "found" / "report.html").read_text()
    assert "Verdicts" in page
    assert "errors clustered by" in page
    assert {path.name for path in (tmp_path / "found").iterdir()} >= {
        *("config.yaml", "run.json", "windows.jsonl", "timings.jsonl", "summary.json"),
    }


def test_json_is_the_only_thing_on_stdout(command: Command, tmp_path: Path) -> None:
    code, out, _ = command(*SMALL, "--json", "--out", "found")
    assert code == 0
    printed = json.loads(out)
    kept = json.loads((tmp_path / "found" / "summary.json").read_text())
    assert printed == kept | {"seconds": printed["seconds"]}
    assert (printed["engine"], printed["events"], printed["dataset"]["rows"]) == ("score", 120, 240)
    assert printed["seconds"] > 0.0


def test_the_same_command_finds_its_scores_again(command: Command, tmp_path: Path) -> None:
    assert command(*SMALL)[0] == 0
    (folder,) = runs(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, out, err = command(*SMALL)
    assert code == 0
    assert "finished; --restart makes them anew" in " ".join(err.split())
    assert f"run folder: runs/{folder.name}" in out
    assert command(*SMALL, "--restart")[0] == 0
    (again,) = runs(tmp_path)
    after = {path.name: path.read_bytes() for path in again.iterdir()}
    timed = {"timings.jsonl", "report.html"}
    assert {n: b for n, b in after.items() if n not in timed} == {
        n: b for n, b in before.items() if n not in timed
    }


def test_other_settings_or_another_file_have_a_folder_of_their_own(
    command: Command, tmp_path: Path
) -> None:
    assert command(*SMALL)[0] == 0
    assert command(*SMALL, "--minimum-effect", "0.01")[0] == 0
    write(replicated(table(seed=1), 2), tmp_path / "ctr.parquet")
    assert command(*SMALL)[0] == 0
    assert len(runs(tmp_path)) == 3


def test_a_folder_of_other_scores_is_kept(command: Command, tmp_path: Path) -> None:
    assert command(*SMALL, "--out", "found")[0] == 0
    before = (tmp_path / "found" / "summary.json").read_bytes()
    code, _, err = command("score", "ctr.parquet", "--window", "count=5", "--out", "found")
    assert (code, "holds another run (other stream)" in " ".join(err.split())) == (1, True)
    assert (tmp_path / "found" / "summary.json").read_bytes() == before


def test_a_killed_command_begins_again_to_the_same_bytes(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(*SMALL, "--out", "whole")[0] == 0
    committed = Committer.commit

    def killed(self: Any, record: dict[str, Any], *more: Any) -> bool:
        if record["window"] == 2:
            raise KeyboardInterrupt
        return committed(self, record, *more)

    with monkeypatch.context() as patch:
        patch.setattr(Committer, "commit", killed)
        code, _, err = command(*SMALL, "--out", "half")
    assert (code, "the same command goes on from the first window" in err) == (130, True)
    assert len((tmp_path / "half" / "windows.jsonl").read_text().splitlines()) == 2
    code, out, _ = command("report", "half")
    assert (code, "half: unfinished; shown as far as it went" in out) == (0, True)
    assert command(*SMALL, "--out", "half")[0] == 0
    for name in ("windows.jsonl", "config.yaml"):
        assert (tmp_path / "half" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_report_is_written_again(command: Command, tmp_path: Path) -> None:
    assert command(*SMALL, "--out", "found")[0] == 0
    page = (tmp_path / "found" / "report.html").read_bytes()
    (tmp_path / "found" / "report.html").unlink()
    code, out, _ = command("report", "found")
    assert (code, "lis_crossfit" in out) == (0, True)
    assert (tmp_path / "found" / "report.html").read_bytes() == page


def test_it_cannot_be_compared_and_says_what_can(command: Command) -> None:
    assert command(*SMALL, "--out", "found")[0] == 0
    code, _, err = command("compare", "found", "found")
    assert code == 1
    assert "give both columns to one `lis-sim score`, as clean and as" in " ".join(err.split())


def test_options_say_which_column_is_what(command: Command, tmp_path: Path) -> None:
    columns = {name: values for name, values in table().items() if ":" not in name}
    columns = {"uid": columns.pop("user"), "v1": columns.pop("clean")} | columns
    columns |= {"v2": columns["v1"] + columns["item"] * 0.1, "kind": columns["item"] % 2}
    columns["time"] = columns["time"] * 1000
    write(columns, tmp_path / "own.parquet")
    code, out, err = command(
        *("score", "own.parquet", "--user", "uid", "--arm", "clean=v1", "--arm", "aligned:clip=v2"),
        *("--slice", "kind", "--time-unit", "ms", "--trained-until", "clip=2023-11-14T22:13:30Z"),
        *("--window", "duration=10s", "--warmup-windows", "1", "--horizon", "7d", "--json"),
        *("--form", "joint", "--logits", "--minimum-effect", "0.002", "--folds", "5"),
    )
    assert code == 0, err
    summary = json.loads(out)
    assert {one["arm"] for one in summary["arms"]} == {"clean", "aligned:clip"}
    assert {one["slice"] for one in summary["arms"]} == {"all", "0", "1"}
    assert summary["scores"][0]["trained_until"] == "2023-11-14T22:13:30+00:00"
    assert summary["warmup_windows"] == 1
    assert summary["scores"][0]["windows"] == summary["windows"] - 2
    for key, value in (("horizon", "7d"), ("form", "joint"), ("folds", 5), ("logits", True)):
        assert summary[key] == value
    assert summary["arms"][0]["log_loss"] > 0.0


def test_no_items_is_said(command: Command, tmp_path: Path) -> None:
    write({name: values for name, values in table().items() if name != "item"}, tmp_path / "a.pq")
    code, out, err = command("score", "a.pq", "--window", "count=4")
    assert code == 0
    assert "no item column" in err
    assert "One replicate: the errors hold for this training run only." in out


WRONG = {
    "a number alone": (("--window", "20"), "accepted: count=20, events=250000 or duration=1d"),
    "another rule": (("--window", "rows=20"), "accepted: count=20"),
    "no number": (("--window", "count=many"), "accepted: a whole number, as in count=20"),
    "one window": (("--window", "count=1"), "stream.window.count is 1"),
    "no column": (("--arm", "clean"), "--arm 'clean'; accepted: ARM=COLUMN"),
    "twice": (("--arm", "clean=a", "--arm", "clean=b"), "--arm names 'clean' twice"),
    "no time": (("--trained-until", "clip="), "accepted: NAME=TIME"),
    "all warm-up": (("--warmup", "1.0"), "stream.warmup is 1.0"),
    "an odd unit": (("--time-unit", "h"), "time_unit is 'h'"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG)
def test_wrong_options_are_told(options: tuple[str, ...], said: str, command: Command) -> None:
    code, out, err = command("score", "ctr.parquet", *options)
    assert (code, out) == (1, "")
    assert said in " ".join(err.split())


def test_a_missing_file_is_told(command: Command, tmp_path: Path) -> None:
    code, _, err = command("score", "nothing.parquet")
    assert code == 1
    assert "nothing.parquet is missing, or no file" in " ".join(err.split())
    assert not (tmp_path / "runs").exists()
