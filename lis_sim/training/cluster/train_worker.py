"""What runs in every worker of the ``ray`` engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.errors import LisSimError
from lis_sim.training.cluster.rank_worker import RankWorker, Task, attempted
from lis_sim.training.cluster.ranks import Ranks, first_error
from lis_sim.training.cluster.watchdog import Watchdog
from lis_sim.training.cluster.worker_events import WorkerEvents
from lis_sim.training.folder import RunFolder


def train_worker(config: Mapping[str, Any]) -> None:
    """Run in every worker; an error of ours on any of them ends the run on all."""
    import ray

    task: Task = config["task"]
    seconds = task.plan.config.training.hang_seconds
    events = WorkerEvents(task.folder)
    ranks = Ranks.join(lambda rank: Watchdog(seconds, events.watched(f"worker {rank}")))
    try:
        failure = _play(task, ranks)
    finally:
        ranks.watchdog.stop()
    if failure is not None and ranks.first:
        ray.get(task.builder.fail.remote(failure))


def _play(task: Task, ranks: Ranks) -> LisSimError | None:
    """Play all windows that are not committed, reporting each once all workers have it."""
    from ray.train import report

    checkpoints = RunFolder(task.folder).checkpoints
    own: int | LisSimError | None = None
    if ranks.first:
        ranks.watchdog.alive()
        own = attempted(task, checkpoints.newest)
    found: int | LisSimError | None = ranks.from_first(own)
    if isinstance(found, LisSimError):
        return found
    first = 0 if found is None else found
    worker = attempted(task, lambda: RankWorker(task, ranks, first))
    failure = ranks.from_first(first_error(ranks.gather(first_error([worker]))))
    if failure is not None or isinstance(worker, LisSimError):
        return failure
    if ranks.first:
        WorkerEvents(task.folder).begun(first, ranks.size)
    for window in range(first, len(task.plan.windows)):
        if not _may_play(task, ranks, window):
            return None
        reported = worker.play(window)
        failure = ranks.from_first(first_error([reported]))
        if failure is not None or isinstance(reported, LisSimError):
            return failure
        with ranks.watchdog.waiting():
            report(reported)
    return None


def _may_play(task: Task, ranks: Ranks, window: int) -> bool:
    """Wait until ``window`` may be played; False: the run is to end before it."""
    import ray

    if not task.paced:
        return True
    with ranks.watchdog.waiting():
        mine = ranks.first and bool(ray.get(task.builder.may_play.remote(window)))
    return ranks.from_first(mine)
