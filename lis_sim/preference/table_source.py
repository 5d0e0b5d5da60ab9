"""Stamped tables as the clock moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.reading import Moment
from lis_sim.preference.source import ByKind, Source, State, one_fold
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.preference.table import StampedTables, names_of


class TableSource:
    """Shows a leaked arm the newest version before its horizon, all others the past's newest.

    Vectors cannot be taken apart by user again, so what a user's own present and future must
    not be in (``causal``, ``leaked_crossfit``) is a version trained before the window starts.
    """

    placebo_of = "leaked_crossfit"

    def __init__(self, tables: StampedTables, replicates: int) -> None:
        self._tables = tables
        self._replicates = replicates
        self._last: dict[str, int] = {}

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._last = {}

    def snapshot(self) -> State:
        return {}

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        before = self._tables.version(moment.start_us)
        ahead = self._tables.version(moment.reach_us)
        now = {kind: ahead if kind == "leaked" else before for kind in kinds}
        changed = [kind for kind in kinds if fresh or now[kind] != self._last.get(kind)]
        self._last = now
        return {
            kind: [one_fold(*self._tables.vectors(now[kind]))] * self._replicates
            for kind in changed
        }


def _check(spec: PreferenceSpec) -> None:
    names_of(spec.name, spec.settings)


def _widths(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> tuple[int, ...]:
    return (StampedTables(spec.name, dataset, spec.settings, tower_dim).dimensions,)


def _make(spec: PreferenceSpec, making: Making) -> Source:
    tables = StampedTables(spec.name, making.dataset, spec.settings, making.tower_dim)
    return TableSource(tables, making.replicates)


def _files(spec: PreferenceSpec, folder: Path) -> Mapping[str, Path]:
    names = names_of(spec.name, spec.settings)
    return {name: folder / "representations" / f"{name}.parquet" for name in names}


TABLE = Kind(_check, _widths, _make, _files)
