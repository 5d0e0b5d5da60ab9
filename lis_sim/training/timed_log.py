"""A log that tells how long it was waited for."""

from __future__ import annotations

from collections.abc import Iterator

from lis_sim.data.dataset import Dataset
from lis_sim.training.stages import StageClock
from lis_sim.types import EventBlock


class TimedLog:
    """A dataset whose reading time is told apart from the environment's own."""

    def __init__(self, dataset: Dataset, clock: StageClock) -> None:
        self._dataset = dataset
        self._clock = clock
        self.schema = dataset.schema
        self.rows = dataset.rows
        self.start_us = dataset.start_us
        self.end_us = dataset.end_us

    def blocks(
        self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65_536
    ) -> Iterator[EventBlock]:
        blocks = self._dataset.blocks(start_row, end_row, block_rows)
        while True:
            with self._clock.stage("read"):
                block = next(blocks, None)
            if block is None:
                return
            yield block
