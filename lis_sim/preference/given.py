"""A representation table as somebody gave it: the same in every window."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.preference.reading import Moment
from lis_sim.preference.source import ByKind, State, one_fold
from lis_sim.preference.table import scaled_table
from lis_sim.types import RepresentationTable


class GivenSource:
    """Shows one table, once."""

    placebo_of = "aligned"

    def __init__(
        self, table: RepresentationTable, items: int, dimensions: int, replicates: int
    ) -> None:
        self._shown = [one_fold(*scaled_table(table, items, dimensions))] * replicates

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Nothing depends on what came before."""

    def snapshot(self) -> State:
        return {}

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        return {"aligned": self._shown} if fresh else {}
