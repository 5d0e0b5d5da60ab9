"""One process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, wait: bool) -> Iterator[None]:
    """Hold the lock ``.NAME.lock`` beside ``path`` while the block runs.

    Taken already: :class:`BlockingIOError` unless ``wait``. The system frees the lock of a
    process that was killed, so a file left behind locks nobody out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
