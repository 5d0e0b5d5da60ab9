"""Lines of a file are whole: what could not be written leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from lis_sim.errors import RunError
from lis_sim.training.lines import append_line, complete_lines, complete_records


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed before: the next line of the same process was glued to half a line."""
    path = tmp_path / "windows.jsonl"
    append_line(path, "first")
    true = os.write

    def full(handle: int, content: bytes) -> int:
        if len(content) > 3:
            return true(handle, content[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            append_line(path, "second")
    append_line(path, "third")
    assert path.read_text() == "first\nthird\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a": 1}\n\xff\xfe\n', "line 2: byte 0 is not UTF-8"),
        (b'{"a": 1}\n{"a": 2\n', "line 2 is not JSON"),
        (b"[1]\n", "line 1 holds a list"),
        (b'{"a": NaN}\n', "line 1 is not JSON"),
        (b"[" * 100_000 + b"\n", "line 1 is not JSON"),
    ],
)
def test_what_is_no_record_is_told_by_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes(content)
    with pytest.raises(RunError, match=told):
        list(complete_records(path))


def test_half_a_line_may_be_anything(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes(b'{"a": 1}\n\xff\xfe')
    assert list(complete_records(path)) == [{"a": 1}]
    assert list(complete_lines(tmp_path / "none")) == []
