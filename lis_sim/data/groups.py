"""Where the rows of a log lie: the row groups of its Parquet parts, from the footers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lis_sim.data.parquet_file import (
    AGAIN,
    check_names,
    leaf_of,
    listed,
    parquet,
    read_metadata,
)
from lis_sim.data.record import EventsFile
from lis_sim.errors import DataError


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows ``[first_row, first_row + rows)`` of the log, decoded together."""

    path: Path
    index: int  # within the file
    rows: int
    first_row: int  # in the log
    first_row_in_file: int
    last_time_us: int | None  # from the statistics; None when the file has none

    @property
    def end_row(self) -> int:
        return self.first_row + self.rows


def row_groups(
    folder: Path,
    files: Sequence[EventsFile],
    columns: Sequence[str],
    start_row: int = 0,
    end_row: int | None = None,
) -> list[RowGroup]:
    """Return the row groups of ``folder/events`` in log order.

    Of the parts that have some of the rows ``[start_row, end_row)`` of the log; the files of the
    others are not looked at: a log that is followed for weeks has thousands.

    Raises :class:`DataError` when a part is missing, has other rows than ``dataset.json``
    says, or lacks one of ``columns``.
    """
    groups: list[RowGroup] = []
    first_row = 0
    for part in files:
        if first_row + part.rows <= start_row:
            first_row += part.rows
            continue
        if end_row is not None and first_row >= end_row:
            break
        path = folder / "events" / part.name
        footer = _footer(path, columns)
        if footer.rows != part.rows:
            raise DataError(
                f"{path} has {footer.rows:,} rows, dataset.json says {part.rows:,}; "
                "import the log again"
            )
        groups.extend(_file_groups(path, footer, first_row))
        first_row += part.rows
    return groups


@dataclass(frozen=True, slots=True)
class _Footer:
    """What is used of a part's footer."""

    names: tuple[str, ...]
    groups: tuple[tuple[int, int | None], ...]  # rows and last time of every row group

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.groups)


def _footer(path: Path, columns: Sequence[str]) -> _Footer:
    if not path.is_file():
        raise DataError(f"{path} is missing, dataset.json lists it; import the log again")
    status = path.stat()
    footer = _read_footer(path, status.st_size, status.st_mtime_ns)
    missing = [name for name in columns if name not in footer.names]
    if missing:
        raise DataError(
            f"{path} lacks the column {missing[0]!r}; it has {listed(footer.names)}; "
            "import the log again"
        )
    return footer


# Whoever asks which row is where goes through all footers, and a log that is followed for weeks has
# thousands of them.
@lru_cache(maxsize=65_536)
def _read_footer(path: Path, size: int, changed_ns: int) -> _Footer:
    """Return the footer of the file that ``path`` was at that size and time."""
    metadata = read_metadata(path)
    with parquet(path, AGAIN):
        # The columns, not their leaves: every list has one that is called `element`.
        names = tuple(metadata.schema.to_arrow_schema().names)
        time = leaf_of(metadata, "time")
        check_names(names, str(path))
        groups = []
        for index in range(metadata.num_row_groups):
            group = metadata.row_group(index)
            groups.append((group.num_rows, _last_time(group, time)))
    return _Footer(names, tuple(groups))


def _last_time(group: Any, time: int | None) -> int | None:
    if time is None:
        return None
    statistics = group.column(time).statistics
    last = statistics.max if statistics is not None and statistics.has_min_max else None
    return last if isinstance(last, int) else None  # a time that is no number is refused later


def _file_groups(path: Path, footer: _Footer, first_row: int) -> list[RowGroup]:
    groups: list[RowGroup] = []
    in_file = 0
    for index, (rows, last_us) in enumerate(footer.groups):
        groups.append(RowGroup(path, index, rows, first_row + in_file, in_file, last_us))
        in_file += rows
    return groups
