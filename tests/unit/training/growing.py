"""A world whose log arrives in pieces."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.training.api import PreparedRun, claimed
from lis_sim.training.live import LiveRun, prepare_live
from tests.unit.training.worlds import config, settings

LIVE_STREAM = {
    "window": {"events": 400},
    "step_events": 150,
    "cold_support": 5,
    "warmup_windows": 1,
}


def live_config(world: Dataset, **changes: Any) -> RunConfig:
    return config(world, **({"stream": LIVE_STREAM, "horizon": "6h"} | changes))


def live_settings(world: Dataset, **changes: Any) -> dict[str, Any]:
    return settings(world, **({"stream": LIVE_STREAM, "horizon": "6h"} | changes))


def events_of(world: Dataset) -> pa.Table:
    files = [world.path / "events" / part.name for part in world.record.files]
    return pa.concat_tables([pq.read_table(file) for file in files])


def begun(world: Dataset, out: Path, rows: int) -> Dataset:
    """Write the dataset that ``world`` was when its log had so many ``rows``."""
    shutil.copytree(world.path, out)
    shutil.rmtree(out / "events")
    (out / "events").mkdir()
    table = events_of(world).slice(0, rows)
    pq.write_table(table, out / "events" / "part-00000.parquet")
    label = table.column("label").to_numpy()
    counts = {
        "rows": rows,
        "rows_in": rows,
        "users": int(np.max(table.column("user").to_numpy())) + 1,
        "items": int(np.max(table.column("item").to_numpy())) + 1,
        "positives": int(np.count_nonzero(label)),
        "end_us": int(table.column("time")[-1].as_py()),
        "files": [{"name": "part-00000.parquet", "rows": rows}],
    }
    content = json.loads((out / "dataset.json").read_text())
    (out / "dataset.json").write_text(json.dumps(content | counts))
    return Dataset.open(out)


def add(log: Dataset, events: pa.Table, name: str) -> Path:
    """Let one more part appear in the folder of ``log``."""
    path = log.path / "events" / name
    pq.write_table(events, path)
    return path


def arriving(world: Dataset, log: Dataset, cuts: list[int]) -> list[pa.Table]:
    """Return the events of ``world`` behind ``log``'s, cut at these rows."""
    table = events_of(world)
    edges = [log.rows, *(cut for cut in cuts if cut > log.rows), world.rows]
    return [table.slice(start, end - start) for start, end in pairwise(edges)]


def watch(prepared: PreparedRun) -> int:
    """Look at the log once, as one start of the command does; return the windows committed."""
    with claimed(prepared):
        live = LiveRun(prepared)
        live.start()
        live.look()
        return live.next_window


def lines(folder: Path) -> list[bytes]:
    path = folder / "windows.jsonl"
    return path.read_bytes().splitlines() if path.is_file() else []


def one_start_per_part(
    world: Dataset, log: Dataset, parts: list[pa.Table], out: Path, **changes: Any
) -> list[bytes]:
    watch(prepare_live(live_config(log, **changes), out))
    for number, part in enumerate(parts, start=1):
        add(log, part, f"later-{number:03d}.parquet")
        watch(prepare_live(live_config(log, **changes), out))
    return lines(out)
