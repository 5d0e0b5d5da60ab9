"""The history is written once, in order, in whole lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.errors import RunError
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder
from lis_sim.training.lines import append_line, complete_lines, cut_to


def record(window: int, **values: Any) -> dict[str, Any]:
    return {"window": window, **values}


@pytest.fixture
def committer(tmp_path: Path) -> Committer:
    committer = Committer(RunFolder(tmp_path))
    for window in range(3):
        assert committer.commit(record(window, auc=0.5), {"window": window})
    return committer


def windows(folder: Path) -> list[int]:
    return [json.loads(line)["window"] for line in (folder / "windows.jsonl").open()]


def test_a_repeated_window_is_compared_and_dropped(committer: Committer, tmp_path: Path) -> None:
    assert not committer.commit(record(1, auc=0.5), {"window": 1, "seconds": 9.0})
    assert windows(tmp_path) == [0, 1, 2]
    assert len((tmp_path / "timings.jsonl").read_text().splitlines()) == 3


def test_a_window_with_another_result_is_an_error(committer: Committer, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="window 1 was computed again with another result"):
        committer.commit(record(1, auc=0.6), {"window": 1})
    assert windows(tmp_path) == [0, 1, 2]


def test_a_gap_is_an_error(committer: Committer, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="window 4 was reported after 3 committed windows"):
        committer.commit(record(4), {"window": 4})
    assert windows(tmp_path) == [0, 1, 2]


def test_not_a_number_is_never_written(committer: Committer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        committer.commit(record(3, auc=float("nan")), {"window": 3})
    assert windows(tmp_path) == [0, 1, 2]


def test_half_a_line_is_dropped(committer: Committer, tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes(path.read_bytes()[:-4])
    again = Committer(RunFolder(tmp_path))
    assert again.commit(record(2, auc=0.5), {"window": 2})
    assert windows(tmp_path) == [0, 1, 2]
    timings = (tmp_path / "timings.jsonl").read_text().splitlines()
    assert [json.loads(line)["window"] for line in timings] == [0, 1, 2]


def test_going_back_cuts_the_history_to_the_checkpoint(
    committer: Committer, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    files = folder.checkpoints.write_part(2, "stream", {})
    folder.checkpoints.complete(2, files)
    with (tmp_path / "windows.jsonl").open("a") as file:
        file.write('{"window": 3, "au')
    assert folder.go_back() == 2
    assert windows(tmp_path) == [0, 1]


@settings(max_examples=20)  # each line waits for the disk
@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), max_size=6),
    half=st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=5),
    kept=st.integers(0, 6),
)
def test_lines_survive_and_halves_do_not(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], half: str, kept: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    for line in lines:
        append_line(path, line)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(half)
    assert list(complete_lines(path)) == lines
    cut_to(path, kept)
    assert list(complete_lines(path)) == lines[:kept]
    assert path.read_bytes() == "".join(f"{line}\n" for line in lines[:kept]).encode()
