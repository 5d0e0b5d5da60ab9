"""The rows of one window after another, each row group decoded once however short they are."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from lis_sim.data.dataset import Dataset
from lis_sim.types import EventBlock, Window


class StreamRows:
    """Reads windows in any order; adjacent ones without opening the log again."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._blocks: Iterator[EventBlock] = iter(())
        self._row = -1  # where the next block begins
        self._held: EventBlock | None = None

    def of(self, window: Window) -> Generator[EventBlock, None, None]:
        """Yield the rows of ``window`` in pieces, as views."""
        row = window.start_row
        while row < window.end_row:
            block = self._block_at(row)
            piece = block.slice(row - block.first_row, window.end_row - block.first_row)
            row += len(piece)
            yield piece

    def close(self) -> None:
        """Stop the thread that reads ahead."""
        if isinstance(self._blocks, Generator):
            self._blocks.close()

    def _block_at(self, row: int) -> EventBlock:
        held = self._held
        if held is not None and held.first_row <= row < held.first_row + len(held):
            return held
        if row != self._row:
            self.close()
            self._blocks = self._dataset.blocks(row)
        self._held = next(self._blocks)
        self._row = self._held.first_row + len(self._held)
        return self._held
