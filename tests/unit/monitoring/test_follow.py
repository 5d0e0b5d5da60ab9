"""Following files that grow, are cut back, and end in half a line."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import RunError
from lis_sim.monitoring import LineFollower, RunFollower
from tests.unit.monitoring.records import drift_event, record


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


def test_a_run_is_finished_by_its_summary_or_by_who_began_it(tmp_path: Path) -> None:
    ended, summed = RunFollower(tmp_path), RunFollower(tmp_path)
    assert not ended.finished()
    ended.end()
    assert ended.finished()
    assert ended.account().finished
    assert not summed.finished()
    (tmp_path / "summary.json").touch()
    assert summed.account().finished


def test_a_file_cut_back_by_a_resume_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    follower = LineFollower(path)
    path.write_bytes(lines(0, 1, 2))
    assert [record["window"] for record in follower.read()] == [0, 1, 2]
    path.write_bytes(lines(0))
    assert follower.read() == []
    path.write_bytes(lines(0, 1, 2, 3))
    assert [record["window"] for record in follower.read()] == [3]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6), st.data())
def test_wherever_it_is_cut_back_and_however_it_grows_every_window_comes_once(
    widths: list[int], data: st.DataObject
) -> None:
    """Lines of a resumed run may have other lengths: wall times never repeat."""

    def lines(attempt: int, count: int) -> bytes:
        texts = [
            json.dumps({"window": k, "of": attempt, "t": "x" * w}) for k, w in widths_of(count)
        ]
        return "".join(text + "\n" for text in texts).encode()

    def widths_of(count: int) -> list[tuple[int, int]]:
        return [(k, widths[k % len(widths)] * (k + 1) % 301) for k in range(count)]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timings.jsonl"
        follower, seen, most = LineFollower(path), [], 0
        for attempt in range(4):
            kept = data.draw(st.integers(0, most))
            count = data.draw(st.integers(kept, kept + 5))
            before = b"".join(path.read_bytes().splitlines(True)[:kept]) if attempt else b""
            new = lines(attempt, count).splitlines(True)[kept:]
            path.write_bytes(before + b"".join(new))
            seen += [record["window"] for record in follower.read()]
            most = max(most, count) if kept == most else count
        assert seen == list(range(len(seen)))


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
    account = follower.account()
    assert (account.window, account.finished, account.times.seconds) == (1, False, 3.75)
    assert sum(account.times.windows) == 2
    (tmp_path / "summary.json").write_text("{}")
    assert follower.account().finished


def test_a_file_cut_back_was_not_committed_to(tmp_path: Path) -> None:
    """Its time changes, but what matters is when the newest window came."""
    path, follower = tmp_path / "windows.jsonl", RunFollower(tmp_path)
    assert follower.account().committed_s is None
    path.write_bytes(lines(0, 1, 2))
    os.utime(path, (1000.0, 1000.0))
    assert follower.account().committed_s == 1000.0
    path.write_bytes(lines(0))
    assert follower.account().committed_s == 1000.0
    path.write_bytes(lines(0, 1, 2, 3))
    os.utime(path, (2000.0, 2000.0))
    assert follower.account().committed_s == 2000.0


def test_drift_is_counted_over_all_windows_and_once(tmp_path: Path) -> None:
    path, follower = tmp_path / "windows.jsonl", RunFollower(tmp_path)
    told = [record(k, drift=[drift_event()] if k in (1, 3) else []) for k in range(5)]
    texts = [json.dumps(one) + "\n" for one in told]
    path.write_text("".join(texts[:4]))
    before = follower.account()
    path.write_text("".join(texts[:2]))  # a resume cuts back
    follower.account()
    path.write_text("".join(texts))
    thing = ("series", "lis_crossfit", "", "preference-data")
    assert before.drift.counts == follower.account().drift.counts == {thing: 2}
    (newest,) = follower.account().drift.newest.values()
    assert (newest.window, newest.change, newest.since_s) == (3, -0.02, 2.0)
