"""What new rows must be like before any of them is appended or held back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from lis_sim.data.raw import ROW
from lis_sim.data.raw_log import RawLog
from lis_sim.data.record import RECORD_FILE, DatasetRecord
from lis_sim.errors import DataError


def refuse_unlisted(path: Path, record: DatasetRecord) -> None:
    """Raise :class:`DataError` for a part in the folder ``path`` that ``record`` does not list."""
    listed = {part.name for part in record.files}
    other = sorted({one.name for one in (path / "events").glob("*.parquet")} - listed)
    if other:
        raise DataError(
            f"{path / 'events' / other[0]} is not in {RECORD_FILE}: parts that somebody else adds "
            "and rows appended here would be numbered twice; accepted: one of the two ways"
        )


def check_first(log: RawLog, batch: pa.RecordBatch, end_us: int) -> None:
    """Check the earliest new event, the first of ``batch``, against the log's last at ``end_us``.

    Of all rows, also of those that will be held back: one that is too late already would only be
    refused when its time has come, and block every append from then on.
    """
    first_us = int(batch.column("time")[0].as_py())
    if first_us < end_us:
        raise DataError(
            f"{log.place(int(batch.column(ROW)[0].as_py()))}: its time {first_us} is "
            f"{(end_us - first_us) / 1e6:,.6g} s before {end_us}, that of the last "
            "event in the dataset; accepted: rows that are no earlier. Append in time order, hold "
            "rows back until nothing earlier can come, or leave this one out"
        )


def check_types(batch: pa.RecordBatch, kinds: Mapping[str, Any]) -> None:
    """Check that the ids of ``batch`` are of the types they have in the dataset, by column."""
    for name in sorted(set(kinds) & set(batch.schema.names)):
        if batch.column(name).type != kinds[name]:
            raise DataError(
                f"column {name!r} of the new rows is of type {batch.column(name).type}; accepted: "
                f"{kinds[name]}, as in the dataset"
            )
