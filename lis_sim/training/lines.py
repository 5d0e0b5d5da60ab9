"""Files of one JSON object a line that survive a crash in the midst of a write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def complete_lines(path: Path) -> Iterator[str]:
    """Yield the lines of ``path`` that end; what a crash left of the last one is dropped.

    Lines come without their newline; a file that does not exist has none.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            if line.endswith("\n"):
                yield line[:-1]


def append_line(path: Path, line: str) -> None:
    """Append ``line`` and wait until the disk has it."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def cut_to(path: Path, lines: int) -> None:
    """Cut ``path`` back to its first ``lines`` lines (or as many as it has), half ones dropped."""
    if not path.is_file():
        return
    end = 0
    with path.open("r+b") as file:
        for _ in range(lines):
            line = file.readline()
            if not line.endswith(b"\n"):
                break
            end += len(line)
        file.truncate(end)
        os.fsync(file.fileno())
