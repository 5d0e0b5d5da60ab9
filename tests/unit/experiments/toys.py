"""Parts of a study that cost nothing to play."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lis_sim.experiments.figure import Figure, mean
from lis_sim.experiments.part import Result, Task


@dataclass
class Doubling:
    """Doubles the seed. Its docstring is its section of the page."""

    name: str = "doubling"
    seeds: int = 4
    broken: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    played: list[int] = field(default_factory=list)

    def tasks(self, quick: bool) -> Sequence[Task]:
        count = self.seeds // 2 if quick else self.seeds
        return [Task(self.name, "case", seed, self.settings) for seed in range(count)]

    def play(self, task: Task) -> Result:
        self.played.append(task.seed)
        if task.seed in self.broken:
            raise ValueError(f"seed {task.seed} is broken")
        return {"twice": 2 * task.seed, "pair": (task.seed, 0.1), "process": os.getpid()}

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        return [mean(f"{self.name}_mean", [one["twice"] for one in results.values()], ">= 3")]
