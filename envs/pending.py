"""Scored events that wait for their labels."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Int64

Columns: TypeAlias = dict[str, NDArray[Any]]
"""Arrays of equal first axis, one entry per row; ``row`` and ``label_time_us`` are among them."""


@dataclass(slots=True)
class _Waiting:
    """One step's rows in order of label time; the first ``out`` of them are revealed."""

    columns: Columns
    out: int = 0

    def __len__(self) -> int:
        return len(self.columns["row"])


class PendingLabels:
    """A bounded buffer of scored events, given back once the clock has passed their label time.

    Args:
        capacity: Events it may hold. When a step no longer fits, the oldest step's remaining events
            time out: their labels are never revealed. A step is freed as a whole, so memory is
            bounded as well.

    Examples:
        Two events scored, the label of the first known at time 50, of the second at time 20:

        >>> pending = PendingLabels(capacity=4)
        >>> pending.add({"row": np.array([0, 1]), "label_time_us": np.array([50, 20])})
        >>> pending.reveal(clock_us=50)["row"].tolist()
        [1]
        >>> pending.first_row, pending.reveal(clock_us=51)["row"].tolist(), pending.first_row
        (0, [0], None)
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._steps: deque[_Waiting] = deque()

    @property
    def first_row(self) -> int | None:
        """The earliest row still waiting; None when no row waits."""
        if not self._steps:
            return None
        oldest = self._steps[0]
        return int(oldest.columns["row"][oldest.out :].min())

    @property
    def waiting(self) -> int:
        """How many rows still wait."""
        return sum(len(step) - step.out for step in self._steps)

    def add(self, columns: Columns) -> None:
        """Let the rows of one step wait; ``columns`` become the buffer's own."""
        label_time_us = columns["label_time_us"]
        if (label_time_us[1:] < label_time_us[:-1]).any():
            columns = _take(columns, np.argsort(label_time_us, kind="stable"))
        self._steps.append(_Waiting(columns))

    def reveal(self, clock_us: int) -> Columns:
        """Return the rows with ``label_time_us < clock_us``, in order of (label time, row).

        Call it after at least one :meth:`add`: the columns are those of the rows added.
        """
        ready: list[Columns] = []
        for step in self._steps:
            end = int(np.searchsorted(step.columns["label_time_us"], clock_us, side="left"))
            if end > step.out:
                ready.append(_take(step.columns, slice(step.out, end)))
                step.out = end
        none = _take(self._steps[-1].columns, slice(0, 0))
        self._steps = deque(step for step in self._steps if step.out < len(step))
        return _merge(ready) if ready else none

    def expire(self) -> Int64:
        """Drop the oldest steps until the buffer holds at most ``capacity`` events.

        Returns:
            rows: (m,) int64 rows that timed out, ascending.
        """
        held = sum(len(step) for step in self._steps)
        dropped: list[_Waiting] = []
        while held > self.capacity:
            dropped.append(self._steps.popleft())
            held -= len(dropped[-1])
        return _waiting_rows(dropped)

    def expire_all(self) -> Int64:
        """Drop every row still waiting, and return them as :meth:`expire` does."""
        dropped = list(self._steps)
        self._steps.clear()
        return _waiting_rows(dropped)

    def state_dict(self) -> Columns:
        """Return the columns of the steps held, joined, and ``step_rows``, ``step_out`` (s,)."""
        counts = [(len(step), step.out) for step in self._steps]
        joined = _join([step.columns for step in self._steps]) if self._steps else {}
        rows, out = np.array(counts, np.int64).reshape(-1, 2).T
        return {**joined, "step_rows": rows.copy(), "step_out": out.copy()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what :meth:`state_dict` returned."""
        columns = {name: state[name] for name in state if not name.startswith("step_")}
        rows = saved(state, "step_rows", np.int64, None)
        out = saved(state, "step_out", np.int64, len(rows))
        edges = np.concatenate([[0], np.cumsum(rows)])
        for name, column in columns.items():
            shape = (int(edges[-1]), *column.shape[1:])
            columns[name] = saved(state, name, column.dtype.type, *shape)
        self._steps = deque(
            _Waiting({name: column[a:b].copy() for name, column in columns.items()}, begun)
            for a, b, begun in zip(edges[:-1], edges[1:], out.tolist(), strict=True)
        )


def _take(columns: Columns, rows: slice | Int64) -> Columns:
    return {name: column[rows] for name, column in columns.items()}


def _join(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _merge(parts: Sequence[Columns]) -> Columns:
    """Join ``parts``, each in order of (label time, row), into that order."""
    if len(parts) == 1:
        return parts[0]
    joined = _join(parts)
    return _take(joined, np.argsort(joined["label_time_us"], kind="stable"))


def _waiting_rows(steps: Sequence[_Waiting]) -> Int64:
    rows = [step.columns["row"][step.out :] for step in steps]
    return np.sort(np.concatenate(rows)) if rows else np.zeros(0, np.int64)
