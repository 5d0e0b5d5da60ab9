"""A trial with a Ray Train run of its own: several workers, or a GPU."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from lis_sim.errors import RunError
from lis_sim.search.nested_groups import free_left_groups
from lis_sim.search.nested_share import NestedShare
from lis_sim.training.api import PreparedRun, finish
from lis_sim.training.cluster.engine import Share, run_ray
from lis_sim.training.folder import WINDOWS

_LOOK_S = 0.02  # between two looks at the folder
_PATIENCE_S = 600.0  # for a run that is told to end before it has played anything
_REPEAT_S = 2.0  # between two times of telling a builder that may have been started again


class NestedPlayer:
    """The ``ray`` engine in a thread of the trial's process, one window at a time.

    The Ray Train run commits windows as any does, through its controller, but asks before each
    one: so nothing is played that the search does not want, and a trial that is stopped ends
    its run in order, which frees its workers' places in Ray.
    """

    def __init__(self, prepared: PreparedRun, share: NestedShare) -> None:
        self._prepared = prepared
        self._share = Share(share.workers, share.cpus, share.gpus, self._take_builder)
        self._records = prepared.folder.path / WINDOWS
        self._size = -1  # of the records, when we last looked
        self._size_at_start = -1
        self._builder: Any = None
        self._thread: threading.Thread | None = None
        self._ended: BaseException | dict[str, Any] | None = None  # error or facts of the run

    def play(self, window: int) -> None:
        """Let ``window`` be played and return once the records have grown."""
        self._start()
        told = -_REPEAT_S
        while True:
            ended = self._ended  # read first: a run may end right after its last window
            if self._size != (size := self._length()):
                self._size = size
                return
            if ended is not None:
                self._raise_if_failed()
                raise RunError(
                    f"the Ray Train run of {self._prepared.folder.path} ended before window "
                    f"{window}; the same command goes on from its last checkpoint"
                )
            if time.monotonic() - told > _REPEAT_S and self._tell("allow", window + 1):
                free_left_groups()  # else the workers could wait for what a dead trial holds
                told = time.monotonic()
            time.sleep(_LOOK_S)

    def save(self) -> None:
        """Do nothing: the run's own checkpoints must do; up to those windows play again."""

    def finish(self) -> None:
        """Wait for the end of the run, if it goes on, and write the summary."""
        folder, windows = self._prepared.folder, len(self._prepared.plan.windows)
        if folder.finished:
            return
        if self._thread is None and folder.checkpoints.newest() != windows:
            self._start()
        while self._thread is not None and self._thread.is_alive():
            told = self._tell("allow", windows)
            self._thread.join(_REPEAT_S if told else _LOOK_S)
        self._raise_if_failed()
        finish(self._prepared)

    def close(self) -> None:
        """End the run after the window that is being played, and wait for that.

        A run that has committed nothing may have got no workers, and then never ends:
        :class:`RunError` after a while, and the folder stays held for as long as this process.
        """
        began = time.monotonic()
        while self._thread is not None and self._thread.is_alive():
            self._tell("stop")
            self._thread.join(_REPEAT_S)
            idle = self._length() == self._size_at_start
            if idle and self._thread.is_alive() and time.monotonic() - began > _PATIENCE_S:
                raise RunError(
                    f"the Ray Train run of {self._prepared.folder.path} has not played a window "
                    f"and does not end, {_PATIENCE_S:.0f} s after it was told to: Ray may have no "
                    "processors for its workers; take fewer trials at once (search.concurrent)"
                )

    def _start(self) -> None:
        if self._thread is None:
            self._prepared.folder.go_back()
            self._size = self._size_at_start = self._length()
            self._thread = threading.Thread(target=self._run, name="nested", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        device = self._prepared.plan.config.training.device
        try:
            self._ended = run_ray(self._prepared.plan, self._prepared.folder, device, self._share)
        except BaseException as error:  # handed to the thread that plays, whatever it is
            self._ended = error

    def _take_builder(self, builder: Any) -> None:
        self._builder = builder

    def _tell(self, method: str, *arguments: int) -> bool:
        """Call a method of the builder, of which there is none before the run has begun."""
        import ray

        if self._builder is None:
            return False
        with suppress(ray.exceptions.RayError):  # gone: its run ends, or it is started again
            getattr(self._builder, method).remote(*arguments)
        return True

    def _length(self) -> int:
        return self._records.stat().st_size if self._records.exists() else 0

    def _raise_if_failed(self) -> None:
        if isinstance(self._ended, BaseException):
            raise self._ended
