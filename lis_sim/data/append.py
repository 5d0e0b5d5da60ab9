"""New raw rows into a dataset that is there already: the next part of its log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.append_checks import check_first, check_types, refuse_unlisted
from lis_sim.data.append_held import HELD_FILE, HeldRows, held_newest_us, held_rows, held_sql
from lis_sim.data.append_stage import Stage, spill_folder, staged
from lis_sim.data.append_taken import TakenFiles
from lis_sim.data.dataset import Dataset
from lis_sim.data.formats import parts_of
from lis_sim.data.import_spec import ImportSpec
from lis_sim.data.importing import EMPTY_REQUEST, EventEncoder, blemishes, check_all_rows
from lis_sim.data.items_file import ItemsFile, read_items
from lis_sim.data.parquet_file import SAVED, read_schema
from lis_sim.data.raw_log import RawLog, connect
from lis_sim.data.raw_sql import text
from lis_sim.data.record import RECORD_FILE, DatasetRecord, EventsFile
from lis_sim.data.spec_file import read_spec
from lis_sim.data.storing import storing
from lis_sim.data.vocabulary import Vocabulary
from lis_sim.data.writer import EventsWriter, fingerprint_of_ids
from lis_sim.errors import DataError
from lis_sim.types import CategoricalColumn


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of new rows: ``rows_in + held_before = rows + sum(dropped.values()) + held``."""

    dataset: Dataset
    rows_in: int
    rows: int
    dropped: Mapping[str, int]
    held_before: int
    held: int  # rows that wait because earlier ones may still come
    users: int  # new ones
    items: int
    parts: tuple[str, ...]  # files below events/
    blemishes: tuple[str, ...]


def append_rows(
    path: Path,
    files: Sequence[Path],
    source: Path | None = None,
    lateness_us: int = 0,
    memory_limit: str = "1GB",
) -> Appended:
    """Append the raw ``files`` to the dataset ``path``, read as its own raw files were.

    A folder stands for the files in it, as in an import.

    Users, items and categories it knows keep their numbers; new ones are numbered on. A dataset
    imported with an items file reads that file again, below ``source``: it must still have every
    item. Rows that repeat one of an earlier import are not noticed as duplicates.

    Rows less than ``lateness_us`` older than the newest one wait in the dataset's folder for the
    next time, so that rows which come so much too late still find their place.

    Either everything is appended or nothing, also after a crash: an append that was killed is
    finished or forgotten by the next one. Files that were taken in before are not taken in again,
    which ``blemishes`` says: the command that was killed can be given again.

    Raises :class:`DataError` naming file, row and column for the first value that breaks the data
    contract and for an event that is earlier than the last one in the dataset: a log in time order
    cannot take it in any more.
    """
    files = [part for file in files for part in (parts_of(file) if file.is_dir() else [file])]
    spec, held = _spec(path, files, source), path / HELD_FILE
    with (
        storing(path, "either nothing was appended, or the same command completes it"),
        staged(path, RECORD_FILE) as stage,
        spill_folder(path) as spill,
        connect(memory_limit, spill) as connection,
    ):
        record, held_before = DatasetRecord.read(path), held_rows(held)
        refuse_unlisted(path, record)
        taken = TakenFiles(path, files)
        if taken.all_taken():
            return _nothing(path, record, held_before, files, stage)
        waiting_sql = held_sql(held, text(held)) if held_before else None
        log = RawLog(spec, connection, waiting_sql, _read_before(record, held_before))
        items = None if spec.items is None else read_items(spec.items, spec, connection)
        survey = log.survey(both_labels=False)
        encoder = EventEncoder(spec, log, items, _vocabularies(path, spec))
        encoder.leave_out(EMPTY_REQUEST, survey.empty)
        newest_us = max(survey.newest_us, held_newest_us(held) or survey.newest_us)
        waiting = HeldRows(held, stage.path / HELD_FILE, newest_us, lateness_us)
        events = EventsWriter(stage.path, len(record.files))
        for table in _encoded(path, log, encoder, record, waiting):
            events.append(table)
        events.close()
        check_all_rows(survey, events.rows, encoder, held_before, waiting.rows)
        longer = record
        if events.rows:
            _write_beside(stage, encoder, items)
            longer = _record(record, events, encoder)
        elif not waiting.rows:
            raise DataError(f"none of the {survey.rows:,} new rows is left: {encoder.dropped}")
        longer.write(stage.path)
        taken.write(stage.path)
        stage.commit()
    return Appended(
        dataset=Dataset.open(path),
        rows_in=survey.rows,
        rows=events.rows,
        dropped=encoder.dropped,
        held_before=held_before,
        held=waiting.rows,
        users=longer.users - record.users,
        items=longer.items - record.items,
        parts=tuple(part.name for part in events.files),
        blemishes=(*_completed(stage), *blemishes(spec, encoder, survey)),
    )


