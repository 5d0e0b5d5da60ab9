"""What metrics need of the events of a window beside their labels, read once they are scored."""

from __future__ import annotations

import numpy as np

from lis_sim.data.beside import ColumnsBeside, outcome_labels
from lis_sim.data.dataset import Dataset
from lis_sim.data.decode import REQUEST
from lis_sim.data.request_numbers import RequestNumbers
from lis_sim.scores import EventColumns, MetricsPlan
from lis_sim.types import Int32, Int64, Window


class MetricColumns:
    """The outcomes and requests of a log's windows, one after the other.

    An outcome counts as known when the window that scored its event is over. Nothing is kept in
    checkpoints: after one the window before is read again.
    """

    def __init__(self, plan: MetricsPlan, dataset: Dataset) -> None:
        self._plan, self._dataset = plan, dataset
        self._columns = ColumnsBeside(dataset, plan.columns, plan.requests)
        self._requests = RequestNumbers()
        self._next_window = 0

    def of(self, windows: tuple[Window, ...], window: int, user: Int32, row: Int64) -> EventColumns:
        """Return the columns of the events of ``window``: ``user`` and ``row`` in the log (n,)."""
        first, end = int(row.min()), int(row.max()) + 1
        columns = self._columns.of(first, end)
        found = {name: values[row - first] for name, values in columns.items()}
        outcomes = {
            str(rule): outcome_labels(rule, found[rule.column], first) for rule in self._plan.rules
        }
        if not self._plan.requests:
            return EventColumns(outcomes)
        if self._next_window != window and window:
            self._look_back(windows[window - 1])
        self._next_window = window + 1
        return EventColumns(outcomes, *self._requests.of(user, found[REQUEST]))

    def _look_back(self, window: Window) -> None:
        """Remember the requests of the window before, which this process has not played."""
        blocks = self._dataset.blocks(window.start_row, window.end_row)
        user = np.concatenate([block.user for block in blocks])
        request = self._columns.of(window.start_row, window.end_row)[REQUEST]
        self._requests.of(user, request)
