"""The rows of a log, decoded from its Parquet parts or mapped from decoded copies of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lis_sim.data import checks
from lis_sim.data.blocks import recut
from lis_sim.data.copies import Copies, LogPart, log_parts
from lis_sim.data.decode import decode_block, decode_times, event_columns
from lis_sim.data.groups import RowGroup, row_groups
from lis_sim.data.prefetch import prefetch
from lis_sim.data.record import EventsFile
from lis_sim.types import EventBlock, Int64, Schema

_PIECE = 65_536  # rows handed out at once, as of a row group


class LogRows(Protocol):
    """Where rows come from; a log may have more than are asked for."""

    def in_blocks(
        self, start_row: int, end_row: int, block_rows: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        """Yield rows ``[start_row, end_row)``, ``block_rows`` at a time."""

    def times(self, start_row: int, end_row: int) -> Iterator[Int64]:
        """Yield the times of rows ``[start_row, end_row)`` in pieces, int64 ``(n,)``."""

    def group_times(self, group: RowGroup) -> Int64:
        """Return the times of one row group, int64 ``(n,)``, not checked for their order."""


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """Decodes and checks row groups, one ahead of its reader."""

    folder: Path
    files: tuple[EventsFile, ...]
    schema: Schema  # of the whole log: a row group may go on past the rows that are asked for
    label_time: bool

    def in_blocks(
        self, start_row: int, end_row: int, block_rows: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        yield from prefetch(recut(self._decoded(start_row, end_row, outcomes), block_rows))

    def times(self, start_row: int, end_row: int) -> Iterator[Int64]:
        yield from prefetch(self._decoded_times(start_row, end_row))

    def group_times(self, group: RowGroup) -> Int64:
        return decode_times(group)

    def _decoded(
        self, start_row: int, end_row: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        previous_us: int | None = None
        columns = event_columns(self.schema, self.label_time, outcomes)
        for group in self._groups(columns, start_row, end_row):
            block = decode_block(group, self.schema, self.label_time, outcomes)
            previous_us = _in_order(group, block.time_us, previous_us)
            yield block.slice(max(0, start_row - group.first_row), end_row - group.first_row)

    def _decoded_times(self, start_row: int, end_row: int) -> Iterator[Int64]:
        previous_us: int | None = None
        columns = event_columns(self.schema, self.label_time)
        for group in self._groups(columns, start_row, end_row):
            time_us = decode_times(group)
            previous_us = _in_order(group, time_us, previous_us)
            yield time_us[max(0, start_row - group.first_row) : end_row - group.first_row]

    def _groups(self, columns: Sequence[str], start_row: int, end_row: int) -> Iterator[RowGroup]:
        for group in row_groups(self.folder, self.files, columns, start_row, end_row):
            if group.end_row > start_row and group.first_row < end_row:
                yield group


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Maps decoded copies, ahead of whose reader nothing needs to be done.

    Parquet is read where a copy is missing and cannot be written.
    """

    folder: Path
    files: tuple[EventsFile, ...]
    copies: Copies

    def in_blocks(
        self, start_row: int, end_row: int, block_rows: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        return recut(self._mapped(start_row, end_row, outcomes), block_rows)

    def times(self, start_row: int, end_row: int) -> Iterator[Int64]:
        previous_us: int | None = None
        for part in self._parts(start_row, end_row):
            for time_us in self._times(part, max(start_row, part.first_row), end_row):
                previous_us = _follows(part, time_us, previous_us)
                yield time_us

    def group_times(self, group: RowGroup) -> Int64:
        (part,) = self._parts(group.first_row, group.first_row + 1)
        time_us = self.copies.times(part)
        if time_us is None:
            return self._parquet.group_times(group)
        start = group.first_row_in_file
        return time_us[start : start + group.rows]

    @property
    def _parquet(self) -> ParquetRows:
        return ParquetRows(self.folder, self.files, self.copies.schema, self.copies.label_time)

    def _parts(self, start_row: int, end_row: int) -> Iterator[LogPart]:
        return log_parts(self.folder, self.files, start_row, end_row)

    def _times(self, part: LogPart, start_row: int, end_row: int) -> Iterator[Int64]:
        """Yield the times of the rows of ``part``, ``[start_row, end_row)`` of the log."""
        end_row = min(end_row, part.first_row + part.rows)
        time_us = self.copies.times(part)
        if time_us is None:
            yield from self._parquet.times(start_row, end_row)
            return
        for at in range(start_row - part.first_row, end_row - part.first_row, _PIECE):
            yield time_us[at : min(at + _PIECE, end_row - part.first_row)]

    def _mapped(
        self, start_row: int, end_row: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        previous_us: int | None = None
        for part in self._parts(start_row, end_row):
            for block in self._blocks(part, max(start_row, part.first_row), end_row, outcomes):
                previous_us = _follows(part, block.time_us, previous_us)
                yield block

    def _blocks(
        self, part: LogPart, start_row: int, end_row: int, outcomes: Sequence[str]
    ) -> Iterator[EventBlock]:
        """Yield the rows of ``part``, ``[start_row, end_row)`` of the log: whole where mapped."""
        end_row = min(end_row, part.first_row + part.rows)
        block = self.copies.block(part, outcomes)
        if block is None:
            yield from self._parquet.in_blocks(start_row, end_row, _PIECE, outcomes)
        else:
            yield block.slice(start_row - part.first_row, end_row - part.first_row)


def _in_order(group: RowGroup, time_us: Int64, previous_us: int | None) -> int | None:
    """Check the order of a group's times; return the last of the log so far."""
    place = checks.Place(group.path, group.first_row_in_file, group.first_row)
    checks.check_order(place, time_us, previous_us)
    return int(time_us[-1]) if len(time_us) else previous_us


def _follows(part: LogPart, time_us: Int64, previous_us: int | None) -> int | None:
    """Check that a part begins no earlier than the one before ended; return the last time."""
    checks.check_order(checks.Place(part.path, 0, part.first_row), time_us[:1], previous_us)
    return int(time_us[-1]) if len(time_us) else previous_us
