"""The first rows of a log, as if it ended there: no later event, user, item or category exists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.part import Counts
from lis_sim.data.record import EventsFile
from lis_sim.errors import DataError
from lis_sim.types import EventBlock, Int64


def first_rows(dataset: Dataset, rows: int) -> Dataset:
    """Return the dataset that ``dataset`` was when its log had so many ``rows``.

    Nothing is copied. Users, items and categories are counted up to there (they are numbered by
    first appearance), and so are the items of tables and pairs; the original ids and the values
    of items' columns end there too. What it counts is found in one pass over the rows, made once
    per process. The fingerprint stays that of the whole log.

    Raises :class:`DataError` for ``rows`` outside ``[1, dataset.rows]``.

    >>> import tempfile
    >>> from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
    >>> spec = SyntheticSpec(events=1000, users=50, items=400)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     world = write_synthetic(spec, Path(folder) / "world")
    ...     early = first_rows(world, 100)
    ...     early.rows, early.end_us < world.end_us, early.schema.items < world.schema.items
    (100, True, True)
    """
    if not 1 <= rows <= dataset.rows:
        raise DataError(
            f"the first {rows:,} rows of {dataset.path} were asked for; accepted: 1 to "
            f"{dataset.rows:,}"
        )
    if rows == dataset.rows:
        return dataset
    counts = _counted(_FirstRows(dataset.path, dataset.fingerprint, rows, dataset))
    record = counts.record(dataset.record, _files(dataset, rows))
    # How the rest of the log was imported is not known either.
    record = replace(record, rows_in=rows, sampled=0, dropped={}, blemishes=())
    return replace(dataset, record=record, whole=dataset.whole or dataset.record)


@dataclass(frozen=True, slots=True)
class _FirstRows:
    """Which rows are counted; ``dataset`` is where they are read."""

    path: Path
    fingerprint: str
    rows: int
    dataset: Dataset = field(compare=False)


@lru_cache(maxsize=64)  # every trial of a search asks for the same rows
def _counted(first: _FirstRows) -> Counts:
    dataset = first.dataset
    columns = [column.name for column in dataset.schema.categorical]
    users = items = positives = end_us = 0
    sizes = np.zeros(len(columns), np.int64)
    for block in dataset.blocks(0, first.rows):
        users = max(users, int(block.user.max()) + 1)
        items = max(items, int(block.item.max()) + 1)
        sizes = np.maximum(sizes, _sizes(block))
        positives += int(np.count_nonzero(block.label))
        end_us = int(block.time_us[-1])
    if columns:
        for name in dataset.item_columns():
            # Where events were taken out of a log, an item may have a number and no event.
            at, values = columns.index(name), dataset.item_values(name)[:items]
            sizes[at] = max(sizes[at], int(values.max()) + 1)
    return Counts(first.rows, positives, users, items, tuple(sizes.tolist()), end_us)


def _sizes(block: EventBlock) -> Int64:
    found: Int64 = block.categorical.max(axis=0, initial=-1).astype(np.int64) + 1
    return found


def _files(dataset: Dataset, rows: int) -> tuple[EventsFile, ...]:
    """Return the parts that have some of the first ``rows``; the last may have more."""
    found: list[EventsFile] = []
    before = 0
    for part in dataset.record.files:
        if before >= rows:
            break
        found.append(part)
        before += part.rows
    return tuple(found)
