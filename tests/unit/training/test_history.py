"""A history that was changed between two commands is not gone on from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lis_sim.errors import RunError
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder

WINDOWS = 4


def record(window: int) -> dict[str, Any]:
    return {"window": window, "events": 5, "end_us": 7, "arms": [], "scores": []}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    one = RunFolder(tmp_path)
    committer = Committer(one)
    for window in range(WINDOWS):
        committer.commit(record(window), {"window": window, "seconds": 1.0})
    one.checkpoints.complete(3, one.checkpoints.write_part(3, "stream", {}))
    return one


def edit(name: str, line: int, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        lines[line] = change(lines[line])
        (folder / name).write_bytes(b"".join(lines))

    return apply


def without_sums(change: Callable[[Path], None]) -> Callable[[Path], None]:
    """Change a folder of an earlier version."""

    def apply(folder: Path) -> None:
        path = folder / "timings.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        kept = ({k: v for k, v in line.items() if k != "history"} for line in lines)
        path.write_text("".join(f"{json.dumps(line)}\n" for line in kept))
        change(folder)

    return apply


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit("windows.jsonl", 1, lambda x: x.replace(b"5", b"6")), "line 2 is not what was"),
        (edit("windows.jsonl", 1, lambda x: x[:5] + b"\xff" + x[6:]), "line 2: byte 5 is not"),
        (edit("windows.jsonl", 0, lambda x: b""), "line 1 is not what was"),
        (
            edit("timings.jsonl", 2, lambda x: x.replace(b"{", b"")),
            r"timings\.jsonl, line 3 is not",
        ),
        (without_sums(edit("windows.jsonl", 1, lambda x: x[:9] + b"\n")), "line 2 is not JSON"),
        (without_sums(edit("windows.jsonl", 1, lambda x: b"{}\n")), r"windows\.jsonl, line 2 "),
    ],
)
def test_a_changed_line_is_refused(
    folder: RunFolder, change: Callable[[Path], None], told: str
) -> None:
    change(folder.path)
    before = (folder.path / "windows.jsonl").read_bytes()
    with pytest.raises(RunError, match=told):
        folder.go_back()
    assert (folder.path / "windows.jsonl").read_bytes() == before


def test_what_comes_after_the_checkpoint_may_be_anything(folder: RunFolder) -> None:
    edit("windows.jsonl", 3, lambda line: line.replace(b"5", b"6"))(folder.path)
    edit("timings.jsonl", 3, lambda line: b"{\n")(folder.path)
    assert folder.go_back() == 3
    assert Committer(folder).commit(record(3), {"window": 3, "seconds": 1.0})
    folder.checkpoints.complete(4, folder.checkpoints.write_part(4, "stream", {}))
    assert folder.go_back() == 4  # the sums go on through what was cut


def test_without_wall_times_a_run_goes_on(folder: RunFolder) -> None:
    (folder.path / "timings.jsonl").unlink()
    assert folder.go_back() == 3


def test_a_run_that_lost_its_wall_times_and_was_killed_again_goes_on(folder: RunFolder) -> None:
    """Failed before: the sums were taken for those of the first lines."""
    (folder.path / "timings.jsonl").unlink()
    assert folder.go_back() == 3
    committer = Committer(folder)
    for window in (3, 4):
        committer.commit(record(window), {"window": window, "seconds": 1.0})
    folder.checkpoints.complete(5, folder.checkpoints.write_part(5, "stream", {}))
    assert folder.go_back() == 5
    edit("windows.jsonl", 4, lambda line: line.replace(b"5", b"6"))(folder.path)
    with pytest.raises(RunError, match="line 5 is not what was"):
        folder.go_back()
