"""What a worker does in every window, whichever engine it belongs to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from lis_sim.data.dataset import Dataset
from lis_sim.preference.builder import Shown
from lis_sim.training.checkpoint import Checkpoints
from lis_sim.training.loop import PrequentialLoop, WindowResult
from lis_sim.training.plan import Cell, RunPlan

STREAM = "stream"
FAMILY = "family"
BUILDER = "builder"


class Worker:
    """A prequential loop over some cells, with its part of the checkpoints."""

    def __init__(
        self,
        plan: RunPlan,
        cells: Sequence[Cell],
        device: str,
        checkpoints: Checkpoints,
        dataset: Dataset | None = None,
    ) -> None:
        use_one_thread(device)
        self.plan = plan
        self.loop = PrequentialLoop(plan, cells, device, dataset)
        self._checkpoints = checkpoints

    def start(self, window: int) -> None:
        """Begin at ``window``, from the checkpoint before it unless it is the first."""
        if window > 0:
            self.loop.load_cells(lambda cell: self._checkpoints.read_part(window, part_of(cell)))
            self.loop.load_stream_state(self._checkpoints.read_part(window, STREAM))
        if window < len(self.plan.windows):
            self.loop.start(window)

    def follow(self, plan: RunPlan, dataset: Dataset, window: int) -> None:
        """Go on at ``window`` in a log that has grown; ``plan`` has further windows."""
        self.plan = plan
        self.loop.follow(plan, dataset)
        self.loop.start(window)

    def run_window(self, window: int, shown: Shown) -> WindowResult:
        """Play one window."""
        return self.loop.run_window(window, shown)

    def write_cells(self, window: int) -> dict[str, str]:
        """Write the state of all own cells before ``window``; return files and checksums."""
        files: dict[str, str] = {}
        for cell in self.loop.cells:
            files |= self._checkpoints.write_part(window, part_of(cell), self.loop.state_of(cell))
        return files

    def write_shared(
        self,
        window: int,
        family: Mapping[str, NDArray[np.generic]],
        builder: Mapping[str, NDArray[np.generic]],
    ) -> dict[str, str]:
        """Write what is the same for all workers; one of them does it."""
        files = self._checkpoints.write_part(window, STREAM, self.loop.stream_state())
        files |= self._checkpoints.write_part(window, FAMILY, family)
        return files | self._checkpoints.write_part(window, BUILDER, builder)


def part_of(cell: Cell) -> str:
    """Return the name of a cell's part of a checkpoint."""
    return f"cell-{cell.arm}-{cell.replicate}"


def checkpoint_due(plan: RunPlan, window: int) -> bool:
    """Whether a checkpoint follows ``window``: every so many, and after the last."""
    after = window + 1
    return after % plan.config.training.checkpoint_windows == 0 or after == len(plan.windows)


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
