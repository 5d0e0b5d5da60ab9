"""One worker of the ``ray`` engine among others: its part of a window, and the whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lis_sim.data.storing import KEPT, storing
from lis_sim.errors import LisSimError
from lis_sim.preference.builder import State
from lis_sim.scores import CellWindow, LisFamily
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.checkpoints.manifest import Files
from lis_sim.training.checkpoints.spacing import Spacing
from lis_sim.training.cluster.ranks import Ranks, attempt, first_error, share
from lis_sim.training.cluster.shard_exchange import join_shards
from lis_sim.training.folder import RunFolder
from lis_sim.training.loop import WindowResult
from lis_sim.training.plan import Cell, RunPlan
from lis_sim.training.record import window_record
from lis_sim.training.stages import STAGES
from lis_sim.training.watching import Watching
from lis_sim.training.worker import BUILDER, FAMILY, Worker
from policies.exchange import failing_together

T = TypeVar("T")
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
    files: Files  # of the checkpoint that follows, with checksums
    writing: float  # seconds for them
    build_seconds: float
    waited: float  # seconds for the builder
    seconds: float  # of its own, that included


def attempted(task: Task, action: Callable[[], T]) -> T | LisSimError:
    """Return what ``action`` returns, or the error of ours; what cannot be stored is one."""

    def stored() -> T:
        with storing(task.folder, KEPT):
            return action()

    return attempt(stored)


class RankWorker:
    """A :class:`Worker` among others; the first also puts the windows together."""

    def __init__(self, task: Task, ranks: Ranks, first: int) -> None:
        from ray.train.torch import get_device

        self._task = task
        self._plan = task.plan
        self._builder = task.builder
        self._ranks = ranks
        self._watchdog = ranks.watchdog
        self._watchdog.alive()
        checkpoints = RunFolder(task.folder).checkpoints
        shards, device = task.plan.config.training.user_shards, str(get_device())
        self._exchange = join_shards(ranks.rank, ranks.size, shards, device)
        cells = share(task.plan.cells, ranks.rank, ranks.size, shards)
        self._worker = Worker(
            task.plan, cells, device, checkpoints, rank=ranks.rank, exchange=self._exchange
        )
        self._worker.loop.clock.beat = self._watchdog.alive
        self._spacing = Spacing(task.plan.config.training)  # that of the first counts
        self._worker.start(first)
        self._family = LisFamily(task.plan.family)
        if ranks.first:
            self._start_shared(checkpoints, first)
            self._watching = Watching(task.plan, task.plan.log)
            self._watching.start(first, RunFolder(task.folder))

    def _start_shared(self, checkpoints: Checkpoints, first: int) -> None:
        """Let the builder, and what sums the cells up, begin at window ``first``."""
        if not first:
            self._start_builder(first, None)
            return
        if not self._worker.ends(first):
            with checkpoints.reading(first, BUILDER) as state:
                self._start_builder(first, state)
        with checkpoints.reading(first, FAMILY) as state:
            self._family.load_state_dict(state)

    def _start_builder(self, first: int, state: State | None) -> None:
        import ray

        with self._watchdog.waiting():
            ray.get(self._builder.start.remote(first, state))

    def play(self, window: int) -> Report | LisSimError:
        """Play a window and return what this worker reports of it."""
        began = time.perf_counter()
        mine = self._ranks.first and self._spacing.due(window, len(self._plan.windows))
        due = self._ranks.from_first(mine)  # by one clock: all write theirs, or nobody does
        parts = self._ranks.gather(attempted(self._task, lambda: self._own_part(window, due)))
        if not self._ranks.first:
            return {}
        failure = first_error(parts)
        if failure is not None:
            return failure
        whole = [part for part in parts if isinstance(part, Part)]
        return attempted(self._task, lambda: self._report(window, whole, due, began))

    def _own_part(self, window: int, due: bool) -> Part:
        import ray

        began = time.perf_counter()
        with failing_together(self._exchange):
            with self._watchdog.waiting():  # the builder has a watchdog of its own
                reference, build_seconds = ray.get(self._builder.shown.remote(window))
            shown = ray.get(reference)
        if self._ranks.first:
            self._builder.prepare.remote(window + 1)
        waited = time.perf_counter() - began
        result = self._worker.run_window(window, shown)
        files: Files = {}
        writing = time.perf_counter()
        if due:
            with self._worker.loop.clock.stage("write"):
                files = self._worker.write_cells(window + 1)
        writing = time.perf_counter() - writing
        late = self._worker.loop.clock.take()
        own = time.perf_counter() - began
        return Part(result, late, files, writing, build_seconds, waited, own)

    def _report(self, window: int, parts: Sequence[Part], due: bool, began: float) -> Report:
        """Put the parts of all workers together."""
        clock = self._worker.loop.clock
        with clock.stage("metrics"):
            cells = _in_plan_order(self._plan.cells, [part.result.cells for part in parts])
            self._family.add(window, cells)
            clock_us = parts[0].result.clock_us
            record = window_record(self._plan, window, clock_us, self._family, cells)
            record |= parts[0].result.fields | self._watching.fields(window, cells)
        files = {}
        if due:
            writing = time.perf_counter()
            with clock.stage("write"):
                files = self._write_shared(window, parts)
            shared = time.perf_counter() - writing
            self._spacing.took(shared + max(part.writing for part in parts))
        seconds = [clock.take(), *(s for part in parts for s in (part.result.seconds, part.late))]
        stages = {name: sum(one[name] for one in seconds) for name in STAGES}
        stages["build"] += parts[0].build_seconds
        timings = {
            "window": window,
            "stages": stages,
            "seconds": time.perf_counter() - began,
            "waited_for_builder": parts[0].waited,
            "workers": [part.seconds for part in parts],
        }
        return {
            "window": str(window),
            "record": json.dumps(record, allow_nan=False),
            "timings": json.dumps(timings),
            "checkpoint": json.dumps(files) if files else "",
        }

    def _write_shared(self, window: int, parts: Sequence[Part]) -> Files:
        import ray

        def builder() -> State:
            with self._watchdog.waiting():
                state: State = ray.get(self._builder.state.remote(window + 1))
            return state

        files = {name: facts for part in parts for name, facts in part.files.items()}
        return files | self._worker.write_shared(window + 1, self._family.state_dict(), builder)


def _in_plan_order(
    cells: Sequence[Cell], parts: Sequence[Mapping[tuple[str, int], CellWindow]]
) -> dict[tuple[str, int], CellWindow]:
    merged = {key: one for part in parts for key, one in part.items()}
    return {cell.key: merged[cell.key] for cell in cells}
