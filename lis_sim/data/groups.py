"""Where the rows of a log lie: the row groups of its Parquet parts, from the footers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

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


def row_groups(folder: Path, files: Sequence[EventsFile], columns: Sequence[str]) -> list[RowGroup]:
    """Return the row groups of ``folder/events`` in log order.

    Raises :class:`DataError` when a part is missing, has other rows than ``dataset.json``
    says, or lacks one of ``columns``.
    """
    groups: list[RowGroup] = []
    first_row = 0
    for part in files:
        path = folder / "events" / part.name
        metadata = _footer(path, columns)
        if metadata.num_rows != part.rows:
            raise DataError(
                f"{path} has {metadata.num_rows:,} rows, dataset.json says {part.rows:,}; "
                "import the log again"
            )
        groups.extend(_file_groups(path, metadata, first_row))
        first_row += part.rows
    return groups


def _footer(path: Path, columns: Sequence[str]) -> pq.FileMetaData:
    if not path.is_file():
        raise DataError(f"{path} is missing, dataset.json lists it; import the log again")
    try:
        metadata = pq.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is not a Parquet file ({error}); import the log again") from error
    missing = [name for name in columns if name not in metadata.schema.names]
    if missing:
        raise DataError(
            f"{path} lacks the column {missing[0]!r}; it has {', '.join(metadata.schema.names)}; "
            "import the log again"
        )
    return metadata


def _file_groups(path: Path, metadata: pq.FileMetaData, first_row: int) -> list[RowGroup]:
    groups: list[RowGroup] = []
    time_column = metadata.schema.names.index("time")
    in_file = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        statistics = group.column(time_column).statistics
        last = statistics.max if statistics is not None and statistics.has_min_max else None
        groups.append(RowGroup(path, index, group.num_rows, first_row + in_file, in_file, last))
        in_file += group.num_rows
    return groups
