"""The ``local`` engine: everything in this process, one window after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder
from lis_sim.scores import LisFamily
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder
from lis_sim.training.plan import RunPlan
from lis_sim.training.record import window_record
from lis_sim.training.watching import Watching
from lis_sim.training.worker import BUILDER, FAMILY, Worker, checkpoint_due


def run_local(plan: RunPlan, folder: RunFolder, first: int, device: str) -> None:
    """Play the windows from ``first`` on and commit them; the reference of all engines."""
    session = LocalSession(plan, folder, device)
    session.start(first)
    for window in range(first, len(plan.windows)):
        session.play(window, checkpoint_due(plan, window))


class LocalSession:
    """All parts of a run in this process, alive from window to window.

    ``dataset`` is the log of ``plan`` where it knows more than its folder says: one that grows.
    """

    def __init__(
        self, plan: RunPlan, folder: RunFolder, device: str, dataset: Dataset | None = None
    ) -> None:
        dataset = dataset or plan.log
        self.plan = plan
        self._began = time.perf_counter()
        self._checkpoints = folder.checkpoints
        self._worker = Worker(plan, plan.cells, device, folder.checkpoints, dataset)
        self._builder = Builder(plan.builder, dataset)
        self._family = LisFamily(plan.family)
        self._watching = Watching(plan, dataset)
        self._folder = folder
        self._committer = Committer(folder)

    def start(self, first: int) -> None:
        """Go to before window ``first``: that of a checkpoint, or 0."""
        self._worker.start(first)
        state = self._checkpoints.read_part(first, BUILDER) if first else None
        self._builder.start(first, state)
        if first:
            self._family.load_state_dict(self._checkpoints.read_part(first, FAMILY))
        self._watching.start(first, self._folder)

    def follow(self, plan: RunPlan, dataset: Dataset, window: int) -> None:
        """Go on at ``window`` in a log that has grown; ``plan`` has further windows, no more."""
        self.plan = plan
        self._began = time.perf_counter()  # waiting for events is no part of a window's time
        self._worker.follow(plan, dataset, window)
        self._builder.follow(plan.builder, dataset)
        self._watching.follow(plan, dataset)

    def play(self, window: int, checkpoint: bool) -> None:
        """Play and commit the window that comes next; a ``checkpoint`` follows it if asked."""
        clock = self._worker.loop.clock
        with clock.stage("build"):
            shown = self._builder.build(window)
        result = self._worker.run_window(window, shown)
        with clock.stage("metrics"):
            self._family.add(window, result.cells)
            record = window_record(self.plan, window, result.clock_us, self._family, result.cells)
            record |= self._watching.fields(window, result.cells)
        with clock.stage("write"):
            files = self._write_checkpoint(window + 1) if checkpoint else None
        late = clock.take()
        stages = {name: seconds + late[name] for name, seconds in result.seconds.items()}
        self._committer.commit(record, self._timings(window, stages), files)

    def save(self, window: int) -> None:
        """Write a checkpoint before ``window``, the one that comes next, once it is committed."""
        self._checkpoints.complete(window, self._write_checkpoint(window))

    def _timings(self, window: int, stages: Mapping[str, float]) -> dict[str, object]:
        ended = time.perf_counter()
        seconds, self._began = ended - self._began, ended
        return {"window": window, "stages": stages, "seconds": seconds}

    def _write_checkpoint(self, window: int) -> dict[str, str]:
        following = self._builder.snapshot()
        files = self._worker.write_cells(window)
        return files | self._worker.write_shared(window, self._family.state_dict(), following)
