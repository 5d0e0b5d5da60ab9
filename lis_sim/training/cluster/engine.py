"""The ``ray`` engine: one long Ray Train run in which every worker trains some of the cells."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lis_sim.errors import RunError
from lis_sim.training.cluster.failures import explained
from lis_sim.training.cluster.notices import telling
from lis_sim.training.cluster.rank_worker import Task
from lis_sim.training.cluster.scaling import Share as Share
from lis_sim.training.cluster.scaling import asked_of, scaling_of, tries
from lis_sim.training.cluster.session import ray_session
from lis_sim.training.cluster.train_worker import train_worker
from lis_sim.training.cluster.watchdog import Watchdog
from lis_sim.training.cluster.worker_events import WorkerEvents
from lis_sim.training.folder import RAY, RunFolder
from lis_sim.training.plan import RunPlan

BUILDER = "the builder"  # as its watchdog calls it


def run_ray(
    plan: RunPlan, folder: RunFolder, device: str, share: Share | None = None
) -> dict[str, Any]:
    """Play the windows that are not committed yet; return facts for the summary.

    Without ``share`` the run has the whole session and ends with the log. With one it may end at
    any window, and goes on later from its last checkpoint.
    """
    with ray_session(plan.config.training.ray_address) as ray:
        scaling = scaling_of(ray.cluster_resources(), plan, share)
        asked = asked_of(scaling, plan)
        facts = {"workers": asked.workers, "device": "cuda" if scaling.use_gpu else "cpu"}
        folder.note_engine(facts)
        shutil.rmtree(folder.path / RAY, ignore_errors=True)  # of a killed attempt
        builder = _builder(ray, plan, share, folder)
        try:
            task = Task(plan, folder.path, builder, paced=share is not None)
            with _own_interrupt(), telling(folder.path, asked, lambda: _resources(ray)):
                _trainer(task, folder, scaling).fit()
            failure = ray.get(builder.failure.remote())
        except Exception as error:
            raise explained(error, folder.path, asked) from error
        finally:
            # Else it stays while somebody holds this error, in a session that is not ours.
            with suppress(ray.exceptions.RayError):
                builder.__ray_terminate__.remote()
            shutil.rmtree(folder.path / RAY, ignore_errors=True)
    if failure is not None:
        raise failure
    if share is None and folder.checkpoints.newest() != len(plan.windows):
        raise RunError(
            "the Ray Train run ended before the log did; the same command goes on from the last "
            "checkpoint"
        )
    return facts


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Give back what was to be done at Ctrl-C: Ray Train takes that for itself, and keeps it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:  # so it leaves
        raise KeyboardInterrupt from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _resources(ray: Any) -> dict[str, float]:
    """Return what all machines have; nothing when Ray's GCS does not answer any more."""
    try:
        found: dict[str, float] = ray.cluster_resources()
    except (ray.exceptions.RayError, RuntimeError):
        return {}
    return found


def _builder(ray: Any, plan: RunPlan, share: Share | None, folder: RunFolder) -> Any:
    """Return the handle of the run's builder, paced if it shares the session.

    It lies on the machine of this process, which nothing survives: the loss of any other costs
    workers alone. How often all start again is decided where workers are.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    options: dict[str, Any] = {"num_cpus": 0, "max_restarts": -1, "scheduling_strategy": here}
    seconds = plan.config.training.hang_seconds
    watchdog = Watchdog(seconds, WorkerEvents(folder.path).watched(BUILDER))
    if share is None:
        from lis_sim.training.cluster.builder_actor import BuilderActor

        return ray.remote(**options)(BuilderActor).remote(plan.builder, plan.log, watchdog)
    from lis_sim.training.cluster.paced_builder import PACE, THREADS, PacedBuilderActor

    actor = ray.remote(concurrency_groups={PACE: THREADS}, **options)(PacedBuilderActor)
    builder = actor.remote(plan.builder, plan.log, watchdog)
    share.paced(builder)
    return builder


def _trainer(task: Task, folder: RunFolder, scaling: Any) -> Any:
    from ray.train import RunConfig
    from ray.train.torch import TorchTrainer
    from ray.train.v2.api.config import FailureConfig

    from lis_sim.training.cluster.commit_callback import CommitCallback
    from lis_sim.training.cluster.loss_callback import LossCallback

    config = task.plan.config.training
    callbacks: list[Any] = [CommitCallback(folder.path), LossCallback(folder.path, config.restarts)]
    return TorchTrainer(
        train_worker,
        train_loop_config={"task": task},
        scaling_config=scaling,
        run_config=RunConfig(
            # A name of its own: which window to go on from is read from our checkpoints.
            name=f"attempt-{time.time_ns()}",
            storage_path=str(folder.path / RAY),
            callbacks=callbacks,
            failure_config=FailureConfig(
                max_failures=-1,  # LossCallback says when it is enough
                controller_failure_limit=tries(config.node_wait_seconds),
            ),
        ),
    )
