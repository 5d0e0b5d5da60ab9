"""How many workers a Ray Train run has, what each takes, and how long it waits for that."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lis_sim.config import TrainingConfig
from lis_sim.errors import RunError
from lis_sim.training.cluster.notices import Asked
from lis_sim.training.cluster.ranks import share as share_of
from lis_sim.training.cluster.session import TRY_SECONDS
from lis_sim.training.plan import RunPlan


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


def scaling_of(resources: dict[str, float], plan: RunPlan, share: Share | None) -> Any:
    """Return the workers of a run on a cluster that has ``resources``."""
    from ray.train import ScalingConfig

    if share is None:
        workers, gpus = grid(resources, plan.config.training, len(plan.cells))
        return ScalingConfig(num_workers=workers, use_gpu=gpus > 0)
    each = {"CPU": share.cpus} | ({"GPU": share.gpus} if share.gpus else {})
    return ScalingConfig(
        num_workers=min(share.workers, len(plan.cells)),
        use_gpu=share.gpus > 0,
        resources_per_worker=each,
    )


def grid(resources: dict[str, float], config: TrainingConfig, cells: int) -> tuple[int, int]:
    """Return the number of workers, and of GPUs there are for them."""
    gpus = 0 if config.device == "cpu" else int(resources.get("GPU", 0))
    if config.device == "cuda" and gpus == 0:
        raise RunError("training.device is cuda but Ray sees no GPU; use auto or cpu")
    most = gpus or max(1, int(resources.get("CPU", 1)))
    if config.ray_address is not None and (config.workers or config.user_shards > most):
        # A cluster's machines may come later: the run waits for them.
        most = config.workers or config.user_shards
    shards = config.user_shards
    if shards > most:
        have = f"{most} {'GPU' if gpus else 'processor'}{'s' * (most != 1)}"
        raise RunError(
            f"training.user_shards is {shards}, a worker each, but Ray has {have}; accepted here: "
            f"up to {most}, or training.ray_address with a cluster"
        )
    return min((config.workers or most) // shards, most // shards, cells) * shards, gpus


def asked_of(scaling: Any, plan: RunPlan) -> Asked:
    """Return what a run with ``scaling`` asks of the machines."""
    workers = int(scaling.num_workers)
    shards = plan.config.training.user_shards
    cells = tuple(len(share_of(plan.cells, rank, workers, shards)) for rank in range(workers))
    # As Ray writes it down where nothing is asked for: one GPU, else one processor.
    each = scaling.resources_per_worker or {"GPU" if scaling.use_gpu else "CPU": 1.0}
    return Asked(workers, each, cells)


def tries(seconds: float | None) -> int:
    """Return how often Ray Train may try again to place the workers; -1: for ever.

    >>> tries(None), tries(0.0), tries(60.0)
    (-1, 0, 5)
    """
    return -1 if seconds is None else max(0, math.ceil(seconds / TRY_SECONDS) - 1)
