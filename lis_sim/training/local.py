"""The ``local`` engine: everything in this process, one window after the other."""

from __future__ import annotations

import time

from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder
from lis_sim.scores import LisFamily
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder
from lis_sim.training.plan import RunPlan
from lis_sim.training.record import window_record
from lis_sim.training.worker import BUILDER, FAMILY, Worker, checkpoint_due


def run_local(plan: RunPlan, folder: RunFolder, first: int, device: str) -> None:
    """Play the windows from ``first`` on and commit them; the reference of all engines."""
    began = time.perf_counter()
    worker = Worker(plan, plan.cells, device, folder.checkpoints)
    builder = Builder(plan.builder, Dataset.open(plan.dataset))
    family = LisFamily(plan.family)
    committer = Committer(folder)
    worker.start(first)
    builder.start(first, folder.checkpoints.read_part(first, BUILDER) if first else None)
    if first:
        family.load_state_dict(folder.checkpoints.read_part(first, FAMILY))
    for window in range(first, len(plan.windows)):
        with worker.loop.clock.stage("build"):
            shown = builder.build(window)
        result = worker.run_window(window, shown)
        with worker.loop.clock.stage("metrics"):
            family.add(window, result.cells)
            record = window_record(plan, window, result.clock_us, family, result.cells)
        files = None
        with worker.loop.clock.stage("write"):
            if checkpoint_due(plan, window):
                following = builder.snapshot()
                files = worker.write_cells(window + 1)
                files |= worker.write_shared(window + 1, family.state_dict(), following)
        late = worker.loop.clock.take()
        stages = {name: seconds + late[name] for name, seconds in result.seconds.items()}
        ended = time.perf_counter()
        timings = {"window": window, "stages": stages, "seconds": ended - began}
        began = ended
        committer.commit(record, timings, files)
