"""Write a dataset folder: events in parts of equal row groups, then everything beside them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.parquet_file import SAVED
from lis_sim.data.record import RECORD_FILE, DatasetRecord, EventsFile
from lis_sim.errors import DataError
from lis_sim.types import CategoricalColumn

GROUP_ROWS = 65_536
PART_ROWS = 16 * GROUP_ROWS


class EventsWriter:
    """Appends time-ordered event tables of any size; writes parts of ~1 M rows.

    The same rows give the same bytes however they are cut into tables. ``fingerprint``
    depends on the values alone.
    """

    def __init__(self, folder: Path, parts_before: int = 0) -> None:
        self._folder = folder / "events"
        self._folder.mkdir(parents=True)
        self._parts_before = parts_before
        self._held: list[pa.Table] = []
        self._held_rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._part_rows = 0
        self._digests: dict[str, hashlib.blake2b] = {}
        self.files: list[EventsFile] = []
        self.rows = 0
        self.positives = 0
        self.start_us = 0
        self.end_us = 0

    def append(self, table: pa.Table) -> None:
        """Append events: columns user, item, time, label and the declared others."""
        if table.num_rows == 0:
            return
        if self.rows == 0:
            self.start_us = int(table.column("time")[0].as_py())
        self.end_us = int(table.column("time")[-1].as_py())
        self.positives += int(np.count_nonzero(table.column("label").to_numpy()))
        self.rows += table.num_rows
        self._digest(table)
        self._held.append(table)
        self._held_rows += table.num_rows
        while self._held_rows >= GROUP_ROWS:
            self._write_group(GROUP_ROWS)

    def close(self) -> None:
        """Write what is held and close the last part."""
        if self._held_rows:
            self._write_group(self._held_rows)
        self._close_part()

    def abandon(self) -> None:
        """Close the open file after a failure; what was written is of no use."""
        if self._writer is not None:
            with suppress(OSError):  # on a full disk closing fails too; what failed first is told
                self._writer.close()

    def fingerprint(self, extra: bytes) -> str:
        """Return the hash of all appended values and of ``extra``."""
        whole = hashlib.blake2b(digest_size=16)
        for name, digest in sorted(self._digests.items()):
            whole.update(name.encode() + b"\0" + digest.digest())
        whole.update(extra)
        return whole.hexdigest()

    def _digest(self, table: pa.Table) -> None:
        for name in table.column_names:
            digest = self._digests.setdefault(name, hashlib.blake2b(digest_size=16))
            values = table.column(name).to_numpy()
            if values.dtype.kind in "mM":  # outcomes that are times, which have no buffer
                values = values.view(np.int64)
            if values.dtype == object:  # outcomes that are text
                digest.update("\0".join(map(str, values)).encode())
            else:
                digest.update(np.ascontiguousarray(values).data)

    def _write_group(self, rows: int) -> None:
        held = pa.concat_tables(self._held)
        group = held.slice(0, rows).combine_chunks()
        rest = held.slice(rows)
        self._held = [rest] if rest.num_rows else []
        self._held_rows = rest.num_rows
        if self._writer is None:
            name = self._name()
            others: Any = [c for c in group.column_names if c != "time"]
            self._writer = pq.ParquetWriter(
                self._folder / name, group.schema, use_dictionary=others, **SAVED
            )
        self._writer.write_table(group, row_group_size=rows)
        self._part_rows += rows
        if self._part_rows >= PART_ROWS:
            self._close_part()

    def _name(self) -> str:
        """Return the name of the part that is being written."""
        return f"part-{self._parts_before + len(self.files):05d}.parquet"

    def _close_part(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self.files.append(EventsFile(self._name(), self._part_rows))
        self._writer = None
        self._part_rows = 0


class DatasetWriter:
    """A dataset folder in the making; it appears under its name only when it is whole.

    Use as a context manager: leaving it by an exception removes what was written.
    """

    def __init__(self, out: Path, replace: bool = False) -> None:
        if out.exists() and not replace:
            raise DataError(f"{out} exists already; choose another folder, or --replace")
        if out.exists() and not (out / RECORD_FILE).is_file():
            raise DataError(
                f"{out} is not a dataset (it holds no {RECORD_FILE}), so it is not replaced; "
                "choose another folder"
            )
        self._out = out
        out.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            self.events = EventsWriter(self.folder)
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.events.abandon()
            shutil.rmtree(self.folder, ignore_errors=True)

    def vocabulary(self, name: str, ids: pa.Array[Any]) -> None:
        """Write the original ids of one column; row = dense index."""
        path = self.folder / "vocab" / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"id": ids}), path, **SAVED)

    def side_table(self, name: str, columns: Mapping[str, pa.Array[Any]]) -> None:
        """Write ``items.parquet`` or ``users.parquet``."""
        pq.write_table(pa.table(dict(columns)), self.folder / f"{name}.parquet", **SAVED)

    def finish(self, record: DatasetRecord) -> Path:
        """Write ``dataset.json`` and move the folder to its name."""
        record.write(self.folder)
        self.folder.chmod(0o755)  # mkdtemp is private to the user
        if not self._out.exists():
            self.folder.rename(self._out)
            return self._out
        old = self.folder.with_name(f"{self.folder.name}.old")
        self._out.rename(old)
        try:
            self.folder.rename(self._out)
        except OSError:
            old.rename(self._out)  # the dataset that was there stays
            raise
        shutil.rmtree(old, ignore_errors=True)  # hidden; the new one is in its place
        return self._out


def describe_events(
    events: EventsWriter,
    name: str,
    vocabularies: Mapping[str, pa.Array[Any]],
    categorical: Sequence[str],
    numeric: Sequence[str],
) -> DatasetRecord:
    """Return the record of closed ``events``; callers replace the fields only they know.

    ``vocabularies`` holds the ids of ``user``, ``item`` and every categorical feature.
    """
    return DatasetRecord(
        name=name,
        fingerprint=events.fingerprint(fingerprint_of_ids(vocabularies)),
        rows=events.rows,
        users=len(vocabularies["user"]),
        items=len(vocabularies["item"]),
        positives=events.positives,
        start_us=events.start_us,
        end_us=events.end_us,
        categorical=tuple(CategoricalColumn(c, len(vocabularies[c])) for c in categorical),
        numeric=tuple(numeric),
        outcomes=(),
        files=tuple(events.files),
        rows_in=events.rows,
    )


def fingerprint_of_ids(vocabularies: Mapping[str, pa.Array[Any]]) -> bytes:
    """Return a hash of the original ids of every column, by name, in order."""
    ids = hashlib.blake2b(digest_size=16)
    for column in sorted(vocabularies):
        ids.update(f"{column}\0".encode())
        ids.update("\0".join(map(str, vocabularies[column].to_pylist())).encode())
    return ids.digest()
