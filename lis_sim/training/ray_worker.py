"""What runs in every worker of the ``ray`` engine."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lis_sim.errors import LisSimError
from lis_sim.scores import CellWindow, LisFamily
from lis_sim.training.folder import RunFolder
from lis_sim.training.loop import WindowResult
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.training.ranks import Ranks, attempt, first_error, share
from lis_sim.training.record import window_record
from lis_sim.training.stages import STAGES
from lis_sim.training.watching import Watching
from lis_sim.training.worker import BUILDER, FAMILY, Worker, checkpoint_due

Report = dict[str, str]  # JSON texts; empty from all workers but the first


@dataclass(frozen=True, slots=True)
class Task:
    """What Ray Train hands every worker."""

    plan: RunPlan
    folder: Path
    builder: Any  # handle of the BuilderActor
    paced: bool = False  # the builder is a PacedBuilderActor, to be asked before every window


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker gives to a window."""

    result: WindowResult
    late: dict[str, float]  # seconds by stage since the result was taken
    files: dict[str, str]  # of the checkpoint that follows, with checksums
    build_seconds: float
    waited: float  # seconds for the builder


def train_worker(config: Mapping[str, Any]) -> None:
    """Run in every worker; an error of ours on any of them ends the run on all."""
    import ray

    task: Task = config["task"]
    ranks = Ranks.join()
    failure = _play(task, ranks)
    if failure is not None and ranks.first:
        ray.get(task.builder.fail.remote(failure))


def _play(task: Task, ranks: Ranks) -> LisSimError | None:
    """Play all windows that are not committed, reporting each once all workers have it."""
    from ray.train import report

    checkpoints = RunFolder(task.folder).checkpoints
    own: int | LisSimError | None = attempt(checkpoints.newest) if ranks.first else None
    found: int | LisSimError | None = ranks.from_first(own)
    if isinstance(found, LisSimError):
        return found
    first = 0 if found is None else found
    worker = attempt(lambda: RankWorker(task, ranks, first))
    failure = ranks.from_first(first_error(ranks.gather(first_error([worker]))))
    if failure is not None or isinstance(worker, LisSimError):
        return failure
    for window in range(first, len(task.plan.windows)):
        if not _may_play(task, ranks, window):
            return None
        reported = worker.play(window)
        failure = ranks.from_first(first_error([reported]))
        if failure is not None or isinstance(reported, LisSimError):
            return failure
        report(reported)
    return None


def _may_play(task: Task, ranks: Ranks, window: int) -> bool:
    """Wait until ``window`` may be played; False: the run is to end before it."""
    import ray

    if not task.paced:
        return True
    return ranks.from_first(ranks.first and bool(ray.get(task.builder.may_play.remote(window))))


class RankWorker:
    """A :class:`Worker` among others; the first also puts the windows together."""

    def __init__(self, task: Task, ranks: Ranks, first: int) -> None:
        import ray
        from ray.train.torch import get_device

        self._plan = task.plan
        self._builder = task.builder
        self._ranks = ranks
        checkpoints = RunFolder(task.folder).checkpoints
        cells = share(task.plan.cells, ranks.rank, ranks.size)
        self._worker = Worker(task.plan, cells, str(get_device()), checkpoints)
        self._worker.start(first)
        self._family = LisFamily(task.plan.family)
        if ranks.first:
            state = checkpoints.read_part(first, BUILDER) if first else None
            ray.get(task.builder.start.remote(first, state))
            if first:
                self._family.load_state_dict(checkpoints.read_part(first, FAMILY))
            self._watching = Watching(task.plan, task.plan.log)
            self._watching.start(first, RunFolder(task.folder))

    def play(self, window: int) -> Report | LisSimError:
        """Play a window and return what this worker reports of it."""
        began = time.perf_counter()
        parts = self._ranks.gather(attempt(lambda: self._own_part(window)))
        if not self._ranks.first:
            return {}
        failure = first_error(parts)
        if failure is not None:
            return failure
        whole = [part for part in parts if isinstance(part, Part)]
        return attempt(lambda: self._report(window, whole, began))

    def _own_part(self, window: int) -> Part:
        import ray

        began = time.perf_counter()
        reference, build_seconds = ray.get(self._builder.shown.remote(window))
        shown = ray.get(reference)
        if self._ranks.first:
            self._builder.prepare.remote(window + 1)
        waited = time.perf_counter() - began
        result = self._worker.run_window(window, shown)
        files: dict[str, str] = {}
        if checkpoint_due(self._plan, window):
            with self._worker.loop.clock.stage("write"):
                files = self._worker.write_cells(window + 1)
        return Part(result, self._worker.loop.clock.take(), files, build_seconds, waited)

    def _report(self, window: int, parts: Sequence[Part], began: float) -> Report:
        """Put the parts of all workers together."""
        clock = self._worker.loop.clock
        with clock.stage("metrics"):
            cells = _in_plan_order(self._plan.cells, [part.result.cells for part in parts])
            self._family.add(window, cells)
            clock_us = parts[0].result.clock_us
            record = window_record(self._plan, window, clock_us, self._family, cells)
            record |= self._watching.fields(window, cells)
        with clock.stage("write"):
            files = self._write_shared(window, parts) if checkpoint_due(self._plan, window) else {}
        seconds = [clock.take(), *(s for part in parts for s in (part.result.seconds, part.late))]
        stages = {name: sum(one[name] for one in seconds) for name in STAGES}
        stages["build"] += parts[0].build_seconds
        timings = {
            "window": window,
            "stages": stages,
            "seconds": time.perf_counter() - began,
            "waited_for_builder": parts[0].waited,
        }
        return {
            "record": json.dumps(record, allow_nan=False),
            "timings": json.dumps(timings),
            "checkpoint": json.dumps(files) if files else "",
        }

    def _write_shared(self, window: int, parts: Sequence[Part]) -> dict[str, str]:
        import ray

        state = ray.get(self._builder.state.remote(window + 1))
        files = {name: checksum for part in parts for name, checksum in part.files.items()}
        return files | self._worker.write_shared(window + 1, self._family.state_dict(), state)


def _in_plan_order(
    cells: Sequence[Cell], parts: Sequence[Mapping[tuple[str, int], CellWindow]]
) -> dict[tuple[str, int], CellWindow]:
    merged = {key: one for part in parts for key, one in part.items()}
    return {cell.key: merged[cell.key] for cell in cells}
