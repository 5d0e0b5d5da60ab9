"""Tiny worlds and the smallest runs over them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lis_sim.config import RunConfig, parse_config
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.preference import Builder
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import Cell, RunPlan

Columns = dict[str, NDArray[Any]]
Arrays = dict[str, NDArray[Any]]

WORLD = SyntheticSpec(events=2400, users=60, items=50, seed=3)
WINDOWS = 6


def make_world(out: Path, spec: SyntheticSpec = WORLD) -> Dataset:
    return write_synthetic(spec, out)


def changed_world(world: Dataset, out: Path, change: Callable[[Columns], None]) -> Dataset:
    """Copy ``world`` and let ``change`` edit the columns of its events in place."""
    shutil.copytree(world.path, out)
    for path in sorted((out / "events").glob("*.parquet")):
        table = pq.read_table(path)
        columns = {name: table.column(name).to_numpy().copy() for name in table.column_names}
        change(columns)
        arrays = [pa.array(columns[field.name], field.type) for field in table.schema]
        pq.write_table(pa.Table.from_arrays(arrays, schema=table.schema), path)
    return Dataset.open(out)


def changed_record(world: Dataset, out: Path, **changes: Any) -> Dataset:
    """Copy ``world`` with other fields in its ``dataset.json``."""
    shutil.copytree(world.path, out)
    path = out / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return Dataset.open(out)


def settings(world: Dataset, **changes: Any) -> dict[str, Any]:
    """Return the settings of a small run; ``changes`` replace whole groups."""
    return {
        "name": "tiny",
        "data": {"source": str(world.path)},
        "stream": {"window": {"count": WINDOWS}, "step_events": 200, "cold_support": 5},
        "policy": {"settings": {"dim": 4, "hidden": [8], "batch_events": 128}},
        "preferences": [{"name": "co_click", "settings": {"rank": 3, "extra": 3}}],
        "folds": 2,
        "replicates": 2,
        "training": {
            "engine": "local",
            "device": "cpu",
            "checkpoint_windows": 2,
            "checkpoint_share": 1.0,
        },
        "monitoring": {"enabled": False},
    } | changes


def config(world: Dataset, **changes: Any) -> RunConfig:
    return parse_config(settings(world, **changes))


def plan_of(world: Dataset, **changes: Any) -> RunPlan:
    return prepare(config(world, **changes)).plan


def run(world: Dataset, out: Path, **changes: Any) -> Run:
    return execute(prepare(config(world, **changes), out))


def history(run_or_folder: Run | Path) -> bytes:
    folder = run_or_folder.folder if isinstance(run_or_folder, Run) else run_or_folder
    return (folder / "windows.jsonl").read_bytes()


def played(
    plan: RunPlan, cells: Iterable[Cell] | None = None, windows: int | None = None
) -> list[dict[tuple[str, int], Arrays]]:
    """Play the first ``windows`` windows; return every cell's arrays, window by window."""
    loop = PrequentialLoop(plan, list(plan.cells if cells is None else cells))
    builder = Builder(plan.builder, plan.log)
    builder.start(0)
    loop.start(0)
    found = []
    for window in range(len(plan.windows) if windows is None else windows):
        result = loop.run_window(window, builder.build(window))
        found.append({key: cell.to_arrays() for key, cell in result.cells.items()})
    return found


def same_arrays(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> bool:
    """Whether two flat mappings hold the same bytes."""
    return one.keys() == other.keys() and all(
        one[key].dtype == other[key].dtype
        and np.asarray(one[key]).tobytes() == np.asarray(other[key]).tobytes()
        for key in one
    )
