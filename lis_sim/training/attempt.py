"""Which command writes a run's history: one that was killed may have left its controller behind.

The lock of the folder goes with the command's process. A controller of Ray Train is another one,
perhaps on another machine, and ends a little later: until then it must not commit any more.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lis_sim.errors import RunError

ATTEMPT = ".attempt"


def new_attempt(folder: Path) -> None:
    """Take the history over; whoever wrote it until now commits nothing from here on."""
    with (folder / ATTEMPT).open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # a commit that has begun comes to its end first
        file.truncate(0)
        file.write(uuid.uuid4().hex)


def current_attempt(folder: Path) -> str:
    """Return who writes the history now; empty when nobody does."""
    path = folder / ATTEMPT
    return path.read_text(encoding="ascii") if path.is_file() else ""


@contextmanager
def committing(folder: Path, attempt: str) -> Iterator[None]:
    """Keep others from taking the history over while the block commits to it.

    Raises:
        RunError: somebody has taken it over since ``attempt`` was the current one.
    """
    try:
        file = (folder / ATTEMPT).open(encoding="ascii")
    except FileNotFoundError as error:
        raise _taken_over(folder) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not attempt or file.read() != attempt:
            raise _taken_over(folder)
        yield


def end_attempts(folder: Path) -> None:
    """Let nobody commit any more: the history is whole."""
    (folder / ATTEMPT).unlink(missing_ok=True)


def _taken_over(folder: Path) -> RunError:
    return RunError(
        f"another command goes on with {folder}, or has ended it; accepted: one at a time; nothing "
        "was committed twice"
    )
