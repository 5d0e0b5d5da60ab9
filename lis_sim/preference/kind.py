"""What a kind of preference data is to the builder: an entry of :mod:`lis_sim.preference.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.preference.reading import PastAndFuture
from lis_sim.preference.source import Source
from lis_sim.preference.spec import Horizon, PreferenceSpec
from lis_sim.types import Int64


@dataclass(frozen=True, slots=True)
class Making:
    """What every source may be made with, the same for all of a builder's sources.

    Attributes:
        door: The log, past the clock as well; sources that take in events one by one should
            share ``reading`` instead.
        reading: The one reading of the log: ``reading.watch(intake)`` while a source is made,
            ``reading.advance(moment)`` whenever it is asked for a window.
        fold_of_users: By replicate, the fold of every user, int64 ``(users,)``.
        folds: How many folds there are.
        horizon: How far past a window's end the leaked arms look.
        tower_dim: The most dimensions that arms are shown.
        seed: The run's seed.
    """

    door: FutureDoor
    reading: PastAndFuture
    fold_of_users: Sequence[Int64]
    folds: int
    horizon: Horizon
    tower_dim: int
    seed: int

    @property
    def dataset(self) -> Dataset:
        return self.door.dataset

    @property
    def replicates(self) -> int:
        return len(self.fold_of_users)


def _no_files(spec: PreferenceSpec, folder: Path) -> Mapping[str, Path]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """How preference data of one kind is checked, sized and made.

    Attributes:
        check: Raises :class:`~lis_sim.errors.ConfigError` for settings that no log could fulfil.
        widths: Returns the dimensions of every block of what arms will be shown, given the spec,
            the dataset and ``tower_dim``; raises for what this log cannot fulfil.
        make: Returns the source.
        files: Returns, by what to call them, the files it reads beside the log, given the spec
            and the dataset's folder: other bytes in one of them make another run.
    """

    check: Callable[[PreferenceSpec], object]
    widths: Callable[[PreferenceSpec, Dataset, int], tuple[int, ...]]
    make: Callable[[PreferenceSpec, Making], Source]
    files: Callable[[PreferenceSpec, Path], Mapping[str, Path]] = _no_files
