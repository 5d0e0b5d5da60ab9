"""Raw files in, dataset folder out: sorted out of core, checked, nothing repaired silently."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lis_sim.data.dataset import Dataset
from lis_sim.data.duplicates import DuplicateFinder
from lis_sim.data.import_representation import import_representation
from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.items_file import ItemsFile, read_items
from lis_sim.data.negative_rows import FIRST_OF_ITEM, NegativeRows
from lis_sim.data.prefetch import prefetch
from lis_sim.data.raw import HASH, ROW
from lis_sim.data.raw_log import ONE_LABEL, RawLog, Survey, connect
from lis_sim.data.record import DatasetRecord
from lis_sim.data.spec_file import write_spec
from lis_sim.data.spill import spilling
from lis_sim.data.storing import storing
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.types import Int32

Progress = Callable[[str, int, int], None]  # stage, rows done, rows in all

DUPLICATE = "exact duplicate of an earlier row"
UNKNOWN_ITEM = "item not in the items file"
EMPTY_REQUEST = "request that showed no item"


def import_log(
    spec: ImportSpec,
    out: Path,
    memory_limit: str = "1GB",
    progress: Progress | None = None,
    replace_existing: bool = False,
) -> Dataset:
    """Import the raw files of ``spec`` into the dataset folder ``out``.

    The files are read twice: once to check every value, once sorted by time (DuckDB, spilling
    to a temporary folder beside ``out`` when ``memory_limit`` is reached). Besides that limit,
    memory grows with the numbers of users, items and categories, not with the rows.

    Raises :class:`DataError` naming file, row and column for the first value that breaks the
    data contract. Equal files and specs give equal bytes.
    """
    say = progress or (lambda stage, done, total: None)
    with (
        storing(out, "nothing was imported, and what was there is as it was"),
        spilling(out.parent) as temporary,
        connect(memory_limit, temporary) as connection,
        DatasetWriter(out, replace_existing) as writer,
    ):
        log = RawLog(spec, connection)
        items = None if spec.items is None else read_items(spec.items, spec, connection)
        say("check", 0, 0)
        survey = log.survey()
        say("sort", 0, survey.rows)
        encoder = EventEncoder(spec, log, items)
        encoder.leave_out(EMPTY_REQUEST, survey.empty)
        # Sorting, encoding and writing overlap, each a batch ahead of the next.
        with closing(prefetch(_encoded(log, encoder))) as tables:
            for rows_in, table in tables:
                writer.events.append(table)
                say("write", rows_in, survey.rows)
        writer.events.close()
        record = _finish(spec, writer, encoder, survey)
        return Dataset.open(writer.finish(record))


def _encoded(log: RawLog, encoder: EventEncoder) -> Generator[tuple[int, pa.Table], None, None]:
    # Closed before the connection is, also when a batch is refused.
    with closing(prefetch(log.sorted_batches())) as batches:
        for batch in batches:
            for piece in _pieces(batch, encoder):
                table = encoder.encode(piece)
                yield encoder.rows_in, table


def _pieces(batch: pa.RecordBatch, encoder: EventEncoder) -> Iterator[pa.RecordBatch]:
    rows = batch.num_rows if encoder.negatives is None else encoder.negatives.batch_rows
    return (batch.slice(first, rows) for first in range(0, batch.num_rows, rows))


class EventEncoder:
    """Turns typed, sorted batches into event tables with dense indices; counts what it drops."""

    def __init__(
        self,
        spec: ImportSpec,
        log: RawLog,
        items: ItemsFile | None,
        known: Mapping[str, Vocabulary] | None = None,
    ) -> None:
        """``known``: the ids that are numbered already, by column."""
        self._spec = spec
        self._log = log
        self._items = items
        self._duplicates = DuplicateFinder()
        drawn = spec.negatives
        self.negatives = None if drawn is None else NegativeRows(drawn, spec.outcomes)
        names = ("user", "item", *spec.feature_names)
        self.vocabularies = dict(known or {name: Vocabulary() for name in names})
        self.rows_in = 0
        self.repeated = 0
        self.dropped: dict[str, int] = {}

    def encode(self, batch: pa.RecordBatch) -> pa.Table:
        """Return the events of ``batch`` that stay, as :class:`EventsWriter` takes them."""
        self.rows_in += batch.num_rows
        kept = self._without_unknown(self._without_duplicates(batch))
        if self.negatives is not None:
            kept = self.negatives.with_negatives(kept)
            self.dropped[FIRST_OF_ITEM] = self.negatives.left_out
        spec = self._spec
        columns: dict[str, Any] = {
            "user": self._index("user", kept.column("user")),
            "item": self._index("item", kept.column("item")),
            "time": kept.column("time"),
            "label": kept.column("label"),
        }
        for name in ("label_time", "request"):
            if name in kept.schema.names:
                columns[name] = kept.column(name)
        for feature in spec.categorical:
            columns[feature.name] = self._index(feature.name, kept.column(feature.name))
        columns |= self._joined(kept)
        for name in (*(f.name for f in spec.numeric), *spec.outcomes):
            columns[name] = kept.column(name)
        return pa.table({name: pa.array(values) for name, values in columns.items()})

    def leave_out(self, reason: str, count: int) -> None:
        """Count raw rows that no batch has."""
        if count:
            self.rows_in += count
            self.dropped[reason] = self.dropped.get(reason, 0) + count

    def item_columns(self) -> dict[str, pa.Array[Any]]:
        """Number the items without events last; return the columns of ``items.parquet``."""
        items = self.vocabularies["item"]
        if self._items is None:
            return {"item": pa.array(np.arange(len(items), dtype=np.int32))}
        items.encode(self._items.ids)
        # With `unknown: error` or `drop` every item of the log has a row in the file.
        rows = self._items.rows.find(items.ids())
        columns: dict[str, pa.Array[Any]] = {
            "item": pa.array(np.arange(len(items), dtype=np.int32))
        }
        for name, column in self._items.columns.items():
            columns[name] = pa.array(self._index(name, column.take(rows)))
        return columns

    def _index(self, name: str, values: pa.Array[Any]) -> Int32:
        return self.vocabularies[name].encode(values)

    def _joined(self, kept: pa.RecordBatch) -> dict[str, Int32]:
        if self._items is None or not self._items.columns:
            return {}
        rows = self._items.rows.find(kept.column("item"))
        return {
            name: self._index(name, column.take(rows))
            for name, column in self._items.columns.items()
        }

    def _without_duplicates(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        repeated = self._duplicates.mark(
            batch.column("time").to_numpy(), batch.column(HASH).to_numpy()
        )
        count = int(repeated.sum())
        self.repeated += count
        if not count or not self._spec.drop_duplicates:
            return batch
        self.dropped[DUPLICATE] = self.dropped.get(DUPLICATE, 0) + count
        return batch.filter(pa.array(~repeated))

    def refuse_unknown(self, batch: pa.RecordBatch) -> None:
        """Raise :class:`DataError` for an item that must be in the items file and is not."""
        if self._items is None or self._spec.items is None or self._spec.items.unknown != "error":
            return
        unknown = self._items.rows.find(batch.column("item")) < 0
        if unknown.any():
            at = int(np.argmax(unknown))
            place = self._log.place(int(batch.column(ROW)[at].as_py()))
            item = shown(batch.column("item")[at].as_py())
            raise DataError(
                f"{place}, column {self._spec.item!r}: {item} is "
                f"not in {', '.join(self._spec.items.table.files)}; accepted: an item of that "
                "file, or `items.unknown: drop`"
            )

    def _without_unknown(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._items is None or self._spec.items is None:
            return batch
        self.refuse_unknown(batch)
        unknown = self._items.rows.find(batch.column("item")) < 0
        if not unknown.any():
            return batch
        self.dropped[UNKNOWN_ITEM] = self.dropped.get(UNKNOWN_ITEM, 0) + int(unknown.sum())
        return batch.filter(pa.array(~unknown))


def _finish(
    spec: ImportSpec, writer: DatasetWriter, encoder: EventEncoder, survey: Survey
) -> DatasetRecord:
    """Write everything beside the events and return the record."""
    events, sampled = writer.events, 0
    if encoder.negatives is not None:
        sampled = encoder.negatives.sampled
    check_all_rows(survey, events.rows - sampled, encoder)
    if events.positives in (0, events.rows):
        raise DataError(
            f"the {events.rows:,} events left of {survey.rows:,} have one label; {ONE_LABEL}"
        )
    write_spec(spec, writer.folder)
    writer.side_table("items", encoder.item_columns())
    users = len(encoder.vocabularies["user"])
    writer.side_table("users", {"user": pa.array(np.arange(users, dtype=np.int32))})
    found = blemishes(spec, encoder, survey)
    for source in spec.representations:
        items = encoder.vocabularies["item"]
        found += import_representation(source, spec, items, writer.folder)
    vocabularies = {name: vocabulary.ids() for name, vocabulary in encoder.vocabularies.items()}
    for name, ids in vocabularies.items():
        writer.vocabulary(name, ids)
    numeric = [feature.name for feature in spec.numeric]
    return replace(
        describe_events(events, spec.name, vocabularies, spec.feature_names, numeric),
        outcomes=spec.outcomes,
        label_time=spec.label_time is not None,
        request=spec.has_request,
        negatives=None if spec.negatives is None else str(spec.negatives),
        sampled=sampled,
        rows_in=survey.rows,
        dropped=encoder.dropped,
        blemishes=tuple(found),
        homepage=spec.homepage,
    )


def check_all_rows(
    survey: Survey, used: int, encoder: EventEncoder, held_before: int = 0, held: int = 0
) -> None:
    """Raise :class:`DataError` unless every raw row was used, dropped for a reason, or waits.

    The files are read twice: somebody may have written to one in between.
    """
    dropped = sum(encoder.dropped.values())
    if survey.rows + held_before != used + dropped + held:
        raise DataError(
            f"{survey.rows:,} rows were counted, {used + dropped + held - held_before:,} were read "
            "after that: the raw files changed meanwhile; give the command again when they are "
            "whole"
        )


def blemishes(spec: ImportSpec, encoder: EventEncoder, survey: Survey) -> list[str]:
    """Return a sentence for everything about the raw rows that somebody should know of."""
    found = []
    if survey.requests is not None:
        shown_items = survey.rows - survey.empty
        found.append(f"{survey.requests:,} requests showed {shown_items:,} items: so many events")
    if survey.out_of_order:
        found.append(f"{survey.out_of_order:,} rows were earlier than the row before; sorted")
    if spec.conversion_window is not None:
        found.append(
            f"{survey.late:,} conversions expired: label 1, but later than "
            f"{spec.conversion_window} after their event (`conversion_window`); read as 0"
        )
    if encoder.repeated:
        fate = "dropped" if spec.drop_duplicates else "kept (`drop_duplicates: true` drops them)"
        found.append(f"{encoder.repeated:,} rows repeat another in every column; {fate}")
    return found if encoder.negatives is None else [*found, *encoder.negatives.blemishes()]
