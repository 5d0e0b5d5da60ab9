"""The ``local`` engine: everything in this process, one window after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lis_sim.data.dataset import Dataset
from lis_sim.preference import Builder
from lis_sim.scores import LisFamily
from lis_sim.training.checkpoints.completing import Completing
from lis_sim.training.checkpoints.manifest import Files
from lis_sim.training.checkpoints.spacing import Spacing
from lis_sim.training.committer import Committer
from lis_sim.training.folder import RunFolder
from lis_sim.training.plan import RunPlan
from lis_sim.training.record import window_record
from lis_sim.training.score_parts import ScoreParts
from lis_sim.training.watching import Watching
from lis_sim.training.worker import BUILDER, FAMILY, Worker


def run_local(plan: RunPlan, folder: RunFolder, first: int, device: str) -> None:
    """Play the windows from ``first`` on and commit them; the reference of all engines."""
    session = LocalSession(plan, folder, device)
    session.start(first)
    try:
        for window in range(first, len(plan.windows)):
            session.play(window, session.due(window), beside=True)
        session.settle()
    finally:
        session.close()


class LocalSession:
    """All parts of a run in this process, alive from window to window.

    ``dataset`` is the log of ``plan`` where it knows more than its folder says: one that grows.
    """

    def __init__(
        self, plan: RunPlan, folder: RunFolder, device: str, dataset: Dataset | None = None
    ) -> None:
        grows = dataset is not None
        dataset = dataset or plan.log
        self.plan = plan
        self._began = time.perf_counter()
        self._spacing = Spacing(plan.config.training)
        self._checkpoints = folder.checkpoints
        self._worker = Worker(plan, plan.cells, device, folder.checkpoints, dataset, grows=grows)
        self._builder = Builder(plan.builder, dataset)
        self._family = LisFamily(plan.family)
        self._watching = Watching(plan, dataset)
        self._folder = folder
        self._committer = Committer(folder)
        self._completing = Completing(folder.checkpoints)
        self._scores = ScoreParts(plan, dataset, folder.path)

    def start(self, first: int) -> None:
        """Go to before window ``first``: that of a checkpoint, or 0."""
        if self.plan.config.output.scores:
            self._scores.check_before(first)
        self._worker.start(first)
        if not first:
            self._builder.start(0)
        elif not self._worker.ends(first):
            with self._checkpoints.reading(first, BUILDER) as state:
                self._builder.start(first, state)
        if first:
            with self._checkpoints.reading(first, FAMILY) as state:
                self._family.load_state_dict(state)
        self._watching.start(first, self._folder)

    def follow(self, plan: RunPlan, dataset: Dataset, window: int) -> None:
        """Go on at ``window`` in a log that has grown; ``plan`` has further windows, no more."""
        self.plan = plan
        self._began = time.perf_counter()  # waiting for events is no part of a window's time
        self._worker.follow(plan, dataset, window)
        self._builder.follow(plan.builder, dataset)
        self._watching.follow(plan, dataset)

    def due(self, window: int) -> bool:
        """Whether a checkpoint is to follow ``window``, which comes next; ask once."""
        return self._spacing.due(window, len(self.plan.windows))

    def play(self, window: int, checkpoint: bool, beside: bool = False) -> None:
        """Play and commit the window that comes next; a ``checkpoint`` follows it if asked.

        One that takes its time is settled ``beside`` the windows that come next if that is allowed:
        then :meth:`settle` waits for it, and nobody else may write the folder before
        :meth:`close`.
        """
        clock = self._worker.loop.clock
        with clock.stage("build"):
            shown = self._builder.build(window)
        result = self._worker.run_window(window, shown)
        with clock.stage("metrics"):
            self._family.add(window, result.cells)
            record = window_record(self.plan, window, result.clock_us, self._family, result.cells)
            record |= result.fields | self._watching.fields(window, result.cells)
        if result.events is not None:
            with clock.stage("write"):
                self._scores.write(window, result.events)
        began = time.perf_counter()
        with clock.stage("write"):
            files = self._write_checkpoint(window + 1) if checkpoint else None
        stood = time.perf_counter() - began
        late = clock.take()
        stages = {name: seconds + late[name] for name, seconds in result.seconds.items()}
        self._committer.commit(record, self._timings(window, stages))
        if files is not None:
            began = time.perf_counter()
            with clock.stage("write"):  # of the next window
                self._completing.begin(window + 1, files)
                if not beside:
                    self._completing.wait()
            self._spacing.took(stood + time.perf_counter() - began)

    def save(self, window: int) -> None:
        """Write a checkpoint before ``window``, the one that comes next, once it is committed."""
        self._checkpoints.complete(window, self._write_checkpoint(window))

    def settle(self) -> None:
        """Return once the last checkpoint is valid; raise what keeps it from being so."""
        self._completing.wait()

    def close(self) -> None:
        """Return once nothing is being written any more."""
        self._completing.close()

    def _timings(self, window: int, stages: Mapping[str, float]) -> dict[str, object]:
        ended = time.perf_counter()
        seconds, self._began = ended - self._began, ended
        return {"window": window, "stages": stages, "seconds": seconds}

    def _write_checkpoint(self, window: int) -> Files:
        self._completing.wait()
        return self._worker.write(window, self._family.state_dict(), self._builder.snapshot)
