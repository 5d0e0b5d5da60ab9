"""What must be known of a file of scores before its first window: one pass over a few columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lis_sim.config import LONGEST_NAME
from lis_sim.data.checks import Place
from lis_sim.errors import DataError
from lis_sim.plain import shown
from lis_sim.scores.window import ALL
from lis_sim.scoring.decode import Columns, Decoder
from lis_sim.scoring.file import ScoreFile
from lis_sim.types import Int64

MOST_REPLICATES = 1_000
MOST_SLICES = 50
MOST_FOLDS = 1_000
# DuckDB leaves rows that are alike in no order of its own: an event's are alike in all of these.
_TOLD_APART_BY = ("time", "user", "item", "label", "slice", "replicate")
_BY_NAME = ", the files of a folder by name"
_ROLES = ("time", "label", "replicate", "slice", "fold")


@dataclass(frozen=True, slots=True)
class Scan:
    """The events of a file: how many, when, in which replicates and slices.

    An event has one row a replicate. ``slices`` are in the order of their indices.
    """

    rows: int  # events
    start_us: int
    end_us: int  # of the last event
    positives: int
    replicates: tuple[int, ...]  # as the file calls them, increasing
    slices: tuple[str, ...]
    folds: tuple[int, ...]  # increasing; empty without a column of them
    file: ScoreFile

    def times(self, start_row: int = 0) -> Iterator[Int64]:
        """Yield the times of the events from ``start_row`` on: what windows are cut by.

        Rows of one time lie together, so every R-th row of R replicates tells that of an event.
        """
        many = len(self.replicates)
        for first_row, columns in self.file.read(["time"]):
            time_us: Int64 = columns["time"][-first_row % many :: many]
            left = time_us[max(0, start_row - -(-first_row // many)) :]
            if len(left):
                yield left


@dataclass(slots=True)
class _Found:
    """What was met so far."""

    times_us: tuple[int, int] | None = None  # the first and the last
    positives: int = 0
    rows_of: dict[int, int] = field(default_factory=dict)  # by replicate
    folds: set[int] = field(default_factory=set)


def scan(file: ScoreFile) -> Scan:
    """Read times, labels, replicates and slices once and check them.

    Raises:
        DataError: rows out of time order, one class only, replicates of different length, or
            more of them or of slices than anybody compares.
    """
    found, decoder = _Found(), Decoder(file.time_unit)
    for row, columns in file.read([role for role in _ROLES if file.has(role)], decoder):
        _take_times(found, columns["time"], row, file)
        found.positives += int(np.count_nonzero(columns["label"]))
        _count_replicates(found.rows_of, columns, row, file)
        _check_slices(decoder.slices, file)
        _note_folds(found.folds, columns, file)
    assert found.times_us is not None  # a file without rows is not opened
    replicates = tuple(sorted(found.rows_of))
    _check_lengths(found.rows_of, file)
    _check_classes(found.positives, file)
    return Scan(
        file.rows // len(replicates),
        *found.times_us,
        found.positives // len(replicates),
        replicates,
        decoder.slices,
        tuple(sorted(found.folds)),
        file,
    )


def _take_times(found: _Found, time_us: Int64, row: int, file: ScoreFile) -> None:
    first, before = found.times_us or (int(time_us[0]), int(time_us[0]))
    previous = np.concatenate(([before], time_us[:-1]))
    early = time_us < previous
    if early.any():
        at = int(np.argmax(early))
        place = Place(file.path, row)
        place.fail(
            at,
            file.columns.roles["time"],
            f"{int(previous[at]) - int(time_us[at]):,} microseconds before the row above",
            f"rows in time order{_BY_NAME if len(file.parts) > 1 else ''}; sort them, as with "
            f"DuckDB: {_sorting(file)}",
        )
    found.times_us = first, int(time_us[-1])


def _sorting(file: ScoreFile) -> str:
    """Return what sorts the file, all replicates in one order; names of others stay names."""
    roles = file.columns.roles
    by = [roles[role] for role in _TOLD_APART_BY if role in roles]
    order = ", ".join('"' + name.replace('"', '""') + '"' for name in by)
    source = file.path.name if len(file.parts) == 1 else f"{file.path.name}/*.parquet"
    quoted = "'" + source.replace("'", "''") + "'"
    return f"COPY (FROM {quoted} ORDER BY {order}) TO 'sorted.parquet'"


def _count_replicates(rows_of: dict[int, int], columns: Columns, row: int, file: ScoreFile) -> None:
    if "replicate" not in columns:
        rows_of[0] = row + len(columns["time"])
        return
    names, counts = np.unique(columns["replicate"], return_counts=True)
    for name, count in zip(names.tolist(), counts.tolist(), strict=True):
        rows_of[name] = rows_of.get(name, 0) + count
    if len(rows_of) > MOST_REPLICATES:
        raise DataError(
            f"{file.path}, column {file.columns.roles['replicate']!r} has more than "
            f"{MOST_REPLICATES:,} values; accepted: the number of the training run that gave the "
            "row its scores, such as 0, 1 and 2"
        )


def _check_slices(slices: tuple[str, ...], file: ScoreFile) -> None:
    column = file.columns.roles.get("slice")
    if len(slices) > MOST_SLICES:
        raise DataError(
            f"{file.path}, column {column!r} has more than {MOST_SLICES} values; accepted: a few "
            "slices of the events, such as cold and warm: every one is summed by user; join rare "
            "ones, or leave the column out with --ignored"
        )
    for name in slices:
        plain = name.isprintable() and "/" not in name and 0 < len(name.strip()) <= LONGEST_NAME
        if not plain or name == ALL:
            raise DataError(
                f"{file.path}, column {column!r} has the slice {shown(name)}; accepted: up to "
                f"{LONGEST_NAME} characters that can be printed, without '/', other than {ALL!r}, "
                "which is always there; leave the value null for events of no slice"
            )


def _note_folds(folds: set[int], columns: Columns, file: ScoreFile) -> None:
    if "fold" in columns:
        folds |= set(np.unique(columns["fold"]).tolist())
        if len(folds) > MOST_FOLDS:
            raise DataError(
                f"{file.path}, column {file.columns.roles['fold']!r} has more than {MOST_FOLDS:,} "
                "values; accepted: the number of the fold that the row's user is in"
            )


def _check_lengths(rows_of: dict[int, int], file: ScoreFile) -> None:
    few, many = min(rows_of, key=rows_of.__getitem__), max(rows_of, key=rows_of.__getitem__)
    if rows_of[few] != rows_of[many]:
        raise DataError(
            f"{file.path}: replicate {few} has {rows_of[few]:,} rows and replicate {many} "
            f"{rows_of[many]:,}; accepted: one row of every event in every replicate; look for "
            "rows that are there twice or not at all"
        )


def _check_classes(positives: int, file: ScoreFile) -> None:
    if positives in (0, file.rows):
        raise DataError(
            f"{file.path}: all {file.rows:,} labels are {int(positives > 0)}; accepted: both 0 and "
            "1, or no AUC exists; give impressions with and without engagement"
        )
