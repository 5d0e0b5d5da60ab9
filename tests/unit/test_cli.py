"""The command: what it prints where, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyarrow import csv

from lis_sim import __version__
from lis_sim.training.loop import PrequentialLoop
from tests.unit.in_process import Command

CONFIG = {
    "name": "tiny",
    "data": {"synthetic": {"events": 800, "users": 30, "items": 20}},
    "stream": {"window": {"count": 4}, "step_events": 200},
    "policy": {"name": "popularity"},
    "preferences": [{"name": "co_click", "settings": {"rank": 2, "extra": 2}}],
    "folds": 2,
    "replicates": 1,
    "training": {"engine": "local", "device": "cpu"},
    "monitoring": {"enabled": False},
}


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    return Command(capfd, monkeypatch)


def test_version(command: Command) -> None:
    assert command("--version") == (0, f"lis-sim {__version__}\n", "")


def test_json_is_the_only_thing_on_stdout(command: Command, tmp_path: Path) -> None:
    code, out, err = command("run", "tiny.yaml", "--json", "--out", "r")
    assert code == 0
    printed, kept = json.loads(out), json.loads((tmp_path / "r" / "summary.json").read_text())
    assert printed == kept | {"seconds": printed["seconds"]}
    assert "800 events" in err


def test_what_others_print_goes_to_stderr(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = PrequentialLoop.run_window

    def noisy(*arguments: object) -> object:
        print("noise of a library")
        return true(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(PrequentialLoop, "run_window", noisy)
    code, out, err = command("run", "tiny.yaml", "--json")
    assert code == 0
    assert isinstance(json.loads(out), dict)
    assert "noise of a library" in err


def test_a_run_ends_in_tables_and_paths(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("run", "tiny.yaml", "--set", "seed=2")
    assert code == 0
    (folder,) = (tmp_path / "runs").glob("tiny-????????")
    for expected in ("lis_crossfit", "clean", f"report: runs/{folder.name}/report.html"):
        assert expected in out
    assert (folder / "report.html").is_file()
    code, again, err = command("run", "tiny.yaml", "--set", "seed=2")
    assert (code, again) == (0, out)
    assert "holds this run, finished; --restart runs it again" in err


def test_report_prints_a_finished_run_again(command: Command, tmp_path: Path) -> None:
    _, out, _ = command("run", "tiny.yaml", "--out", "r")
    (tmp_path / "r" / "report.html").unlink()
    code, again, _ = command("report", "r")
    assert code == 0
    assert "lis_crossfit" in again
    assert again.splitlines()[-1] == "report: r/report.html" == out.splitlines()[-1]
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.parametrize("json_asked", [False, True])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.yaml"], "error: none.yaml is not a file"),
        (["tiny.yaml", "--set", "folds=1"], "error: tiny.yaml: folds is 1; accepted"),
        (["tiny.yaml", "--set", "horizon=soon"], "error: tiny.yaml: horizon is 'soon'; accepted"),
        (["tiny.yaml", "--set", "policy.name=deepfn"], "did you mean 'deepfm'?"),
        (["tiny.yaml", "--out", "cache"], "is not empty and holds no run"),
    ],
)
def test_errors_are_told_without_a_traceback(
    command: Command, tmp_path: Path, arguments: list[str], message: str, json_asked: bool
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "file").touch()
    code, out, err = command("run", *arguments, *["--json"] * json_asked)
    assert (code, out) == (1, "")
    assert message in err


def test_an_error_during_the_run_is_told_too(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = command("report", str(tmp_path))
    assert (code, out) == (1, "")
    assert "holds no run" in err

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PrequentialLoop, "run_window", interrupt)
    code, out, err = command("run", "tiny.yaml", "--json")
    assert (code, out) == (130, "")
    assert "the same command goes on from the last checkpoint" in err


def test_metrics_have_a_port_and_linger(command: Command) -> None:
    code, _, err = command(
        "run", "tiny.yaml", "--set", "monitoring={port: 0, linger_seconds: 0.05}"
    )
    assert code == 0
    assert "metrics: http://127.0.0.1:" in err
    assert "for 0.05 s" in err


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(command: Command) -> None:
    code, _, err = command("run", "tiny.yaml", "--out", "/proc/nowhere/run")
    assert code == 1
    assert "error: /proc/nowhere" in err


@pytest.mark.parametrize("suffix", [".tsv", ".parquet"])
def test_the_format_follows_the_suffix(command: Command, tmp_path: Path, suffix: str) -> None:
    table = pa.table({"u": ["a", "b"], "i": ["x", "y"], "t": [1700000000, 1700000001], "y": [0, 1]})
    path = tmp_path / f"log{suffix}"
    if suffix == ".parquet":
        pq.write_table(table, path)
    else:
        csv.write_csv(table, path, csv.WriteOptions(delimiter="\t", quoting_style="none"))
    columns = ("--user", "u", "--item", "i", "--time", "t", "--time-unit", "s", "--label", "y")
    code, _, err = command("data", "import", "mylog", "--file", path.name, *columns)
    assert code == 0, err
