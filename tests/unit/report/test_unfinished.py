"""Pages of runs that have not come to their end, from windows.jsonl alone and while they go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lis_sim.errors import RunError
from lis_sim.report import LiveReport, write_report
from tests.unit.report.example import records
from tests.unit.report.example_drift import watched_records

IDENTITY = {
    "settings": {"horizon": "7d", "folds": 5, "form": "joint", "replicates": 2, "seed": 3},
    "data": {"events": "c0ffee"},
    "lis_sim": "0.1.0",
}
CONFIG = "name: x\ndata: {source: logs/mylog}\ntraining: {engine: local}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(IDENTITY))
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def lines(count: int) -> str:
    return "".join(json.dumps(record) + "\n" for record in watched_records()[:count])


def test_what_is_known_so_far_is_shown(folder: Path) -> None:
    (folder / "windows.jsonl").write_text(lines(12))
    page = write_report(folder).read_text()
    assert "Unfinished: 12 windows so far." in page
    assert '<meta http-equiv="refresh" content="10">' in page
    for text in ("mylog", "c0ffee", "7d", "version of lis_sim", "logs/mylog", "local"):
        assert text in page
    assert "lis_crossfit +0.0" in page
    assert "Verdicts are given at the end of a run." in page
    assert "This preference data is worth aligning" not in page


def test_a_log_that_is_followed_has_no_end(folder: Path) -> None:
    live = {"events": None, "live": {"name": "mylog", "first_part": "c0ffee"}}
    (folder / "run.json").write_text(json.dumps(IDENTITY | {"data": live}))
    (folder / "windows.jsonl").write_text(lines(12))
    page = write_report(folder).read_text()
    assert "Following its log: 12 windows so far." in page
    assert "has no end, and so no verdict" in page
    assert "at the end of a run" not in page


def test_a_line_that_is_still_written_waits(folder: Path) -> None:
    (folder / "windows.jsonl").write_text(lines(7))
    whole = write_report(folder).read_bytes()
    (folder / "windows.jsonl").write_text(lines(7) + '{"window": 7, "end_')
    assert write_report(folder).read_bytes() == whole


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (None, "No window has been committed yet."),
        (0, "No window has been committed yet."),
        (3, "3 windows, all of the warm-up: scores begin after it."),
    ],
)
def test_before_any_score(folder: Path, count: int | None, said: str) -> None:
    if count is not None:
        (folder / "windows.jsonl").write_text(lines(count))
    assert said in write_report(folder).read_text()


def test_a_log_that_still_grows_is_told_by_its_first_part(folder: Path) -> None:
    live = {"name": "mylog", "first_part": "f1e5"}
    (folder / "run.json").write_text(
        json.dumps(IDENTITY | {"data": {"events": None, "live": live}})
    )
    (folder / "windows.jsonl").write_text(lines(12))
    assert "f1e5 (first part)" in write_report(folder).read_text()


def test_windows_alone_are_enough(tmp_path: Path) -> None:
    (tmp_path / "windows.jsonl").write_text(lines(12))
    assert "Unfinished: 12 windows so far." in write_report(tmp_path).read_text()


def test_a_score_undefined_so_far_is_no_number(folder: Path) -> None:
    given = records(12, 5)
    for record in given:
        for entry in record["scores"]:
            entry |= {"value": None, "low": None, "high": None}
    (folder / "windows.jsonl").write_text("".join(json.dumps(one) + "\n" for one in given))
    assert "co_click: no score is defined yet." in write_report(folder).read_text()


def test_a_page_written_while_a_run_goes_is_the_page_of_its_records(folder: Path) -> None:
    live = LiveReport(folder)
    given = watched_records()
    for start, end in ((0, 3), (3, 4), (4, 15)):
        live.add(given[start:end])
        shown = live.write().read_bytes()
        (folder / "windows.jsonl").write_text(lines(end))
        assert write_report(folder).read_bytes() == shown
    assert {path.name for path in folder.iterdir()} == {
        *("run.json", "config.yaml", "windows.jsonl", "report.html")
    }


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("run.json", None, "holds no run"),
        ("run.json", "{", r"run\.json is not JSON as a run writes it"),
        ("config.yaml", "a: [", r"config\.yaml is not YAML as a run writes it"),
        ("windows.jsonl", "{\n", r"windows\.jsonl, line 1 is not JSON as a run writes it"),
    ],
)
def test_what_is_no_run_is_refused(folder: Path, file: str, text: str | None, message: str) -> None:
    (folder / file).unlink(missing_ok=True)
    if text is not None:
        (folder / file).write_text(text)
    with pytest.raises(RunError, match=message):
        write_report(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a folder; give a run folder"):
        write_report(tmp_path / "none")
