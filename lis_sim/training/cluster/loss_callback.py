"""Decides whether lost workers are started again; runs in Ray Train's controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ray.train import Checkpoint, UserCallback

from lis_sim.data.storing import KEPT
from lis_sim.errors import RunError
from lis_sim.training.cluster.losses import Loss, loss_of
from lis_sim.training.cluster.worker_events import WorkerEvents, after
from lis_sim.training.memory import GO_ON, MORE_MEMORY

_REMEDIES = {
    "memory": MORE_MEMORY,
    "killed": f"if memory ran out there, {MORE_MEMORY}",
    "still": "look why it stands there (a step that takes so long needs more "
    f"training.hang_seconds), {GO_ON}",
    "node": f"start the machine again, {GO_ON}",
}


class LossCallback(UserCallback):  # type: ignore[misc, unused-ignore]  # Ray ships no types
    """Lets Ray Train start lost workers again, so many times without a further window.

    Counted from the furthest window on: a run of weeks may lose many machines, but one that is
    lost again and again at the same place would never end.
    """

    def __init__(self, folder: Path, restarts: int) -> None:
        self._events = WorkerEvents(folder)
        self._restarts = restarts
        self._furthest = -1  # window that all workers have reported
        self._lost = 0  # times since

    def after_report(
        self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Checkpoint | None
    ) -> None:
        """Note that the run has come further."""
        window = int(metrics[0]["window"])
        if window > self._furthest:
            self._furthest, self._lost = window, 0

    def after_exception(self, run_context: Any, worker_exceptions: dict[int, Exception]) -> None:
        """Note what was lost; :class:`RunError` when that happened too often here."""
        self._lost += 1
        loss = loss_of(worker_exceptions, self._events.stood())
        if self._lost > self._restarts:
            raise RunError(self._over(loss))
        self._events.lost(loss, self._furthest + 1)

    def _over(self, loss: Loss) -> str:
        remedy = _REMEDIES.get(loss.cause, f"see to that, {GO_ON}")
        often = f", the last of {self._lost} times without a further window" * (self._lost > 1)
        return (
            f"{loss.text}, {after(self._furthest + 1)}{often} (training.restarts is "
            f"{self._restarts}); {KEPT}; {remedy}"
        )
