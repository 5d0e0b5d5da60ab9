"""What the environments replay: a dataset folder, or arrays in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from lis_sim.errors import DataError
from lis_sim.types import EventBlock, Schema


class EventLog(Protocol):
    """A time-ordered log that can be read in blocks; ``lis_sim.data.dataset.Dataset`` is one."""

    @property
    def rows(self) -> int:
        """Number of events."""

    @property
    def schema(self) -> Schema:
        """Counts of users and items, declared features."""

    def blocks(
        self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65536
    ) -> Iterator[EventBlock]:
        """Yield rows ``[start_row, end_row)`` in order, ``block_rows`` at a time."""


class MemoryLog:
    """A log held in arrays, for small worlds and tests.

    Args:
        events: The whole log, in time order, first row 0.
        schema: Its counts and features.

    Examples:
        >>> import numpy as np
        >>> from lis_sim.types import EventBlock, Schema
        >>> zeros = np.zeros(3, np.int32)
        >>> events = EventBlock(
        ...     0,
        ...     zeros,
        ...     zeros,
        ...     np.arange(3),
        ...     np.ones(3, np.float32),
        ...     np.zeros((3, 0), np.int32),
        ...     np.zeros((3, 0), np.float32),
        ... )
        >>> log = MemoryLog(events, Schema(users=1, items=1))
        >>> [(block.first_row, len(block)) for block in log.blocks(block_rows=2)]
        [(0, 2), (2, 1)]
    """

    def __init__(self, events: EventBlock, schema: Schema) -> None:
        time_us = events.time_us
        if len(events) and (time_us[1:] < time_us[:-1]).any():
            row = int((time_us[1:] < time_us[:-1]).argmax()) + 1
            raise DataError(
                f"row {row}: time {time_us[row]} is before the row above ({time_us[row - 1]}); "
                "rows must be in time order; sort them first"
            )
        self._events = replace(events, first_row=0)
        self.schema = schema

    @property
    def rows(self) -> int:
        """Number of events."""
        return len(self._events)

    def blocks(
        self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65536
    ) -> Iterator[EventBlock]:
        """Yield rows ``[start_row, end_row)`` in order, ``block_rows`` at a time, as views."""
        end_row = self.rows if end_row is None else end_row
        for start in range(start_row, end_row, block_rows):
            yield self._events.slice(start, min(start + block_rows, end_row))
