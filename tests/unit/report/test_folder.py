"""Reports written into run folders, and the folders that cannot have one."""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lis_sim.errors import RunError, StorageError
from lis_sim.report import render_report, write_report, write_whole
from tests.unit.report.example import records, summary


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "summary.json").write_text(json.dumps(summary()))
    lines = "".join(json.dumps(record) + "\n" for record in records(8, 2))
    (tmp_path / "windows.jsonl").write_text(lines)
    (tmp_path / "config.yaml").write_text("seed: 7\n")
    return tmp_path


def test_the_page_of_a_folder_is_the_page_of_its_records(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    path = write_report(folder)
    assert path == folder / "report.html"
    assert path.read_text() == render_report(summary(), records(8, 2), "seed: 7\n")
    assert {path.name for path in folder.iterdir()} == before | {"report.html"}


def test_two_who_write_the_same_page_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "report.html"

    def write(letter: str) -> None:
        for _ in range(200):
            write_whole(path, letter * 50_000)

    with ThreadPoolExecutor(2) as both:
        list(both.map(write, "ab"))
    assert set(path.read_text()) in ({"a"}, {"b"})
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.html" / "in_the_way").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"report\.html: a folder lies where a file"):
        write_whole(tmp_path / "report.html", "page")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_with_only_a_summary_still_has_tables(folder: Path) -> None:
    (folder / "windows.jsonl").unlink()
    (folder / "config.yaml").unlink()
    page = write_report(folder).read_text()
    assert "+0.00230" in page
    assert "resolved config.yaml" not in page


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("summary.json", "{", r"summary\.json is not JSON as a run writes it"),
        ("summary.json", "[]", r"summary\.json holds a list, not a JSON object"),
        ("windows.jsonl", '{"window"', r"windows\.jsonl, line 1 is not JSON as a run writes it"),
    ],
)
def test_broken_folders_are_refused_and_the_old_page_stays(
    folder: Path, file: str, text: str | None, message: str
) -> None:
    (folder / "report.html").write_text("old")
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text)
    with pytest.raises(RunError, match=message):
        write_report(folder)
    assert (folder / "report.html").read_text() == "old"


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = [f".report.html.{pid}.unfinished" for pid in (f"{gone.pid}-7", f"{os.getpid()}-7")]
    for name in (*names, ".report.html.mine-7.unfinished"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, time.time() - 700))
    (tmp_path / f".report.html.{gone.pid}-8.unfinished").touch()
    write_whole(tmp_path / "report.html", "page")
    assert {one.name for one in tmp_path.iterdir()} == {
        "report.html",
        f".report.html.{os.getpid()}-7.unfinished",  # of another thread of a writer that lives
        ".report.html.mine-7.unfinished",  # of nobody known
        f".report.html.{gone.pid}-8.unfinished",  # fresh: its writer may live on another machine
    }
