"""What each of several nested trials takes of one Ray session."""

from __future__ import annotations

from dataclasses import dataclass

from lis_sim.config import TrainingConfig
from lis_sim.errors import ConfigError

TRIAL_CPUS = 0.05  # of the actor that watches over a trial: Tune refuses 0
_PARTS = 100  # Ray counts processors exactly in ten-thousandths; hundredths are enough


@dataclass(frozen=True, slots=True)
class NestedShare:
    """The part of Ray that a nested trial has.

    Attributes:
        workers: its workers.
        cpus: processors of a worker, as Ray counts them.
        gpus: GPUs of a worker, parts of one allowed; 0: on processors.
        trials: how many such trials fit at a time.
    """

    workers: int = 1
    cpus: float = 1.0
    gpus: float = 0.0
    trials: int = 1


def nested_share(
    training: TrainingConfig, cpus: int, gpus: int, trials: int | None = None
) -> NestedShare:
    """Divide ``cpus`` and ``gpus`` of a Ray session among trials with ``training``'s workers.

    ``trials`` at once; None: as many as leave every worker a processor, or a GPU, of its own, one
    at least. What a trial's own actor takes comes off its workers: workers that asked for whole
    processors would wait for ever beside it.

    Raises:
        ConfigError: ``device: cuda`` without a GPU, or too many trials at once.

    >>> nested_share(TrainingConfig(workers=2), cpus=2, gpus=0)
    NestedShare(workers=2, cpus=0.97, gpus=0.0, trials=1)
    >>> nested_share(TrainingConfig(workers=1), cpus=2, gpus=0, trials=2)
    NestedShare(workers=1, cpus=0.95, gpus=0.0, trials=2)
    >>> nested_share(TrainingConfig(workers=2), cpus=2, gpus=0, trials=2)
    NestedShare(workers=2, cpus=0.47, gpus=0.0, trials=2)
    >>> nested_share(TrainingConfig(workers=1, device="cuda"), cpus=16, gpus=1, trials=2)
    NestedShare(workers=1, cpus=1.0, gpus=0.5, trials=2)
    """
    if training.device == "cuda" and gpus == 0:
        raise ConfigError("training.device is cuda but Ray sees no GPU; use auto or cpu")
    gpus = 0 if training.device == "cpu" else gpus
    most = gpus or cpus
    workers = training.workers or most
    at_once = trials or max(1, most // workers)
    each = _part(cpus - TRIAL_CPUS * at_once, at_once * workers)
    if each <= 0:
        raise ConfigError(
            f"search.concurrent is {at_once} with {workers} workers each, for {cpus} processors: "
            "less than a hundredth of one a worker; take fewer at once, or leave it out"
        )
    return NestedShare(
        workers=workers,
        cpus=each,
        gpus=_part(gpus, at_once * workers),
        trials=at_once,
    )


def _part(whole: float, parts: int) -> float:
    """Return a share of ``whole``, rounded down, at most 1.

    >>> _part(1.9, 4), _part(8, 4)
    (0.47, 1.0)
    """
    return min(1.0, int(_PARTS * whole / parts + 1e-9) / _PARTS)