def _spec(path: Path, files: Sequence[Path], source: Path | None) -> ImportSpec:
    DatasetRecord.read(path)  # a folder that is no dataset is told before one without its spec
    spec = read_spec(path)
    if spec.items is not None and source is None:
        raise DataError(
            f"{path} was imported with an items file, {', '.join(spec.items.table.files)}; give "
            "the folder that holds it now, with all new items, as --source"
        )
    if spec.negatives is not None:
        raise DataError(
            f"{path} has {spec.negatives}: what was drawn for its rows follows from those before; "
            "accepted: a log of impressions. Import the longer log as a whole"
        )
    raw = replace(spec.log, files=tuple(str(file.resolve()) for file in files))
    return replace(spec, log=raw, folder=source or Path())


def _read_before(record: DatasetRecord, held: int) -> int:
    """Return how many rows were read before: no more requests than that have a number."""
    return record.rows + sum(record.dropped.values()) + held


def _nothing(
    path: Path, record: DatasetRecord, held: int, files: Sequence[Path], stage: Stage
) -> Appended:
    names = ", ".join(file.name for file in files)
    said = f"nothing is new: {names} had been taken in before; not taken in again"
    return Appended(
        dataset=Dataset(path, record),
        rows_in=0,
        rows=0,
        dropped={},
        held_before=held,
        held=held,
        users=0,
        items=0,
        parts=(),
        blemishes=(*_completed(stage), said),
    )


def _completed(stage: Stage) -> Iterator[str]:
    if stage.recovered:
        yield "an append that was killed had everything ready; it has been completed just now"


def _vocabularies(path: Path, spec: ImportSpec) -> dict[str, Vocabulary]:
    found, dataset = {}, Dataset.open(path)
    for name in ("user", "item", *spec.feature_names):
        found[name], ids = Vocabulary(), dataset.vocab(name)
        if pa.types.is_nested(ids.type) or len(np.unique(found[name].encode(ids))) < len(ids):
            raise DataError(
                f"{path / 'vocab' / name}.parquet holds an id twice, or lists; accepted: every id "
                "once; import the log again"
            )
    return found


def _encoded(
    path: Path, log: RawLog, encoder: EventEncoder, record: DatasetRecord, waiting: HeldRows
) -> Iterator[pa.Table]:
    kinds = {name: one.ids().type for name, one in encoder.vocabularies.items()}
    if record.request:
        first = path / "events" / record.files[0].name
        kinds["request"] = read_schema(first).field("request").type
    with closing(log.sorted_batches()) as batches:
        for batch in waiting.settled(_checked(log, encoder, batches, record.end_us, kinds)):
            yield encoder.encode(batch)


def _checked(
    log: RawLog,
    encoder: EventEncoder,
    batches: Iterator[pa.RecordBatch],
    end_us: int,
    kinds: Mapping[str, Any],
) -> Iterator[pa.RecordBatch]:
    """Yield ``batches``; :class:`DataError` for what could never be appended.

    Before any of it is held back: there it would block every later append.
    """
    for number, batch in enumerate(batches):
        if number == 0:
            check_first(log, batch, end_us)
            check_types(batch, kinds)
        encoder.refuse_unknown(batch)
        yield batch


def _write_beside(stage: Stage, encoder: EventEncoder, items: ItemsFile | None) -> None:
    """Write items, users and vocabularies as they are now, all of them longer."""
    vocabularies = encoder.vocabularies
    if items is not None:
        ids = vocabularies["item"].ids()
        missing = items.rows.find(ids) < 0
        if missing.any():
            raise DataError(
                f"the items file lacks {ids[int(np.argmax(missing))].as_py()!r} and "
                f"{int(missing.sum()) - 1:,} other items of the dataset; accepted: one that has "
                "them all"
            )
    tables: dict[str, dict[str, Any]] = {"items": dict(encoder.item_columns())}
    tables["users"] = {"user": np.arange(len(vocabularies["user"]), dtype=np.int32)}
    tables |= {f"vocab/{name}": {"id": one.ids()} for name, one in vocabularies.items()}
    (stage.path / "vocab").mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), stage.path / f"{name}.parquet", **SAVED)


def _record(before: DatasetRecord, events: EventsWriter, encoder: EventEncoder) -> DatasetRecord:
    sizes = {name: len(one) for name, one in encoder.vocabularies.items()}
    ids = {name: one.ids() for name, one in encoder.vocabularies.items()}
    # What was appended to what: the values alone decide, not how they were cut into parts.
    chained = before.fingerprint + events.fingerprint(fingerprint_of_ids(ids))
    dropped = dict(before.dropped)
    for reason, count in encoder.dropped.items():
        dropped[reason] = dropped.get(reason, 0) + count
    return replace(
        before,
        fingerprint=hashlib.blake2b(chained.encode(), digest_size=16).hexdigest(),
        rows=before.rows + events.rows,
        users=sizes["user"],
        items=sizes["item"],
        positives=before.positives + events.positives,
        end_us=events.end_us,
        categorical=tuple(CategoricalColumn(c.name, sizes[c.name]) for c in before.categorical),
        files=(*before.files, *(EventsFile(part.name, part.rows) for part in events.files)),
        # 0: how many were read before was not counted, and what is read now is not all.
        rows_in=before.rows_in + encoder.rows_in if before.rows_in else 0,
        dropped=dropped,
    )
