"""Columns that no recommender sees, of rows that have been played: outcomes and requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import REQUEST, decode_beside
from lis_sim.data.groups import RowGroup
from lis_sim.data.label_rule import LabelRule, Outcome
from lis_sim.errors import DataError
from lis_sim.types import Int8

MISSING = -1
_Arrays = Mapping[str, NDArray[Any]]


class ColumnsBeside:
    """Reads columns of a log in pieces, each row group once as long as pieces move forward.

    Memory is that of one row group and of the piece asked for. Whoever reads here says that the
    rows are in the past: that they have been scored.
    """

    def __init__(self, dataset: Dataset, outcomes: Sequence[str], request: bool = False) -> None:
        """Raise :class:`DataError` for a column that the log does not have."""
        dataset.check_outcomes(outcomes)
        if request and not dataset.record.request:
            raise DataError(
                f"{dataset.path} does not say which request an event is of; accepted: a log that "
                "was imported with `request: COLUMN` or of slates (docs/formats.md)"
            )
        self._dataset = dataset
        self._names = (*outcomes, *([REQUEST] if request else []))
        self._decoded: tuple[RowGroup, _Arrays] | None = None

    def of(self, start_row: int, end_row: int) -> dict[str, NDArray[Any]]:
        """Return the columns of rows ``[start_row, end_row)``.

        Outcomes are float32 or float64, NaN where one is missing; ``request`` is int64, or objects
        that are text.
        """
        if not self._names:
            return {}
        pieces = []
        for group in self._dataset.groups(self._names, start_row, end_row):
            if group.end_row > start_row and group.first_row < end_row:
                first, end = max(0, start_row - group.first_row), end_row - group.first_row
                columns = self._columns(group)
                pieces.append({name: columns[name][first:end] for name in self._names})
        return {name: np.concatenate([one[name] for one in pieces]) for name in self._names}

    def _columns(self, group: RowGroup) -> _Arrays:
        if self._decoded is None or self._decoded[0] != group:
            self._decoded = group, decode_beside(group, self._names)
        return self._decoded[1]


def outcome_labels(rule: LabelRule, values: Outcome, first_row: int) -> Int8:
    """Return 1 where ``rule`` holds, 0 where not, -1 where the value is missing (NaN), int8 (n,).

    ``first_row`` is where the values begin in the log. Raises :class:`DataError` for a column that
    stands without a rule and has other values than 0 and 1.

    >>> outcome_labels(LabelRule.parse("dwell >= 7"), np.array([7.0, 3.0, np.nan]), 0).tolist()
    [1, 0, -1]
    """
    known = ~np.isnan(values)
    if rule.operator is None:
        other = known & (values != 0) & (values != 1)
        if other.any():
            at = int(np.argmax(other))
            raise DataError(
                f"row {first_row + at:,} of the log, column {rule.column!r}: "
                f"{values[at].item()!r}; accepted as a label: 0 or 1, or a rule such as "
                f"'{rule.column} >= 1'"
            )
    label = np.full(len(values), MISSING, np.int8)
    label[known] = rule.holds(values[known])
    return label
