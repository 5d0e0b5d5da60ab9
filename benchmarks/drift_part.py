"""The runs of the drift benchmark: what nothing happens in, and what loses a behaviour."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import run_settings, temporary_world
from lis_sim.hashing import generator
from lis_sim.preference import Builder
from lis_sim.scores.window_series import window_series
from lis_sim.training.api import execute, prepare
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import plan_of_windows
from lis_sim.training.worker import use_one_thread
from lis_sim.types import Window

FIRST_SEED = 100  # earlier ones are for developing
NULL_RUNS = 50
LOSS_RUNS = 4
WINDOWS = 200
WARMUP = 60
VOLUMES = 10.0  # events of the largest window over those of the smallest
LOST, KEPT = "lost", "kept"
_NULL_WORLD: Mapping[str, Any] = {
    "events": 60_000,
    "users": 500,
    "items": 300,
    "days": 60,
    "signals": ("corrupt_30",),
}
_NULL_RUN: Mapping[str, Any] = {
    "stream": {"window": {"count": 20}, "step_events": 512},  # the windows are replaced
    "folds": 2,
    "replicates": 1,
    "preferences": [
        {"name": "label"},
        {"name": "noisy", "settings": {"behaviour": "corrupt_30"}},
    ],
    "arms": ["clean", "leaked_crossfit:label", "leaked_crossfit:noisy"],
}
_LOSS_WORLD: Mapping[str, Any] = {
    "events": 120_000,
    "users": 1_500,
    "items": 300,
    "days": 60,
    "signals": ("corrupt_0", "corrupt_10"),
}
_LOSS_RUN: Mapping[str, Any] = {
    "name": "loss",
    "stream": {"window": {"duration": "1d"}, "step_events": 512, "warmup_windows": 20},
    "horizon": "1d",
    "folds": 2,
    "replicates": 1,
    "preferences": [
        {"name": KEPT, "settings": {"behaviour": "corrupt_10", "max_age": "10d"}},
        {"name": LOST, "settings": {"behaviour": "corrupt_0", "max_age": "10d"}},
    ],
}
_LOST_DAY = 40


class DriftPart:
    """Real runs of small worlds, played once and kept."""

    name = "drift"

    def tasks(self, quick: bool) -> Sequence[Task]:
        """Return every run; there is no quick form."""
        cases = {"null": (NULL_RUNS, _NULL_RUN), "loss": (LOSS_RUNS, _LOSS_RUN)}
        return [
            Task(self.name, case, FIRST_SEED + run, settings)
            for case, (runs, settings) in cases.items()
            for run in range(runs)
        ]

    def play(self, task: Task) -> Result:
        """Play one run."""
        use_one_thread("cpu")
        return null_run(task.seed) if task.case == "null" else loss_run(task.seed)

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        """Return none: what the runs are worth is for :mod:`benchmarks.drift`."""
        return ()


def null_run(seed: int) -> Result:
    """Return lis_crossfit of every window after the warm-up, by preference data set.

    A world in which nothing happens; volumes of the windows vary by a weekly cycle and by luck.
    What a ranker that goes on learning makes of the score is in it.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    with temporary_world(SyntheticSpec(seed=seed, **_NULL_WORLD)) as dataset:
        config = run_settings(dataset, seed, _NULL_RUN)
        windows = _windows(dataset, volumes(seed, WARMUP + WINDOWS))
        plan = plan_of_windows(config, dataset, windows, WARMUP)
        loop = PrequentialLoop(plan, plan.cells)
        builder = Builder(plan.builder, dataset)
        loop.start(0)
        builder.start(0, None)
        for window in range(len(windows)):
            cells = loop.run_window(window, builder.build(window)).cells
            for one in window_series(plan.family, window, cells):
                known = one["series"] == "lis_crossfit" and one["standard_error"]
                if known and window >= WARMUP:
                    points = found.setdefault(str(one["preference"]), [])
                    points.append((one["value"], one["standard_error"]))
    return found


def volumes(seed: int, windows: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return relative volumes ``(windows,)``, largest over smallest ``VOLUMES``.

    >>> drawn = volumes(0, 50)
    >>> round(drawn.max() / drawn.min(), 6)
    10.0
    """
    random = generator(seed, "volumes")
    weekly = np.sin(2 * np.pi * (np.arange(windows) / 7 + random.random()))
    level = weekly + random.uniform(-1.0, 1.0, windows)
    level = (level - level.min()) / (level.max() - level.min())
    return np.asarray(VOLUMES**level)


def _windows(
    dataset: Dataset, drawn: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> tuple[Window, ...]:
    time_us = np.concatenate(list(dataset.times()))
    ends = np.round(np.cumsum(drawn) / drawn.sum() * dataset.rows).astype(int)
    starts = np.append(0, ends[:-1])
    edges = np.append(time_us, time_us[-1] + 1)
    return tuple(
        Window(index, int(start), int(end), int(edges[start]), int(edges[end]))
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def loss_run(seed: int) -> Result:
    """Return the drift events of a whole run in whose world one behaviour is lost on a day.

    From then on nobody ever shows the behaviour that the preference data ``lost`` is made of: its
    column is 0. Everything else goes on.
    """
    with (
        temporary_world(SyntheticSpec(seed=seed, **_LOSS_WORLD)) as dataset,
        tempfile.TemporaryDirectory() as folder,
    ):
        lost_us = dataset.start_us + _LOST_DAY * 86_400_000_000
        world = _without(dataset, "corrupt_0", lost_us, Path(folder) / "world")
        config = run_settings(world, seed, {**_LOSS_RUN, "monitoring": {"enabled": False}})
        run = execute(prepare(config, Path(folder) / "run"))
        events = [
            {"window": record["window"], **event}
            for record in run.records()
            for event in record["drift"]
        ]
    return {"lost_window": _LOST_DAY, "events": events}


def _without(dataset: Dataset, column: str, from_us: int, out: Path) -> Dataset:
    shutil.copytree(dataset.path, out)
    for path in sorted((out / "events").glob("*.parquet")):
        table = pq.read_table(path)
        at = table.column_names.index(column)
        values = np.where(table["time"].to_numpy() >= from_us, 0, table[column].to_numpy())
        field = table.schema.field(at)
        pq.write_table(table.set_column(at, field, pa.array(values, field.type)), path)
    return Dataset.open(out)
