"""Following files that grow, are cut back, and end in half a line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import RunError
from lis_sim.monitoring import LineFollower, RunFollower


def lines(*windows: int) -> bytes:
    return b"".join(json.dumps({"window": k, "text": "é"}).encode() + b"\n" for k in windows)


@given(st.integers(0, 12), st.lists(st.integers(0, 400), max_size=8))
def test_any_way_of_cutting_the_writes_hands_out_every_record_once(
    count: int, cuts: list[int]
) -> None:
    whole = lines(*range(count))
    ends = sorted({min(cut, len(whole)) for cut in cuts} | {len(whole)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "windows.jsonl"
        follower, seen = LineFollower(path), []
        for end in ends:
            path.write_bytes(whole[:end])
            seen += [record["window"] for record in follower.read()]
    assert seen == list(range(count))


def test_a_file_cut_back_by_a_resume_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    follower = LineFollower(path)
    path.write_bytes(lines(0, 1, 2))
    assert [record["window"] for record in follower.read()] == [0, 1, 2]
    path.write_bytes(lines(0))
    assert follower.read() == []
    path.write_bytes(lines(0, 1, 2, 3))
    assert [record["window"] for record in follower.read()] == [3]


@pytest.mark.parametrize("line", ["not json", "[1]", "{}", '{"window": "1"}'])
def test_a_broken_line_is_an_error_that_names_the_file(tmp_path: Path, line: str) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(RunError, match=r"windows\.jsonl: this line is not a committed record"):
        LineFollower(path).read()


def test_a_run_folder_gives_its_newest_record_and_summed_seconds(tmp_path: Path) -> None:
    follower = RunFollower(tmp_path)
    assert follower.latest() is None
    assert follower.stage_seconds() == {}
    (tmp_path / "windows.jsonl").write_bytes(lines(0, 1))
    timings = [
        {"window": 0, "stages": {"read": 0.5, "train": 2.0}, "seconds": 2.5},
        {"window": 1, "stages": {"train": 1.0, "write": 0.25}, "seconds": 1.25},
    ]
    (tmp_path / "timings.jsonl").write_text("".join(json.dumps(t) + "\n" for t in timings))
    latest = follower.latest()
    assert latest is not None
    assert latest["window"] == 1
    assert follower.latest() is latest
    assert follower.stage_seconds() == {"read": 0.5, "train": 3.0, "write": 0.25}
