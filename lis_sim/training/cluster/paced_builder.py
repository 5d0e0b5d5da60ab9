"""The builder of a run that plays a window only when it is told to: a trial among others."""

from __future__ import annotations

import threading

import ray

from lis_sim.data.dataset import Dataset
from lis_sim.preference import BuilderPlan
from lis_sim.training.cluster.builder_actor import BuilderActor
from lis_sim.training.cluster.watchdog import Watchdog

PACE = "pace"  # the threads in which workers wait, beside the one that builds
THREADS = 8  # workers that were lost may have left one waiting each


class PacedBuilderActor(BuilderActor):
    """A builder that also says when the next window may be played.

    It forgets how far that is when it is started again: whoever allows says so again.
    """

    def __init__(self, plan: BuilderPlan, dataset: Dataset, watchdog: Watchdog) -> None:
        super().__init__(plan, dataset, watchdog)
        self._told = threading.Condition()
        self._allowed = 0
        self._stopped = False

    @ray.method(concurrency_group=PACE)  # type: ignore[untyped-decorator, unused-ignore]
    def allow(self, windows: int) -> None:
        """Let the first ``windows`` windows be played."""
        with self._told:
            self._allowed = max(self._allowed, windows)
            self._told.notify_all()

    @ray.method(concurrency_group=PACE)  # type: ignore[untyped-decorator, unused-ignore]
    def stop(self) -> None:
        """Let no further window be played: the run ends, and goes on with another."""
        with self._told:
            self._stopped = True
            self._told.notify_all()

    @ray.method(concurrency_group=PACE)  # type: ignore[untyped-decorator, unused-ignore]
    def may_play(self, window: int) -> bool:
        """Return True once ``window`` may be played, False once the run is to end."""
        with self._told:
            self._told.wait_for(lambda: self._stopped or window < self._allowed)
            return not self._stopped
