"""Where the time of a run goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STAGES = ("read", "env", "score", "train", "build", "metrics", "write")


class StageClock:
    """Adds up seconds per stage; a stage inside another is not counted twice.

    >>> clock = StageClock()
    >>> with clock.stage("env"):
    ...     with clock.stage("read"):
    ...         pass
    >>> sorted(clock.take()) == sorted(STAGES)
    True
    """

    def __init__(self) -> None:
        self.beat: Callable[[], None] = _nothing  # called whenever a stage begins or ends
        self._seconds = dict.fromkeys(STAGES, 0.0)
        self._open: list[float] = []  # seconds already given to inner stages

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of the block as ``name``'s."""
        self.beat()
        start = time.perf_counter()
        self._open.append(0.0)
        try:
            yield
        finally:
            total = time.perf_counter() - start
            self._seconds[name] += total - self._open.pop()
            if self._open:
                self._open[-1] += total
            self.beat()

    def take(self) -> dict[str, float]:
        """Return the seconds since the last call and start again."""
        taken = self._seconds
        self._seconds = dict.fromkeys(STAGES, 0.0)
        return taken


def _nothing() -> None:
    """Without a watchdog nobody listens."""
