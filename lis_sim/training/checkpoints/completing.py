"""Makes checkpoints valid beside the windows that come next."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from lis_sim.training.checkpoints.checkpoints import Checkpoints

_SMALL = 32 << 20  # bytes; what is less is on the disk sooner than a thread pays


class Completing:
    """One checkpoint at a time: its files are written, their checksums and manifest are not.

    The system holds what was written, so training need not wait for the disk, nor be copied.
    Killed meanwhile, a run goes back to the checkpoint before.
    """

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def begin(self, window: int, files: Mapping[str, Any]) -> None:
        """Complete the checkpoint before ``window``, all windows before which are committed.

        Small ones are complete on return.
        """
        self.wait()
        if sum(one["bytes"] for one in files.values() if "sha256" not in one) < _SMALL:
            self._checkpoints.complete(window, files)
            return
        self._thread = threading.Thread(
            target=self._complete, args=(window, files), name="lis-sim-checkpoint"
        )
        self._thread.start()

    def wait(self) -> None:
        """Return once what was begun is complete; raise what kept it from being so."""
        self.close()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Return once nothing is being written any more, whatever came of it."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _complete(self, window: int, files: Mapping[str, Any]) -> None:
        try:
            self._checkpoints.complete(window, files)
        except BaseException as error:  # for the thread that asked
            self._failure = error
