"""Files of one JSON object a line that survive a crash in the midst of a write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lis_sim.data.sync import sync
from lis_sim.errors import RunError
from lis_sim.plain import as_object


def complete_lines(path: Path) -> Iterator[str]:
    """Yield the lines of ``path`` that end; what a crash left of the last one is dropped.

    Lines come without their newline; a file that does not exist has none. One that is not UTF-8
    is a :class:`RunError`.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield _decoded(f"{path}, line {number}", line[:-1])


def complete_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects in the complete lines of ``path``.

    Raises:
        RunError: a line holds something else: it was changed, or the disk lost it.
    """
    for number, line in enumerate(complete_lines(path), 1):
        yield as_object(line, f"{path}, line {number}")


def append_line(path: Path, line: str) -> None:
    """Append ``line`` and wait until the disk has it; half a line does not stay."""
    new = not path.exists()
    with path.open("ab", buffering=0) as file:
        end = file.tell()
        try:
            _write_all(file.fileno(), f"{line}\n".encode())
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), end)
            raise
    if new:
        sync(path.parent)  # its name, too


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


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _decoded(where: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RunError(
            f"{where}: byte {error.start} is not UTF-8; the file was changed, or the disk is "
            "damaged: copy it back, or begin again with --restart"
        ) from error
