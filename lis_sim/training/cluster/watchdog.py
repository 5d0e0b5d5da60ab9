"""A process that stands still ends itself, and leaves behind where it stood."""

from __future__ import annotations

import faulthandler
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_MOST_OFTEN = 1.0  # seconds between two times of setting the alarm; each makes a thread


class Watchdog:
    """Ends this process when nobody said :meth:`alive` for ``seconds``; 0: never.

    The alarm is a thread of C, so a loop that never lets go of the interpreter is ended as well.
    Every thread's place is written to ``file`` first. Waiting for others, who have watchdogs of
    their own, is not standing still: see :meth:`waiting`.

    >>> watchdog = Watchdog(0, Path("/dev/null"))
    >>> watchdog.alive()
    >>> with watchdog.waiting():
    ...     pass
    """

    def __init__(self, seconds: float, file: Path) -> None:
        self._seconds = seconds
        self._path = file
        self._file: TextIO | None = None
        self._set = -_MOST_OFTEN

    def alive(self) -> None:
        """Say that this process goes on: a step, or a part of one, has ended."""
        if not self._seconds:
            return
        now = time.monotonic()
        if now - self._set >= min(_MOST_OFTEN, self._seconds / 10):
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("w", encoding="utf-8")
            self._set = now
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._file)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Do not count the time of the block, which waits for other processes."""
        self.stop()
        try:
            yield
        finally:
            self.alive()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count the time of the block alone, as one step: what comes between is rest."""
        self.alive()
        try:
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        """Set no alarm any more, until :meth:`alive` is said again."""
        if self._seconds:
            faulthandler.cancel_dump_traceback_later()
            self._set = -_MOST_OFTEN


def stood_at(file: Path) -> str | None:
    """Return where the process that wrote ``file`` stood when it was ended; None: it was not.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "still"
    ...     _ = file.write_text('''Timeout (0:30:00)!
    ... Thread 0x0001 (most recent call first):
    ...   File "poll.py", line 3 in poll
    ...
    ... Thread 0x0002 (most recent call first):
    ...   File "ranker.py", line 12 in update
    ...   File "/x/lis_sim/training/loop.py", line 116 in run_window
    ... ''')
    ...     stood_at(file)
    'File "ranker.py", line 12 in update'
    """
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    threads = [thread.splitlines()[1:] for thread in text.split("Thread ")[1:]]
    ours = [thread for thread in threads if any("lis_sim" in line for line in thread)]
    places = [thread[0].strip() for thread in ours or threads if thread]
    return places[0] if places else None
