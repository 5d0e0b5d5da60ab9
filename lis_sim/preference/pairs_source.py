"""Pairs as the clock moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import NOBODY, PairTable, pairs_path, read_pairs
from lis_sim.errors import ConfigError
from lis_sim.plain.saved import saved
from lis_sim.preference.co_click_source import remembered
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.pairs import PairVectors
from lis_sim.preference.pairs_matrix import PairSums
from lis_sim.preference.pairs_settings import pairs_name, pairs_settings
from lis_sim.preference.reading import Moment
from lis_sim.preference.scaling import standardised
from lis_sim.preference.source import ByKind, Source, State, one_fold
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.types import Bool, Float32, Int32, Int64, Representation


class PairsSource:
    """Builds every kind of arm's vectors from the pairs it may see, each with its own chain.

    ::

        time             start          reach
        causal           ----->|
        leaked           -------------------->|   all pairs
        leaked_crossfit  -------------------->|   pairs of users outside the fold
                         ----->|                  pairs of the fold's users

    A pair is seen from its time on; of pairs without times, all are as old as their
    ``trained_until``. Pairs without users cannot be taken apart by user, so
    ``leaked_crossfit`` sees what ``causal`` sees, as for tables.
    """

    placebo_of = "leaked_crossfit"

    def __init__(self, construction: PairVectors, pairs: PairTable, making: Making) -> None:
        self._construction = construction
        self._sums = PairSums(pairs.item_a, pairs.item_b, construction.items)
        self._weight = pairs.weight
        self._time_us = _times(pairs)
        self._fold_of_rows = _folds_of_rows(pairs, making.fold_of_users)
        self._folds = making.folds
        self._replicates = making.replicates
        self._whole_log = making.horizon.us is None
        self.start({})

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._chains = {chain: saved(state, chain, np.float32, None, None) for chain in state}

    def snapshot(self) -> State:
        return dict(self._chains)

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        past, future = self._seen_before(moment.start_us), self._seen_before(moment.reach_us)
        found: ByKind = {}
        if "causal" in kinds:
            found["causal"] = self._to_all("causal", past)
        # Of the whole log there is one version: built once, wherever the run resumes.
        if "leaked" in kinds and (fresh or not self._whole_log):
            found["leaked"] = self._to_all(None if self._whole_log else "leaked", future)
        if "leaked_crossfit" in kinds:
            found["leaked_crossfit"] = self._crossfit(past, future)
        return found

    def _seen_before(self, time_us: int) -> Bool:
        seen = np.zeros(len(self._time_us), np.bool_)
        seen[: np.searchsorted(self._time_us, time_us)] = True
        return seen

    def _crossfit(self, past: Bool, future: Bool) -> list[Representation]:
        if self._fold_of_rows is None:
            return self._to_all("crossfit", past)
        return [
            _stacked(
                [
                    self._build(f"crossfit.{replicate}.{f}", future & ((fold != f) | past))
                    for f in range(self._folds)
                ]
            )
            for replicate, fold in enumerate(self._fold_of_rows)
        ]

    def _to_all(self, chain: str | None, seen: Bool) -> list[Representation]:
        return [one_fold(*self._build(chain, seen))] * self._replicates

    def _build(self, chain: str | None, seen: Bool) -> tuple[Float32, Bool]:
        before = None if chain is None else self._chains.get(chain)
        matrix = self._sums.matrix(seen, self._weight)
        directions, supported = self._construction.build(matrix, before)
        if chain is not None and seen.any():
            self._chains[chain] = remembered(before, directions)
        return standardised(directions, supported), supported


def _times(pairs: PairTable) -> Int64:
    """Return since when every pair is known, ``(m,)``."""
    if pairs.time_us is not None:
        return pairs.time_us
    if pairs.trained_until_us is None:
        raise ConfigError(
            f"the pairs '{pairs.name}' have neither times nor trained_until, so nobody can tell "
            "what they have seen; import them with --time COLUMN or --trained-until TIME"
        )
    return np.full(len(pairs), pairs.trained_until_us, np.int64)


def _folds_of_rows(pairs: PairTable, fold_of_users: Sequence[Int64]) -> list[Int32] | None:
    """Return, by replicate, the fold of every pair's user; None: the pairs have no users."""
    if pairs.user is None:
        return None
    outside = pairs.user == NOBODY
    folds = (fold.astype(np.int32)[pairs.user] for fold in fold_of_users)
    return [np.where(outside, np.int32(NOBODY), fold) for fold in folds]


def _stacked(built: Sequence[tuple[Float32, Bool]]) -> Representation:
    vectors, supported = zip(*built, strict=True)
    return Representation(np.stack(vectors), np.stack(supported))


def _widths(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> tuple[int, ...]:
    _readable(spec, dataset)
    rank = pairs_settings(spec).rank
    if rank > tower_dim:
        raise ConfigError(
            f"preference '{spec.name}': rank is {rank}; accepted: at most tower_dim, {tower_dim}; "
            "lower the rank or raise tower_dim"
        )
    return (rank,)


def _make(spec: PreferenceSpec, making: Making) -> Source:
    pairs = _readable(spec, making.dataset)
    construction = PairVectors(pairs_settings(spec), making.dataset.schema.items, making.seed)
    return PairsSource(construction, pairs, making)


def _readable(spec: PreferenceSpec, dataset: Dataset) -> PairTable:
    """Return the pairs of ``spec``, or raise what keeps them from being used."""
    pairs = read_pairs(dataset, pairs_name(spec))
    _times(pairs)
    if not pairs_settings(spec).signed and (pairs.weight < 0).any():
        at = int(np.argmax(pairs.weight < 0))
        raise ConfigError(
            f"preference '{spec.name}': row {at:,} of the pairs '{pairs.name}' has weight "
            f"{pairs.weight[at]}; accepted: 0 or more, or `signed: true` in its settings, which "
            "says that weights below 0 mean unlike items"
        )
    return pairs


def _files(spec: PreferenceSpec, folder: Path) -> Mapping[str, Path]:
    name = pairs_name(spec)
    return {f"pairs {name}": pairs_path(folder, name)}


PAIRS = Kind(pairs_settings, _widths, _make, _files)
