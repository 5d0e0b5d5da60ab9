"""Plays a small world from its first event to its last, in memory, through the real loop."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.config import RunConfig, parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.preference import Builder
from lis_sim.scores import CellWindow, LisFamily
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import RunPlan, make_plan

Cells = dict[tuple[str, int], CellWindow]  # by arm and replicate
_MEMORY = Path("/dev/shm")  # worlds are small and short-lived: no disk needs to see them


@dataclass(frozen=True, slots=True)
class Played:
    """A finished run: what was planned and what every cell contributed to every window."""

    plan: RunPlan
    windows: tuple[Cells, ...]

    def family(self) -> LisFamily:
        """Return the LIS family over all windows."""
        family = LisFamily(self.plan.family)
        for window, cells in enumerate(self.windows):
            family.add(window, cells)
        return family


def play(config: RunConfig, dataset: Dataset) -> Played:
    """Run ``config`` over ``dataset`` in this process and keep no files.

    The same loop, builder and seeds as ``lis-sim run``, without run folder and checkpoints.
    """
    plan = make_plan(config, dataset)
    loop = PrequentialLoop(plan, plan.cells)
    builder = Builder(plan.builder, plan.log)
    loop.start(0)
    builder.start(0, None)
    windows = tuple(
        loop.run_window(window, builder.build(window)).cells for window in range(len(plan.windows))
    )
    return Played(plan, windows)


@contextmanager
def temporary_world(spec: SyntheticSpec) -> Iterator[Dataset]:
    """Write the world of ``spec`` as a dataset, in memory where there is a place for that."""
    place = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="lis-world-", dir=place) as folder:
        yield write_synthetic(spec, Path(folder) / "world")


def run_settings(dataset: Dataset, seed: int, settings: Mapping[str, Any]) -> RunConfig:
    """Return the config of a run over ``dataset``; ``settings`` as in a YAML file."""
    whole = {
        "name": "world",
        "seed": seed,
        "data": {"source": str(dataset.path)},
        "training": {"engine": "local"},
        "preferences": [{"name": "co_click"}],
    }
    return parse_config(whole | dict(settings))
