"""The builder in a process of its own: it builds the next window while this one trains."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.errors import LisSimError
from lis_sim.preference import Builder, BuilderPlan
from lis_sim.preference.builder import State
from lis_sim.training.cluster.watchdog import Watchdog


class BuilderActor:
    """Serves every worker the same representations, read-only and built once.

    It also keeps the error of ours that ended the run, for the driver to raise. One window is a
    step to its ``watchdog``.
    """

    def __init__(self, plan: BuilderPlan, dataset: Dataset, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._plan = plan
        self._dataset = dataset
        self._builder: Builder | None = None
        self._shown: dict[int, tuple[Any, float]] = {}
        self._next = 0
        self._failure: LisSimError | None = None

    def start(self, window: int, state: Mapping[str, NDArray[np.generic]] | None) -> None:
        """Go (back) to ``window``; reads the log, so what is wrong with it is raised here."""
        with self._watchdog.working():
            if self._builder is None:
                self._builder = Builder(self._plan, self._dataset)
            self._builder.start(window, state)
        self._shown = {}
        self._next = window

    def shown(self, window: int) -> tuple[Any, float]:
        """Return what changes with ``window`` (a reference to it) and the seconds it took."""
        self.prepare(window)
        # A slower worker may still ask for the window before.
        self._shown = {k: one for k, one in self._shown.items() if k >= window - 1}
        return self._shown[window]

    def prepare(self, window: int) -> None:
        """Build up to ``window`` unless that was done before or the log has ended."""
        while self._next <= min(window, len(self._plan.windows) - 1):
            began = time.perf_counter()
            with self._watchdog.working():
                shown = self._started().build(self._next)
            self._shown[self._next] = (ray.put(shown), time.perf_counter() - began)
            self._next += 1

    def state(self, window: int) -> State:
        """Return the builder's state before ``window``."""
        if window == self._next:
            return self._started().snapshot()
        return self._started().state(window)

    def fail(self, error: LisSimError) -> None:
        """Remember what ended the run."""
        self._failure = error

    def failure(self) -> LisSimError | None:
        """Return what ended the run; None: nothing of ours."""
        return self._failure

    def _started(self) -> Builder:
        if self._builder is None:
            # Not an error of ours: Ray restarted this actor, and the workers must start over too.
            raise RuntimeError("the builder was asked for a window before it was started")
        return self._builder
