"""A representation table as somebody gave it, shown once its events are past."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.preference.reading import Moment
from lis_sim.preference.source import ByKind, State, one_fold
from lis_sim.preference.table import scaled_table
from lis_sim.types import RepresentationTable


class GivenSource:
    """Shows nothing up to the table's ``trained_until`` and the table from then on.

    In windows before its cut a table may hold the very labels a recommender learns from. An
    arm that learned to trust it there would carry that trust into the windows that count. A
    table whose cut is unknown is shown in all windows.
    """

    placebo_of = "aligned"

    def __init__(
        self, table: RepresentationTable, items: int, dimensions: int, replicates: int
    ) -> None:
        vectors, supported = scaled_table(table, items, dimensions)
        self._cut_us = table.trained_until_us
        self._table = [one_fold(vectors, supported)] * replicates
        nothing = one_fold(np.zeros_like(vectors), np.zeros_like(supported))
        self._nothing = [nothing] * replicates
        self._open = False

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go back to where nothing was shown."""
        self._open = False

    def snapshot(self) -> State:
        return {}

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        opens = self._cut_us is None or moment.start_us > self._cut_us
        changed = fresh or opens != self._open
        self._open = opens
        return {"aligned": self._table if opens else self._nothing} if changed else {}
