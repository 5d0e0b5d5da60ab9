"""Parquet files of scores, opened: their rows in order, a few thousand at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.checks import Place
from lis_sim.data.parquet_file import parquet, read_metadata
from lis_sim.data.prefetch import prefetch
from lis_sim.errors import DataError
from lis_sim.scoring.columns import ScoreColumns, find_columns
from lis_sim.scoring.decode import Columns, Decoder
from lis_sim.scoring.parts import REMEDY, parts_of, schema_of
from lis_sim.scoring.settings import ScoreSettings

BATCH_ROWS = 65_536
_PAGES = 1 << 20  # bytes read at once of a column: a row group of any size costs no more


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """Rows of events in time order: who, when, the label, and what every arm gave.

    ``columns`` says which column is what. Holds no rows; memory while they are read is that of a
    few batches, however long the file or its row groups are.
    """

    path: Path  # a file, or a folder of them
    parts: tuple[Path, ...]
    columns: ScoreColumns
    rows: int
    time_unit: str

    @classmethod
    def open(cls, path: Path, settings: ScoreSettings) -> ScoreFile:
        """Open ``path``; :class:`DataError` or :class:`ConfigError` says what does not fit."""
        parts = parts_of(path)
        columns = find_columns(schema_of(parts), settings.columns, path, settings.metrics.plan)
        rows = sum(read_metadata(part, REMEDY).num_rows for part in parts)
        if not rows:
            raise DataError(f"{path} has no rows; accepted: one row or more for every event")
        return cls(path, parts, columns, rows, settings.time_unit)

    def read(
        self, roles: Iterable[str], decoder: Decoder | None = None
    ) -> Iterator[tuple[int, Columns]]:
        """Yield the first row of every batch and the values of ``roles``, by role or arm.

        Arrays are as :class:`~.decode.Decoder` says: users, items and slices are numbered by
        ``decoder``, or else anew, which gives the same numbers. Values are checked one by one, not
        against each other. The next batch is decoded by one background thread.

        Raises:
            DataError: naming file, row and column of a value that is none.
        """
        decoder = decoder or Decoder(self.time_unit)
        yield from prefetch(self._decoded(tuple(roles), decoder), depth=2)

    def has(self, role: str) -> bool:
        """Return whether the file has a column of ``role``."""
        return role in self.columns.roles

    def _decoded(self, roles: tuple[str, ...], decoder: Decoder) -> Iterator[tuple[int, Columns]]:
        names = {role: self._column(role) for role in roles}
        row = 0
        for part in self.parts:
            row_in_part = 0
            for batch in _batches(part, list(names.values())):
                place = Place(part, row_in_part, row if len(self.parts) > 1 else None)
                found = dict(zip(batch.schema.names, batch.columns, strict=True))
                own = ((role, name, found[name]) for role, name in names.items())
                yield row, {role: decoder(role, name, values, place) for role, name, values in own}
                row_in_part += len(batch)
                row += len(batch)

    def _column(self, role: str) -> str:
        return {**self.columns.arms, **self.columns.roles}[role]


def _batches(part: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    with (
        parquet(part, REMEDY),
        pq.ParquetFile(
            part, pre_buffer=False, buffer_size=_PAGES, page_checksum_verification=True
        ) as file,
    ):
        options: Any = {"use_threads": False}
        for batch in file.iter_batches(BATCH_ROWS, columns=names, **options):
            if len(batch):
                yield batch
