"""What an arm pays for inputs that carry nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, mean
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import play, run_settings, temporary_world

WORLDS = {"quick": 20, "full": 30}
WORLD = {"events": 60_000, "users": 1000, "items": 500}
RUN = {
    "stream": {"window": {"count": 16}, "step_events": 1024},
    "arms": ["clean", "placebo:co_click"],
}
FIRST_SEED = 100


class PlaceboPart:
    """The placebo arm shows the crossfit representation with its items permuted.

    It has as many extra inputs as the headline arm and no information, so its difference from
    the clean arm is what the inputs cost. Worlds of 60,000 events, 1,000 users and 500 items,
    16 windows, 3 replicates, everything else by default. `placebo_cost` is the mean of
    `placebo - clean` over worlds, seeds from 100.
    """

    name = "placebo"

    def tasks(self, quick: bool) -> Sequence[Task]:
        worlds = WORLDS["quick" if quick else "full"]
        return [
            Task(self.name, "placebo", seed, {"world": WORLD, "run": RUN})
            for seed in range(FIRST_SEED, FIRST_SEED + worlds)
        ]

    def play(self, task: Task) -> Result:
        with temporary_world(SyntheticSpec(seed=task.seed, **task.settings["world"])) as dataset:
            family = play(run_settings(dataset, task.seed, task.settings["run"]), dataset).family()
        (score,) = (one for one in family.scores() if one["slice"] == "all")
        return {"placebo": score["value"]}

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        values = [float(one["placebo"]) for one in results.values()]
        return [mean("placebo_cost", values, ">= -0.001", f"{len(values)} worlds")]
