"""Rows that wait in a dataset's folder, because earlier ones may still come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.parquet_file import SAVED, read_columns, read_metadata
from lis_sim.data.raw import ROW

HELD_FILE = "held.parquet"
_REMEDY = "it holds rows that wait: put the whole file back, or import the log again"


class HeldRows:
    """Splits sorted rows into those that are settled and those that wait for the next time.

    A row is settled once the newest event is ``lateness_us`` later than it::

        time        last event of the log        newest - lateness        newest
        refused  -->|
        settled     |---------------------------------------------->|
        held                                                        |------->|

    The rows that wait are written to ``out`` by the time :meth:`settled` has come to its end.
    """

    def __init__(self, before: Path, out: Path, newest_us: int, lateness_us: int) -> None:
        self._out = out
        # None waits where nothing may be late: then the newest event itself is settled.
        self._until_us = newest_us - lateness_us
        self._writer: pq.ParquetWriter | None = None
        self._write_empty = held_rows(before) > 0
        self.rows = 0

    def settled(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of ``batches``, sorted by time, that are settled; keep the others."""
        for batch in batches:
            time_us = batch.column("time").to_numpy()
            split = int(np.searchsorted(time_us, self._until_us, side="right"))
            if split:
                yield batch.slice(0, split)
            if split < batch.num_rows or self._write_empty:
                self._keep(batch.slice(split))
        if self._writer is not None:
            self._writer.close()

    def _keep(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._out, batch.schema, **SAVED)
        self._writer.write_batch(batch)
        self.rows += batch.num_rows


def held_rows(path: Path) -> int:
    """Return how many rows wait in the file ``path``."""
    return int(read_metadata(path, _REMEDY).num_rows) if path.is_file() else 0


def held_newest_us(path: Path) -> int | None:
    """Return the time of the newest row that waits in the file ``path``; None: none does."""
    if not held_rows(path):
        return None
    return int(read_columns(path, ["time"], _REMEDY).column("time")[-1].as_py())


def held_sql(path: Path, quote: str) -> str:
    """Return SQL of the waiting rows; numbered below 0, so that they come first among equals.

    ``quote`` is the path as an SQL literal.
    """
    numbered = f"row_number() OVER () - {held_rows(path)} - 1 AS {ROW}"
    return f"SELECT * EXCLUDE ({ROW}), {numbered} FROM read_parquet({quote})"
