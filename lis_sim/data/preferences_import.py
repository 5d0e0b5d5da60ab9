"""Bring a file of item pairs into a dataset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.import_representation import cut_us
from lis_sim.data.preferences import NOBODY, PairTable, pairs_path, write_pairs
from lis_sim.data.preferences_file import PairsFile
from lis_sim.data.preferences_raw import RawPairs
from lis_sim.data.raw_log import connect
from lis_sim.data.spill import spilling
from lis_sim.data.storing import storing
from lis_sim.errors import ConfigError, DataError

_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class ImportedPairs:
    """What an import came to: ``rows_in = rows + sum(dropped.values())``."""

    name: str
    path: Path
    rows_in: int
    rows: int
    dropped: Mapping[str, int]
    items: int  # with at least one pair
    users: int | None  # of the log with at least one pair; None: the pairs have no users
    users_outside: int  # rows of users who are not in the log
    from_us: int | None
    to_us: int | None
    trained_until_us: int | None


def import_pairs(
    dataset: Dataset,
    source: PairsFile,
    name: str,
    memory_limit: str = "1GB",
    replace_existing: bool = False,
) -> ImportedPairs:
    """Write the pairs of ``source`` into the folder of ``dataset``, as ``name``.

    Ids are those of the log. Memory grows with the pairs. Raises :class:`DataError` naming file,
    row and column for the first value that is off, and when nothing is left.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"name is {name!r}; accepted: letters, digits, '_', '.' and '-'")
    out = pairs_path(dataset.path, name)
    if out.exists() and not replace_existing:
        raise DataError(f"{out} exists already; choose another name, or --replace")
    with (
        storing(out, "nothing was imported, and what was there is as it was"),
        spilling(dataset.path) as temporary,
        connect(memory_limit, temporary) as connection,
    ):
        raw = RawPairs(source, dataset, connection)
        kept, dropped = raw.dense(raw.table())
        pairs = _pairs(name, kept, cut_us(f"pairs {name}", source.trained_until))
        if not len(pairs):
            raise DataError(f"{source.file.name} has no pair to keep; dropped: {dropped}")
        write_pairs(out, pairs)
    return _report(pairs, out, dropped)


def _pairs(name: str, columns: Mapping[str, Any], trained_until_us: int | None) -> PairTable:
    return PairTable(
        name,
        columns["item_a"],
        columns["item_b"],
        columns["weight"].astype(np.float64),
        columns.get("time"),
        columns.get("user"),
        trained_until_us,
    )


def _report(pairs: PairTable, path: Path, dropped: Mapping[str, int]) -> ImportedPairs:
    users = None if pairs.user is None else np.unique(pairs.user[pairs.user != NOBODY])
    times = pairs.time_us
    return ImportedPairs(
        pairs.name,
        path,
        len(pairs) + sum(dropped.values()),
        len(pairs),
        dropped,
        len(np.union1d(pairs.item_a, pairs.item_b)),
        None if users is None else len(users),
        0 if pairs.user is None else int((pairs.user == NOBODY).sum()),
        None if times is None else int(times[0]),
        None if times is None else int(times[-1]),
        pairs.trained_until_us,
    )
