"""One process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, wait: bool) -> Iterator[None]:
    """Hold the lock ``.NAME.lock`` beside ``path`` while the block runs.

    Taken already: :class:`BlockingIOError` unless ``wait``. The system frees the lock of a
    process that was killed, so a file left behind locks nobody out. A link of that name, which
    others may have put into a shared folder, is an :class:`OSError`; nothing is ever written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # For reading and writing: a pipe of that name is then opened at once, and locked like a file.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path.parent / f".{path.name}.lock", flags, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
