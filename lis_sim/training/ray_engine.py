"""The ``ray`` engine: one long Ray Train run in which every worker trains some of the cells."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from typing import Any

from lis_sim.config import TrainingConfig
from lis_sim.errors import LisSimError, RunError
from lis_sim.training.folder import RAY, RunFolder
from lis_sim.training.plan import RunPlan
from lis_sim.training.ray_session import ray_session
from lis_sim.training.ray_worker import Task, train_worker

_RESTARTS = 2  # times lost workers, and a lost builder, are replaced within one command


def run_ray(plan: RunPlan, folder: RunFolder, device: str) -> dict[str, Any]:
    """Play the windows that are not committed yet; return facts for the summary."""
    with ray_session(plan.config.training.ray_address) as ray:
        workers, gpus = _grid(ray.cluster_resources(), plan.config.training, len(plan.cells))
        from lis_sim.training.builder_actor import BuilderActor

        actor = ray.remote(num_cpus=0, max_restarts=_RESTARTS)(BuilderActor)
        builder = actor.remote(plan.builder, plan.dataset)
        shutil.rmtree(folder.path / RAY, ignore_errors=True)  # of a killed attempt
        try:
            _trainer(plan, folder, builder, workers, gpus > 0).fit()
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
    if folder.checkpoints.newest() != len(plan.windows):
        raise RunError(
            "the Ray Train run ended before the log did; the same command goes on from the last "
            "checkpoint"
        )
    return {"workers": workers, "device": "cuda" if gpus else "cpu"}


def _grid(resources: dict[str, float], config: TrainingConfig, cells: int) -> tuple[int, int]:
    """Return the number of workers, and of GPUs there are for them."""
    gpus = 0 if config.device == "cpu" else int(resources.get("GPU", 0))
    if config.device == "cuda" and gpus == 0:
        raise RunError("training.device is cuda but Ray sees no GPU; use auto or cpu")
    most = gpus or max(1, int(resources.get("CPU", 1)))
    return min(config.workers or most, most, cells), gpus


def _trainer(plan: RunPlan, folder: RunFolder, builder: Any, workers: int, use_gpu: bool) -> Any:
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    from lis_sim.training.commit_callback import CommitCallback

    commit: Any = CommitCallback(folder.path)
    return TorchTrainer(
        train_worker,
        train_loop_config={"task": Task(plan, folder.path, builder)},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=use_gpu),
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
