"""What a worker does in every window, whichever engine it belongs to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lis_sim.data.dataset import Dataset
from lis_sim.preference.builder import Shown
from lis_sim.training.checkpoints.checkpoints import Checkpoints
from lis_sim.training.checkpoints.manifest import Files
from lis_sim.training.checkpoints.writer import PartWriter
from lis_sim.training.loop import PrequentialLoop, WindowResult
from lis_sim.training.plan import Cell, RunPlan
from policies.base import Recommender, SavedState, saved_state
from policies.exchange import ALONE, Exchange

STREAM = "stream"
FAMILY = "family"
BUILDER = "builder"

_State: TypeAlias = Mapping[str, NDArray[np.generic]]


class Worker:
    """A prequential loop over some cells, with its part of the checkpoints."""

    def __init__(
        self,
        plan: RunPlan,
        cells: Sequence[Cell],
        device: str,
        checkpoints: Checkpoints,
        dataset: Dataset | None = None,
        rank: int = 0,
        grows: bool = False,
        exchange: Exchange = ALONE,
    ) -> None:
        """``rank``: which worker of how many this is, as the checkpoints' manifests name it.

        ``grows``: whether windows may follow those of ``plan``, by :meth:`follow`. ``exchange``:
        the workers that have the cells' other users.
        """
        use_one_thread(device)
        self.plan = plan
        self.loop = PrequentialLoop(plan, cells, device, dataset, exchange)
        self._shard = exchange.shard
        self._checkpoints = checkpoints
        self._rank = rank
        self._grows = grows
        self._writer = PartWriter(checkpoints, rank)

    def start(self, window: int) -> None:
        """Begin at ``window``, from the checkpoint before it unless it is the first."""
        self._writer = PartWriter(self._checkpoints, self._rank)  # of what changed from here on
        if window == 0:
            self.loop.start(0)
            return
        if self.ends(window):
            return
        for cell, recommender in self.loop.stateful():
            with self._checkpoints.reading(window, self._part(part_of(cell))) as state:
                recommender.load_state_dict(state)
        with self._checkpoints.reading(window, self._part(STREAM)) as state:
            self.loop.load_stream_state(state)
            if window < len(self.plan.windows):
                self.loop.start(window)  # the environment takes its part of the state over here

    def ends(self, window: int) -> bool:
        """Whether nothing is ever played from ``window`` on: a checkpoint holds only the sums."""
        return not self._grows and window >= len(self.plan.windows)

    def follow(self, plan: RunPlan, dataset: Dataset, window: int) -> None:
        """Go on at ``window`` in a log that has grown; ``plan`` has further windows."""
        self.plan = plan
        self.loop.follow(plan, dataset)
        self.loop.start(window)

    def run_window(self, window: int, shown: Shown) -> WindowResult:
        """Play one window."""
        return self.loop.run_window(window, shown)

    def write(self, window: int, family: _State, builder: Callable[[], _State]) -> Files:
        """Write all that one worker's checkpoint before ``window`` consists of, not settled."""
        return self._cells(window) | self._shared(window, family, builder)

    def write_cells(self, window: int) -> Files:
        """Write the state of all own cells before ``window``; return files and checksums.

        And of a shard's stream, which the first workers have all of between them.
        """
        files = self._cells(window)
        if not self._shard.whole and self._rank < self._shard.of and not self.ends(window):
            stream = self.loop.stream_state()
            files |= self._writer.write(window, self._part(STREAM), lambda *_: stream)
        self._checkpoints.settle(files)
        return files

    def write_shared(self, window: int, family: _State, builder: Callable[[], _State]) -> Files:
        """Write what is the same for all workers; one of them does it."""
        files = self._shared(window, family, builder)
        self._checkpoints.settle(files)
        return files

    def _cells(self, window: int) -> Files:
        files: Files = {}
        if self.ends(window):
            return files
        for cell, recommender in zip(self.loop.cells, self.loop.recommenders, strict=True):

            def saved(save: int, since: int | None, of: Recommender = recommender) -> SavedState:
                return saved_state(of, save, since)

            self.loop.clock.beat()  # a part of gigabytes takes its time
            files |= self._writer.write(window, self._part(part_of(cell)), saved)
        return files

    def _shared(self, window: int, family: _State, builder: Callable[[], _State]) -> Files:
        states = {FAMILY: family}
        if not self.ends(window):
            states[BUILDER] = builder()
            if self._shard.whole:
                states[STREAM] = self.loop.stream_state()
        files: Files = {}
        for part, state in states.items():
            files |= self._writer.write(window, part, lambda *_, of=state: of)
        return files

    def _part(self, name: str) -> str:
        """Return the name of a part of a checkpoint of which every shard has its own."""
        shard = self._shard
        return name if shard.whole else f"{name}.shard-{shard.index}-of-{shard.of}"


def part_of(cell: Cell) -> str:
    """Return the name of a cell's part of a checkpoint."""
    return f"cell-{cell.arm}-{cell.replicate}"


def use_one_thread(device: str) -> None:
    """Pin torch's and BLAS's threads.

    Small steps collapse when two threads share a busy core, and sums of matrix products differ in
    their last bits with the number of threads.
    """
    torch.set_num_threads(1)
    threadpool_limits(1)  # type: ignore[no-untyped-call]
    if device.startswith("cuda"):
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or torch refuses products
        torch.use_deterministic_algorithms(True)
