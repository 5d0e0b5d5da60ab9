"""One process of ``two_workers_bare``: the loop of a run, its users shared with other processes.

Without Ray: what is left is the program's own cost of splitting users.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch.distributed as dist

from benchmarks.alone import answer
from lis_sim.config import parse_config
from lis_sim.training.api import prepare
from lis_sim.training.cluster.shard_exchange import join_shards
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.worker import use_one_thread


def measure(
    settings: Mapping[str, Any], rank: int, size: int, untimed: int, store: str
) -> dict[str, Any]:
    """Play a run's clean arm as process ``rank`` of ``size``; return the seconds of its windows.

    The first ``untimed`` windows are played but not counted.
    """
    use_one_thread("cpu")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=size)
    with tempfile.TemporaryDirectory(prefix="lis-workers-part-") as folder:
        plan = prepare(parse_config(settings, "workers"), Path(folder) / "run").plan
        exchange = join_shards(rank, size, size, "cpu")
        loop = PrequentialLoop(plan, plan.cells, exchange=exchange)
        loop.start(0)
        began = time.perf_counter()
        for window in plan.windows:
            if window.index == untimed:
                began = time.perf_counter()
            loop.run_window(window.index, {})
        seconds = time.perf_counter() - began
    dist.destroy_process_group()
    return {"seconds": seconds}


if __name__ == "__main__":
    answer(measure)
