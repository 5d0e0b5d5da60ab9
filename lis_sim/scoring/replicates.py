"""Rows of several replicates become events, each with one score an arm and replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import DataError
from lis_sim.scoring.columns import is_outcome
from lis_sim.scoring.decode import Columns
from lis_sim.scoring.file import ScoreFile
from lis_sim.types import Int64, Window

Scores = NDArray[Any]
_SHARED = ("time", "user", "label", "item", "slice", "request")


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one window (n,): what is known of them, and the scores (R, n) of each arm."""

    shared: Columns
    scores: dict[str, Scores]
    folds: Int64 | None  # (R, n)


@dataclass
class Replicates:
    """Sorts the rows of windows by replicate, and remembers which never differed."""

    file: ScoreFile
    names: tuple[int, ...]
    _alike: set[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._alike = set(combinations(range(len(self.names)), 2))

    def events(self, window: Window, rows: Columns) -> Events:
        """Return the events of ``window``, whose ``rows`` are those of all replicates.

        Raises:
            DataError: replicates that do not hold the same events in the same order.
        """
        many = len(self.names)
        by_replicate = {name: values.reshape(1, -1) for name, values in rows.items()}
        if many > 1:
            order = self._order(window, rows["replicate"])
            by_replicate = {name: values[order] for name, values in rows.items()}
            self._check_same(window, by_replicate)
        scores = {arm: by_replicate[arm] for arm in self.file.columns.arms}
        self._alike = {
            (a, b)
            for a, b in self._alike
            if all(np.array_equal(one[a], one[b]) for one in scores.values())
        }
        shared = {role: by_replicate[role][0] for role in _shared(by_replicate)}
        return Events(shared, scores, by_replicate.get("fold"))

    def check_differ(self) -> None:
        """Raise :class:`DataError` for replicates that gave the same scores all over."""
        for a, b in sorted(self._alike):
            raise DataError(
                f"{self.file.path}: replicates {self.names[a]} and {self.names[b]} have the same "
                "scores in every arm, so they are one training run twice and would make errors "
                "too small; accepted: replicates trained with different seeds; leave one out"
            )

    def _order(self, window: Window, replicate: Int64) -> Int64:
        """Return the rows (R, n) of every replicate, in the order of the file."""
        counts = [int(np.count_nonzero(replicate == name)) for name in self.names]
        if len(set(counts)) > 1:
            told = ", ".join(f"{n:,} of {name}" for name, n in zip(self.names, counts, strict=True))
            raise DataError(
                f"{self.file.path}, {self._place(window)}: {told} by replicate; accepted: one row "
                "of every event in every replicate, all with the same time"
            )
        return np.argsort(replicate, kind="stable").reshape(len(self.names), -1)

    def _check_same(self, window: Window, by_replicate: Columns) -> None:
        for role in _shared(by_replicate):
            values = by_replicate[role]
            # A missing outcome, NaN, is like another.
            differs = (values != values[0]) & ((values == values) | (values[0] == values[0]))
            if differs.any():
                r = int(np.argmax(differs.any(axis=1)))
                at = int(np.argmax(differs[r]))
                raise DataError(
                    f"{self.file.path}, {self._place(window)}: event {at:,} of replicate "
                    f"{self.names[r]} has another {role} than that of replicate {self.names[0]}; "
                    "accepted: the same events in the same order in every replicate; sort by time, "
                    "then by what tells events of one time apart"
                )

    def _place(self, window: Window) -> str:
        first, end = (row * len(self.names) for row in (window.start_row, window.end_row))
        return f"rows {first:,} to {end - 1:,}"


def _shared(columns: Columns) -> list[str]:
    """Return of what all replicates must have the same."""
    return [*(role for role in _SHARED if role in columns), *filter(is_outcome, columns)]
