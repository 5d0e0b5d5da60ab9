"""When checkpoints are written: as often as asked, but for no more than a share of the time."""

from __future__ import annotations

import time
from collections.abc import Callable

from lis_sim.config import TrainingConfig


class Spacing:
    """Puts a checkpoint off until the time spent on them is the allowed share of all time.

    One is due after every ``checkpoint_windows`` windows and after the last, which holds only sums
    and is never put off. Another is, window by window, while the seconds that the run stood still
    for checkpoints, and those that this one may take, are more than ``checkpoint_share`` of the
    seconds since this process began. Nothing that is scored depends
    on it.
    """

    def __init__(self, training: TrainingConfig, clock: Callable[[], float] = time.perf_counter):
        self._every = training.checkpoint_windows
        self._share = training.checkpoint_share
        self._clock = clock
        self._began = clock()
        self._spent = 0.0
        self._expected = 0.0  # seconds of the next one
        self._put_off = False

    def due(self, window: int, windows: int) -> bool:
        """Whether a checkpoint follows ``window``, of ``windows``; ask once a window."""
        after = window + 1
        self._put_off |= after % self._every == 0
        written = after == windows or (self._put_off and self._affordable())
        self._put_off &= not written
        return written

    def took(self, seconds: float) -> None:
        """Say for how long the run stood still for the checkpoint that was due."""
        self._spent += seconds
        self._expected = seconds

    def _affordable(self) -> bool:
        if self._share >= 1.0:
            return True
        return self._spent + self._expected <= self._share * (self._clock() - self._began)
