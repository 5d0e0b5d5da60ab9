"""Parts of a log as logs of their own: what was known at a time, what a split leaves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lis_sim.data.dataset import Dataset
from lis_sim.data.writer import DatasetWriter, describe_events
from lis_sim.types import Bool


def part_of(dataset: Dataset, rows: Bool, out: Path) -> Dataset:
    """Write the events where ``rows`` ``(n,)`` is True as the dataset ``out``.

    Users and items keep their indices, also those of which no event is left, so that tables
    and histories of the part and of the whole log mean the same. Held in memory: for the small
    logs of a study.
    """
    parts = [pq.read_table(dataset.path / "events" / one.name) for one in dataset.record.files]
    names = ["user", "item", *(column.name for column in dataset.schema.categorical)]
    vocabularies = {name: dataset.vocab(name) for name in names}
    with DatasetWriter(out) as writer:
        writer.events.append(pa.concat_tables(parts).filter(pa.array(rows)))
        writer.events.close()
        for name, ids in vocabularies.items():
            writer.vocabulary(name, ids)
        for side in ("items", "users"):
            shutil.copy(dataset.path / f"{side}.parquet", writer.folder)
        record = describe_events(
            writer.events, dataset.name, vocabularies, names[2:], dataset.schema.numeric
        )
        return Dataset.open(writer.finish(replace(record, outcomes=dataset.record.outcomes)))
