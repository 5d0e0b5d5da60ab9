"""The records that flow through lis-sim. Arrays only; no behaviour beyond slicing.

Axis legend: ``n`` events, ``C`` categorical features, ``D`` numeric features, ``H`` history
length, ``I`` items, ``F`` folds, ``d`` dimensions of a representation.
Times are int64 microseconds UTC and end in ``_us``; intervals are half-open ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Int8: TypeAlias = NDArray[np.int8]
Int32: TypeAlias = NDArray[np.int32]
Int64: TypeAlias = NDArray[np.int64]
Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Bool: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """An array that is as a reader has it but for some rows, the new ones among them.

    Rows are counted along ``axis``, which comes first in ``values``. Of rows that are ``alone``
    a reader needs to have nothing: all others are zeros, those too that come later unnamed.
    """

    length: int  # rows of the array as it is now
    rows: Int64  # (m,) increasing
    values: NDArray[np.generic]  # (m, ...)
    axis: int = 0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class EventBlock:
    """A contiguous run of events of the log, in time order.

    ``first_row`` is the row number of the first event in the whole log. ``outcomes`` holds, by
    name, what was known of the events only afterwards: no column unless it was asked for.
    """

    first_row: int
    user: Int32  # (n,) dense index
    item: Int32  # (n,) dense index
    time_us: Int64  # (n,) non-decreasing
    label: Float32  # (n,) 0 or 1
    categorical: Int32  # (n, C) dense indices
    numeric: Float32  # (n, D)
    label_time_us: Int64 | None = None  # (n,) when the label became known; None: at once
    outcomes: Mapping[str, Float32 | Float64] = field(default_factory=dict)  # (n,) each

    def __len__(self) -> int:
        return len(self.user)

    def slice(self, start: int, end: int) -> EventBlock:
        """Return events ``[start, end)`` of this block as views."""
        return EventBlock(
            first_row=self.first_row + start,
            user=self.user[start:end],
            item=self.item[start:end],
            time_us=self.time_us[start:end],
            label=self.label[start:end],
            categorical=self.categorical[start:end],
            numeric=self.numeric[start:end],
            label_time_us=None if self.label_time_us is None else self.label_time_us[start:end],
            outcomes={name: values[start:end] for name, values in self.outcomes.items()},
        )

    def take(self, rows: Int64) -> EventBlock:
        """Return the events at ``rows`` of this block; ``first_row`` remains that of the block."""
        return EventBlock(
            first_row=self.first_row,
            user=self.user[rows],
            item=self.item[rows],
            time_us=self.time_us[rows],
            label=self.label[rows],
            categorical=self.categorical[rows],
            numeric=self.numeric[rows],
            label_time_us=None if self.label_time_us is None else self.label_time_us[rows],
            outcomes={name: values[rows] for name, values in self.outcomes.items()},
        )


@dataclass(frozen=True, slots=True)
class Window:
    """One window of the stream: rows ``[start_row, end_row)``, times ``[start_us, end_us)``."""

    index: int
    start_row: int
    end_row: int
    start_us: int
    end_us: int

    @property
    def events(self) -> int:
        return self.end_row - self.start_row


@dataclass(frozen=True, slots=True)
class Batch:
    """What a recommender sees of some events: everything known before them, no label.

    ``history`` holds the items the user engaged with before the step, most recent first,
    padded with -1; it is the same for every arm.

    Where other workers have the step's other users, ``place`` says where in the step the events
    are, and ``step_events`` how many there are in all; None: these are all of them.
    """

    user: Int32  # (n,)
    item: Int32  # (n,)
    categorical: Int32  # (n, C)
    numeric: Float32  # (n, D)
    history: Int32  # (n, H) item indices, -1 = padding
    place: Int64 | None = None  # (n,) increasing
    step_events: int | None = None

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Int64 | slice) -> Batch:
        """Return the events at ``rows`` of this batch."""
        return Batch(
            user=self.user[rows],
            item=self.item[rows],
            categorical=self.categorical[rows],
            numeric=self.numeric[rows],
            history=self.history[rows],
            place=None if self.place is None else self.place[rows],
            step_events=self.step_events,
        )


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """A declared categorical feature with ``size`` dense values."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Schema:
    """What a recommender must know about a log to size itself.

    ``users`` and ``items`` are counts at the end of the log; tables grow as ids appear.
    """

    users: int
    items: int
    categorical: tuple[CategoricalColumn, ...] = ()
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepresentationTable:
    """Item vectors as a file gives them: ``vectors[j]`` belongs to ``item[j]``.

    ``trained_until_us`` is the time of the last event the vectors may have seen; None: unknown.
    """

    name: str
    item: Int32  # (m,) dense indices, strictly increasing
    vectors: Float32  # (m, d)
    trained_until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Representation:
    """What one arm sees of a preference data set during one window.

    A user of fold ``f`` sees ``vectors[f]``; constructions that do not depend on the fold
    have ``F = 1``. Rows of unsupported items are exactly zero and ``supported`` is False there.
    ``blocks`` are the widths of its parts, which add up to ``d`` and may be of different origin:
    an arm may weigh them one by one. Empty: it is one block.
    """

    vectors: Float32  # (F, I, d)
    supported: Bool  # (F, I)
    blocks: tuple[int, ...] = ()

    @property
    def dimensions(self) -> int:
        return int(self.vectors.shape[2])

    @property
    def folds(self) -> int:
        return int(self.vectors.shape[0])
