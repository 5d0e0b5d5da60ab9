"""The ``ray`` engine: one long Ray Train run in which every worker trains some of the cells."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lis_sim.config import TrainingConfig
from lis_sim.errors import LisSimError, RunError
from lis_sim.training.folder import RAY, RunFolder
from lis_sim.training.plan import RunPlan
from lis_sim.training.ray_session import ray_session
from lis_sim.training.ray_worker import Task, train_worker

_RESTARTS = 2  # times lost workers, and a lost builder, are replaced within one command


@dataclass(frozen=True, slots=True)
class Share:
    """What a run takes of a Ray session that it has not for itself: a trial among others.

    Attributes:
        workers: how many workers it has.
        cpus: processors of each, as Ray counts them; parts of one are allowed.
        gpus: GPUs of each; 0: it trains on the processors.
        paced: called with the handle of the run's :class:`PacedBuilderActor`, as soon as there
            is one: it says from window to window whether the run goes on.
    """

    workers: int
    cpus: float
    gpus: float
    paced: Callable[[Any], None]


def run_ray(
    plan: RunPlan, folder: RunFolder, device: str, share: Share | None = None
) -> dict[str, Any]:
    """Play the windows that are not committed yet; return facts for the summary.

    Without ``share`` the run has the whole session and ends with the log. With one it may end at
    any window, and goes on later from its last checkpoint.
    """
    with ray_session(plan.config.training.ray_address) as ray:
        scaling = _scaling(ray.cluster_resources(), plan, share)
        builder = _builder(ray, plan, share)
        shutil.rmtree(folder.path / RAY, ignore_errors=True)  # of a killed attempt
        try:
            task = Task(plan, folder.path, builder, paced=share is not None)
            _trainer(task, folder, scaling).fit()
            failure = ray.get(builder.failure.remote())
        except SystemExit as error:
            # Ray Train takes Ctrl-C for itself and leaves so.
            raise KeyboardInterrupt from error
        except Exception as error:
            raise _explained(error) from error
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
    return {"workers": scaling.num_workers, "device": "cuda" if scaling.use_gpu else "cpu"}


def _builder(ray: Any, plan: RunPlan, share: Share | None) -> Any:
    """Return the handle of the run's builder, paced if it shares the session."""
    options: dict[str, Any] = {"num_cpus": 0, "max_restarts": _RESTARTS}
    if share is None:
        from lis_sim.training.builder_actor import BuilderActor

        return ray.remote(**options)(BuilderActor).remote(plan.builder, plan.log)
    from lis_sim.training.paced_builder import PACE, THREADS, PacedBuilderActor

    actor = ray.remote(concurrency_groups={PACE: THREADS}, **options)(PacedBuilderActor)
    builder = actor.remote(plan.builder, plan.log)
    share.paced(builder)
    return builder


def _scaling(resources: dict[str, float], plan: RunPlan, share: Share | None) -> Any:
    from ray.train import ScalingConfig

    if share is None:
        workers, gpus = _grid(resources, plan.config.training, len(plan.cells))
        return ScalingConfig(num_workers=workers, use_gpu=gpus > 0)
    each = {"CPU": share.cpus} | ({"GPU": share.gpus} if share.gpus else {})
    return ScalingConfig(
        num_workers=min(share.workers, len(plan.cells)),
        use_gpu=share.gpus > 0,
        resources_per_worker=each,
    )


def _grid(resources: dict[str, float], config: TrainingConfig, cells: int) -> tuple[int, int]:
    """Return the number of workers, and of GPUs there are for them."""
    gpus = 0 if config.device == "cpu" else int(resources.get("GPU", 0))
    if config.device == "cuda" and gpus == 0:
        raise RunError("training.device is cuda but Ray sees no GPU; use auto or cpu")
    most = gpus or max(1, int(resources.get("CPU", 1)))
    return min(config.workers or most, most, cells), gpus


def _trainer(task: Task, folder: RunFolder, scaling: Any) -> Any:
    from ray.train import FailureConfig, RunConfig
    from ray.train.torch import TorchTrainer

    from lis_sim.training.commit_callback import CommitCallback

    commit: Any = CommitCallback(folder.path)
    return TorchTrainer(
        train_worker,
        train_loop_config={"task": task},
        scaling_config=scaling,
        run_config=RunConfig(
            # A name of its own: which window to go on from is read from our checkpoints.
            name=f"attempt-{time.time_ns()}",
            storage_path=str(folder.path / RAY),
            callbacks=[commit],
            failure_config=FailureConfig(max_failures=_RESTARTS),
        ),
    )


def _explained(error: BaseException) -> LisSimError:
    """Return the error of ours inside a failure of Ray Train, else a short account of it."""
    failures = getattr(error, "worker_failures", None) or {}
    for failure in [*failures.values(), error]:
        seen: BaseException | None = failure
        while seen is not None:
            if isinstance(seen, LisSimError):
                return seen
            seen = getattr(seen, "controller_failure", None) or seen.__cause__
    return RunError(
        f"the Ray Train run failed ({type(error).__name__}: {str(error)[:500]}); what was "
        "committed is kept: the same command goes on from there"
    )
