"""A dataset folder, opened: rows in order, in constant memory, checked while they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from lis_sim.data import checks, representations
from lis_sim.data.copies import Copies
from lis_sim.data.decode import event_columns, whole_numbers
from lis_sim.data.groups import RowGroup, row_groups
from lis_sim.data.log_rows import CopiedRows, LogRows, ParquetRows
from lis_sim.data.parquet_file import read_columns, read_schema
from lis_sim.data.record import DatasetRecord
from lis_sim.errors import ConfigError, DataError, nearest
from lis_sim.types import EventBlock, Int32, Int64, RepresentationTable, Schema

BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Dataset:
    """A log at rest (DESIGN section 3). Cheap to open and to pickle; holds no rows.

    >>> import tempfile
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> spec = SyntheticSpec(events=1000, users=50, items=40)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_synthetic(spec, Path(folder) / "world")
    ...     world = Dataset.open(Path(folder) / "world")
    ...     [len(block) for block in world.blocks(start_row=100, block_rows=400)]
    [400, 400, 100]
    """

    path: Path
    record: DatasetRecord
    # Of which log these are the first rows alone; made by lis_sim.data.first_rows. None: all rows.
    whole: DatasetRecord | None = None
    # Where decoded copies are kept; made by lis_sim.data.decoded. None: Parquet is read.
    copies: Path | None = None
    # From an event to its label, in a log that does not say itself; made by with_label_delay.
    label_delay_us: int = 0

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """Open the dataset folder ``path``; :class:`DataError` when it is not one."""
        folder = Path(path)
        return cls(folder, DatasetRecord.read(folder))

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def fingerprint(self) -> str:
        return self.record.fingerprint

    @property
    def rows(self) -> int:
        return self.record.rows

    @property
    def schema(self) -> Schema:
        return self.record.schema

    @property
    def start_us(self) -> int:
        """Time of the first event."""
        return self.record.start_us

    @property
    def end_us(self) -> int:
        """Time of the last event (inclusive)."""
        return self.record.end_us

    @property
    def label_rate(self) -> float:
        return self.record.label_rate

    @property
    def delayed(self) -> bool:
        """Whether labels are known later than their events: every block says when."""
        return self.record.label_time or self.label_delay_us > 0

    def with_label_delay(self, delay_us: int) -> Dataset:
        """Return the log as if every label were known ``delay_us`` microseconds after its event.

        Raises :class:`ConfigError` where the log itself says when (``label_time``).

        >>> import tempfile
        >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     world = write_synthetic(SyntheticSpec(events=9), Path(folder) / "world")
        ...     (block,) = world.with_label_delay(60_000_000).blocks()
        >>> (block.label_time_us - block.time_us).tolist() == [60_000_000] * 9
        True
        """
        if delay_us and self.record.label_time:
            raise ConfigError(
                f"stream.label_delay is given, but {self.path} says itself when each label was "
                "known (label_time); leave stream.label_delay out"
            )
        return replace(self, label_delay_us=delay_us)

    @property
    def negatives(self) -> str | None:
        """What must be said beside every number when negatives were sampled; None: observed."""
        return self.record.negatives

    def groups(
        self, outcomes: Sequence[str] = (), start_row: int = 0, end_row: int | None = None
    ) -> list[RowGroup]:
        """Return where the rows lie, from the footers; checks the parts against the record.

        Of the parts alone that have some of the rows ``[start_row, end_row)``.
        """
        columns = event_columns(self.schema, self.record.label_time, outcomes)
        end = self.rows if end_row is None else end_row
        found = row_groups(self.path, self.record.files, columns, start_row, end)
        # Of the last part of a log's first rows, those after them are none of this dataset's.
        return [group for group in found if group.first_row < self.rows]

    def blocks(
        self,
        start_row: int = 0,
        end_row: int | None = None,
        block_rows: int = BLOCK_ROWS,
        outcomes: Sequence[str] = (),
    ) -> Iterator[EventBlock]:
        """Yield rows ``[start_row, end_row)``; block ``k`` starts at ``start_row + k*block_rows``.

        Memory is that of a few blocks whatever the length of the log; the next block is
        decoded by one background thread. Row groups before ``start_row`` are not decoded.
        ``outcomes`` names columns that are known only after their event; nobody but
        :mod:`lis_sim.data.future` asks for any.

        Raises :class:`DataError` naming file, row and column for times that decrease, labels
        other than 0 and 1, missing values, and indices outside their tables.
        """
        end = self.rows if end_row is None else end_row
        self._check_rows(start_row, end)
        self.check_outcomes(outcomes)
        if block_rows < 1:
            raise DataError(f"block_rows is {block_rows}; accepted: 1 or more")
        blocks = self._log_rows.in_blocks(start_row, end, block_rows, outcomes)
        yield from map(self._with_label_time, blocks) if self.label_delay_us else blocks

    def _with_label_time(self, block: EventBlock) -> EventBlock:
        return replace(block, label_time_us=block.time_us + self.label_delay_us)

    def times(self, start_row: int = 0) -> Iterator[Int64]:
        """Yield the event times from ``start_row`` on, int64 ``(n,)``, row group by row group."""
        self._check_rows(start_row, self.rows)
        yield from self._log_rows.times(start_row, self.rows)

    def group_times(self, group: RowGroup) -> Int64:
        """Return the times of one of :meth:`groups`, int64 ``(n,)``, unchecked."""
        return self._log_rows.group_times(group)

    def representations(self) -> tuple[str, ...]:
        """Return the names of the representation tables of this dataset, sorted."""
        folder = self.path / "representations"
        return tuple(sorted(p.stem for p in folder.glob("*.parquet")))

    def representation(self, name: str) -> RepresentationTable:
        """Read one representation table, checked against the items of this dataset.

        The first rows of a log have no vectors of items that come later.
        """
        known = self.representations()
        if name not in known:
            raise DataError(
                f"{self.path} has no representation {name!r}{nearest(name, known)}; "
                f"it has: {', '.join(known) or 'none'}; add one with `lis-sim data import`"
            )
        path = self.path / "representations" / f"{name}.parquet"
        if self.whole is None:
            return representations.read_table(path, name, self.schema.items)
        table = representations.read_table(path, name, self.whole.items)
        known_items = table.item < self.schema.items
        return replace(table, item=table.item[known_items], vectors=table.vectors[known_items])

    def item_columns(self) -> tuple[str, ...]:
        """Return the categorical columns that the items table has as well."""
        names = read_schema(self.path / "items.parquet").names
        return tuple(column.name for column in self.schema.categorical if column.name in names)

    def item_values(self, column: str) -> Int32:
        """Return every item's value of one of :meth:`item_columns`, int32 ``(I,)``."""
        known = self.item_columns()
        if column not in known:
            raise DataError(
                f"the items of {self.path} have no categorical column {column!r}"
                f"{nearest(column, known)}; they have: {', '.join(known) or 'none'}; declare it "
                "under `items.categorical` when the log is imported"
            )
        path = self.path / "items.parquet"
        values = whole_numbers(checks.Place(path, 0), read_columns(path, [column]), column)
        size = {one.name: one.size for one in self.schema.categorical}[column]
        # An append puts longer tables in place before the record that makes them count.
        values = values[: self.schema.items]
        if len(values) < self.schema.items:
            raise DataError(
                f"{path} has {len(values):,} rows, dataset.json says {self.schema.items:,}; "
                "import the log again"
            )
        checks.check_range(checks.Place(path, 0), column, values, size)
        return values

    def vocab(self, name: str) -> pa.Array[Any]:
        """Return the original ids of ``user``, ``item`` or a categorical feature.

        So many as this dataset counts: one that was appended to since has more.
        """
        path = self.path / "vocab" / f"{name}.parquet"
        if not path.is_file():
            known = sorted(p.stem for p in path.parent.glob("*.parquet"))
            raise DataError(
                f"{self.path} has no vocabulary {name!r}{nearest(name, known)}; "
                f"it has: {', '.join(known)}"
            )
        ids: Any = read_columns(path, ["id"]).column("id").combine_chunks()
        size = self._sizes().get(name, len(ids))
        if len(ids) < size or ids.null_count:
            raise DataError(
                f"{path} has {len(ids) - ids.null_count:,} ids, dataset.json says {size:,}; import "
                "the log again"
            )
        found: pa.Array[Any] = ids.slice(0, size)
        return found

    def _sizes(self) -> dict[str, int]:
        sizes = {column.name: column.size for column in self.schema.categorical}
        return {"user": self.schema.users, "item": self.schema.items} | sizes

    def check_outcomes(self, names: Sequence[str]) -> None:
        """Raise :class:`DataError` for a name that is no outcome column of this log."""
        known = self.record.outcomes
        for name in names:
            if name not in known:
                raise DataError(
                    f"{self.path} has no outcome column {name!r}{nearest(name, known)}; "
                    f"it has: {', '.join(known) or 'none'}; declare it under `outcomes` when the "
                    "log is imported"
                )

    def _check_rows(self, start_row: int, end_row: int) -> None:
        if not 0 <= start_row <= end_row <= self.rows:
            raise DataError(
                f"rows [{start_row}, {end_row}) of {self.path} were asked for; "
                f"accepted: 0 <= start <= end <= {self.rows}"
            )

    @property
    def _log_rows(self) -> LogRows:
        # A part may go on past the first rows of a log, with what comes only later.
        schema = self.schema if self.whole is None else self.whole.schema
        files, label_time = self.record.files, self.record.label_time
        if self.copies is None:
            return ParquetRows(self.path, files, schema, label_time)
        key = f"{self.path}\0{self.fingerprint}".encode()
        digits = hashlib.blake2b(key, digest_size=8).hexdigest()
        folder = self.copies / f"{self.name}-{digits}"
        return CopiedRows(self.path, files, Copies(folder, schema, label_time))
