"""One new part of a log, read and checked before its events count."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lis_sim.data import checks
from lis_sim.data.decode import decode_block, decode_times, event_columns
from lis_sim.data.groups import RowGroup, row_groups
from lis_sim.data.parquet_file import read_metadata
from lis_sim.data.record import DatasetRecord, EventsFile
from lis_sim.errors import DataError
from lis_sim.types import CategoricalColumn, EventBlock, Int32, Schema

_MAGIC = b"PAR1"  # a file of Parquet begins and ends with it
_ANY = np.iinfo(np.int32).max  # so many users, items and values a part may name


@dataclass(frozen=True, slots=True)
class Counts:
    """What a log counts up to the end of one of its parts."""

    rows: int
    positives: int
    users: int
    items: int
    categorical: tuple[int, ...]  # values of every categorical column
    end_us: int  # time of the last event

    @classmethod
    def of(cls, record: DatasetRecord) -> Counts:
        """Return the counts of a whole dataset."""
        sizes = tuple(column.size for column in record.categorical)
        return cls(record.rows, record.positives, record.users, record.items, sizes, record.end_us)

    def with_numbers_of(self, other: Counts) -> Counts:
        """Return these counts with as many users, items and categories as ``other`` has."""
        sizes = zip(self.categorical, other.categorical, strict=True)
        return replace(
            self,
            users=max(self.users, other.users),
            items=max(self.items, other.items),
            categorical=tuple(max(both) for both in sizes),
        )

    def record(self, base: DatasetRecord, files: tuple[EventsFile, ...]) -> DatasetRecord:
        """Return ``base`` as the record of a log of these ``files``, which counts so much."""
        columns = zip(base.categorical, self.categorical, strict=True)
        return replace(
            base,
            rows=self.rows,
            positives=self.positives,
            users=self.users,
            items=self.items,
            categorical=tuple(CategoricalColumn(one.name, size) for one, size in columns),
            end_us=self.end_us,
            files=files,
        )


class NotWhole(Exception):  # noqa: N818 - no error: who looks for parts waits
    """A file does not end as Parquet does: somebody may still be writing it."""


def _footer(path: Path) -> pq.FileMetaData:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - len(_MAGIC)))
        if size < 3 * len(_MAGIC) or file.read() != _MAGIC:
            raise NotWhole
    return read_metadata(path, "put a whole part there, or remove it")


class PartReader:
    """Reads one Parquet part that no ``dataset.json`` lists.

    :class:`NotWhole` on construction: the file is not whole yet.
    """

    def __init__(self, path: Path, record: DatasetRecord) -> None:
        self.path = path
        self.rows = _footer(path).num_rows
        self._record = record
        columns = tuple(CategoricalColumn(one.name, _ANY) for one in record.categorical)
        self._schema = Schema(_ANY, _ANY, columns, record.numeric)
        if self.rows == 0:
            raise DataError(f"{path} has no rows; accepted: parts of at least one event; remove it")

    def first_us(self) -> int:
        """Return the time of the first event."""
        first = row_groups(
            self.path.parent.parent, [EventsFile(self.path.name, self.rows)], ["time"]
        )
        return int(decode_times(next(group for group in first if group.rows))[0])

    def counted(self, before: Counts, numbered: Counts | None = None) -> Counts:
        """Read the part, check every row, and return what the log counts with it.

        ``numbered``: users, items and categories that have a number already, met or not.
        :class:`DataError` names the first row that is earlier than the one before it, breaks the
        data contract, or has an index that is not the next one.
        """
        counts = before if numbered is None else before.with_numbers_of(numbered)
        for group, block in self._blocks(before.rows):
            counts = self._added(counts, group, block)
        return counts

    def _blocks(self, first_row: int) -> Iterator[tuple[RowGroup, EventBlock]]:
        record = self._record
        columns = event_columns(self._schema, record.label_time, record.outcomes)
        part = EventsFile(self.path.name, self.rows)
        for group in row_groups(self.path.parent.parent, [part], columns):
            group = replace(group, first_row=first_row + group.first_row)
            yield group, decode_block(group, self._schema, record.label_time)

    def _added(self, before: Counts, group: RowGroup, block: EventBlock) -> Counts:
        place = checks.Place(self.path, group.first_row_in_file, group.first_row)
        late_us = before.end_us - int(block.time_us[0])
        if late_us > 0:
            place.fail(
                0,
                "time",
                int(block.time_us[0]),
                f"a time >= {before.end_us}, that of the log's last event; it is "
                f"{late_us / 1e6:,.6g} s late: a log that is followed is in time order. Hold "
                "parts back until nothing earlier can come, or leave this one out",
            )
        checks.check_order(place, block.time_us, before.end_us)
        values = zip(self._record.categorical, before.categorical, strict=True)
        sizes = tuple(
            _numbered_on(place, one.name, block.categorical[:, at], size)
            for at, (one, size) in enumerate(values)
        )
        return Counts(
            rows=before.rows + len(block),
            positives=before.positives + int(np.count_nonzero(block.label)),
            users=_numbered_on(place, "user", block.user, before.users),
            items=_numbered_on(place, "item", block.item, before.items),
            categorical=sizes,
            end_us=int(block.time_us[-1]),
        )


def _numbered_on(place: checks.Place, column: str, index: Int32, known: int) -> int:
    """Return how many are known with ``index`` ``(n,)``, whose new ones must come in order.

    >>> _numbered_on(checks.Place(Path("p"), 0), "item", np.int32([0, 3, 1, 4, 3]), known=3)
    5
    """
    new, first = np.unique(index[index >= known], return_index=True)
    in_order = np.argsort(first, kind="stable")
    expected = known + np.arange(len(new))
    if (new[in_order] != expected).any():
        at = int(np.argmax(new[in_order] != expected))
        row = int(np.flatnonzero(index >= known)[first[in_order[at]]])
        place.fail(
            row,
            column,
            int(index[row]),
            f"an index below {expected[at]:,}, or {expected[at]:,} itself: new ones are numbered "
            "on by first appearance. `lis-sim data append` numbers raw rows",
        )
    return known + len(new)
