"""``lis-sim report``, and the page of a run that goes on."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lis_sim.cli import app, live_report
from lis_sim.errors import RunError
from lis_sim.report import LiveReport
from tests.unit.report.example import records, summary
from tests.unit.report.example_drift import watched_records


def write(folder: Path, *, finished: bool = True) -> Path:
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"settings": {}, "data": {}}))
    lines = "".join(json.dumps(record) + "\n" for record in records(8, 2))
    (folder / "windows.jsonl").write_text(lines)
    if finished:
        (folder / "summary.json").write_text(json.dumps(summary(run=folder.name)))
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_run_has_its_page_in_its_folder(folder: Path) -> None:
    write(folder / "a")
    out = invoke("a")
    assert "lis_crossfit" in out
    assert out.splitlines()[-1] == "report: a/report.html"
    assert (folder / "a" / "report.html").is_file()


def test_an_unfinished_run_is_shown_as_far_as_it_went(folder: Path) -> None:
    write(folder / "a", finished=False)
    out = invoke("a")
    assert out == "a: unfinished; shown as far as it went\nreport: a/report.html\n"
    assert "Unfinished: 8 windows" in (folder / "a" / "report.html").read_text()


def test_several_runs_share_a_page(folder: Path) -> None:
    write(folder / "a")
    write(folder / "b", finished=False)
    assert invoke("a", "b").splitlines()[-1] == "report: report.html"
    page = (folder / "report.html").read_text()
    assert "2 runs" in page
    assert 'http-equiv="refresh"' not in page  # nobody writes this one again
    assert not (folder / "a" / "report.html").exists()
    assert invoke("a", "b", "--out", "c.html").splitlines()[-1] == "report: c.html"
    assert (folder / "c.html").read_text() == page


def test_a_folder_without_a_run_is_refused_and_nothing_is_written(folder: Path) -> None:
    write(folder / "a")
    (folder / "empty").mkdir()
    with pytest.raises(RunError, match="empty holds no run"):
        invoke("a", "empty")
    assert not (folder / "report.html").exists()


def test_a_run_writes_its_page_anew_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_report, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live_report, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(live_report, "_COSTS", 0.0)
    report = tmp_path / "report.html"
    with live_report.live_report(tmp_path, Console(file=io.StringIO())):
        with (tmp_path / "windows.jsonl").open("w") as file:
            for k, record in enumerate(watched_records()[:3], 1):
                file.write(json.dumps(record) + "\n")
                file.flush()
                _until(report, f"{k} window{'s' * (k > 1)} so far")
        (tmp_path / "windows.jsonl").open("a").write(json.dumps(watched_records()[3]) + "\n")
    assert "4 windows so far" in report.read_text()


def test_a_page_that_cannot_be_written_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "windows.jsonl").write_text(json.dumps(records(1)[0]) + "\n")
    (tmp_path / "report.html").mkdir()  # in the way
    (tmp_path / "report.html" / "file").touch()
    told = io.StringIO()
    with live_report.live_report(tmp_path, Console(file=told, width=1000)):
        pass
    assert told.getvalue().count("the report is not written, and tried again, while") == 1


def test_a_page_that_could_not_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_report, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live_report, "_LEAST_SECONDS", 0.0)
    write, tries = LiveReport.write, iter([True, True])

    def full_disk_at_first(live: LiveReport) -> Path:
        if next(tries, False):
            raise OSError(28, "No space left on device")
        return write(live)

    monkeypatch.setattr(LiveReport, "write", full_disk_at_first)
    (tmp_path / "windows.jsonl").write_text(json.dumps(records(1)[0]) + "\n")
    told = io.StringIO()
    with live_report.live_report(tmp_path, Console(file=told, width=1000)):
        _until(tmp_path / "report.html", "1 window so far")
    assert told.getvalue().count("No space left on device") == 1


def test_a_finished_run_keeps_its_page(tmp_path: Path) -> None:
    write(tmp_path / "a")
    (tmp_path / "a" / "report.html").write_text("of the end")
    with live_report.live_report(tmp_path / "a", Console(file=io.StringIO())):
        pass
    assert (tmp_path / "a" / "report.html").read_text() == "of the end"


def _until(report: Path, words: str) -> None:
    for _ in range(1_000):
        if report.exists() and words in report.read_text():
            return
        time.sleep(0.01)
    pytest.fail(f"the page never said {words!r}")
