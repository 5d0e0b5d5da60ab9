"""What one trial takes of the processors and GPUs, and so how many play at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lis_sim.errors import RunError
from lis_sim.search.nested_share import TRIAL_CPUS, NestedShare, nested_share
from lis_sim.search.settings import TuneConfig


@dataclass(frozen=True, slots=True)
class TrialShare:
    """What Ray sets aside for a trial.

    Attributes:
        concurrent: Trials that play at once.
        cpu, gpu: Of the process of a trial.
        nested: Beside it, of the Ray Train run of a nested trial; None: it plays itself.
    """

    concurrent: int
    cpu: float
    gpu: float = 0.0
    nested: NestedShare | None = None

    @property
    def resources(self) -> dict[str, float]:
        """What Tune asks Ray for."""
        asked = {"cpu": self.cpu, "gpu": self.gpu}
        return {name: amount for name, amount in asked.items() if amount > 0}


def trial_share(tune: TuneConfig, cluster: Mapping[str, float]) -> TrialShare:
    """Divide what Ray has among the trials: by default one for each processor.

    Trials share a GPU, where there is one that they may use.

    Raises:
        RunError: ``device: cuda`` without a GPU.
    """
    cpus, gpus = max(1, int(cluster.get("CPU", 1))), int(cluster.get("GPU", 0))
    training, asked = tune.base.training, tune.search.concurrent
    if tune.trial_engine == "ray":
        nested = nested_share(training, cpus, gpus, asked)
        return TrialShare(nested.trials, TRIAL_CPUS, nested=nested)
    if training.device == "cuda" and not gpus:
        raise RunError("training.device is cuda but Ray sees no GPU; use auto or cpu")
    gpus = 0 if training.device == "cpu" else gpus
    concurrent = asked or cpus
    # More trials than processors share them too, or the surplus would wait for ever.
    return TrialShare(concurrent, _part(cpus, concurrent), _part(gpus, concurrent))


def _part(whole: int, parts: int) -> float:
    """Return a share in hundredths, rounded down, at most 1.

    >>> _part(2, 2), _part(1, 3), _part(0, 4), _part(16, 2)
    (1.0, 0.33, 0.0, 1.0)
    """
    return min(1.0, int(100 * whole / parts + 1e-9) / 100)
