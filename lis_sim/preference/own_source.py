"""A user's own builder as the clock moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.errors import DataError
from lis_sim.plain.saved import saved
from lis_sim.preference.co_click_source import remembered
from lis_sim.preference.evidence import EvidenceStore
from lis_sim.preference.intake import Intake
from lis_sim.preference.kind import Kind, Making
from lis_sim.preference.own import (
    OwnBuilder,
    OwnEvents,
    call,
    own_builder,
    own_dimensions,
    own_file,
)
from lis_sim.preference.reading import Moment
from lis_sim.preference.scaling import projected, standardised
from lis_sim.preference.source import ByKind, Source, State, one_fold
from lis_sim.preference.spec import PreferenceSpec
from lis_sim.preference.subspace import align
from lis_sim.types import Bool, Float32, Float64, Representation


@dataclass(frozen=True, slots=True)
class _Chooser:
    """The events at one moment; hands out copies of what an arm may see."""

    past: OwnEvents
    future: OwnEvents  # from the window's start on, of everybody

    def none(self) -> Bool:
        return np.zeros(len(self.future), np.bool_)

    def all(self) -> Bool:
        return np.ones(len(self.future), np.bool_)


class OwnSource:
    """Calls the builder once for every arm and fold; every one has a chain of its own.

    A chain is what the vectors are turned onto, as in
    :class:`~lis_sim.preference.co_click_source.CoClickSource`: a builder may return another basis
    in every window.
    """

    placebo_of = "leaked_crossfit"

    def __init__(self, spec: PreferenceSpec, builder: OwnBuilder, making: Making) -> None:
        self._spec = spec
        self._builder = builder
        self._making = making
        self._intake = Intake(spec.per_user)
        making.reading.watch(self._intake, times=True)
        self._items = making.dataset.schema.items
        self.start({})

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._making.reading.rewind()
        self._chains = {chain: saved(state, chain, np.float32, None, None) for chain in state}
        self._checked = False

    def snapshot(self) -> State:
        return dict(self._chains)

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        self._making.reading.advance(moment)
        seen = self._events(moment)
        self._check_repeats(seen)
        found: ByKind = {}
        if "causal" in kinds:
            found["causal"] = self._to_all("causal", seen, seen.none())
        if "leaked" in kinds:
            found["leaked"] = self._to_all("leaked", seen, seen.all())
        if "leaked_crossfit" in kinds:
            found["leaked_crossfit"] = list(self._crossfit(seen))
        return found

    def _events(self, moment: Moment) -> _Chooser:
        reading = self._making.reading
        future = _of(reading.future[self._intake])
        ahead = future.time_us >= moment.start_us
        return _Chooser(_of(reading.past[self._intake]), chosen(future, ahead))

    def _crossfit(self, seen: _Chooser) -> Iterator[Representation]:
        for replicate, fold in enumerate(self._making.fold_of_users):
            of_user = fold[seen.future.user]
            built = [
                self._build(f"crossfit.{replicate}.{f}", seen, of_user != f)
                for f in range(self._making.folds)
            ]
            vectors, supported = zip(*built, strict=True)
            yield Representation(np.stack(vectors), np.stack(supported))

    def _to_all(self, chain: str, seen: _Chooser, ahead: Bool) -> list[Representation]:
        return [one_fold(*self._build(chain, seen, ahead))] * self._making.replicates

    def _build(self, chain: str, seen: _Chooser, ahead: Bool) -> tuple[Float32, Bool]:
        vectors, supported = self._call(seen, ahead)
        narrow = projected(vectors, supported, self._making.tower_dim)
        scaled = standardised(narrow, supported).astype(np.float64)
        before = self._chains.get(chain)
        turned = scaled if before is None else align(scaled, before.astype(np.float64))
        if supported.any():
            self._chains[chain] = remembered(before, turned)
        return standardised(turned, supported), supported

    def _call(self, seen: _Chooser, ahead: Bool) -> tuple[Float64, Bool]:
        past, future = copied(seen.past), chosen(seen.future, ahead)
        return call(self._spec, self._builder, past, future, self._items, self._making.seed)

    def _check_repeats(self, seen: _Chooser) -> None:
        """Once, with the first past there is: does a call in between change what is returned?

        A builder that remembers its calls would carry one arm's future to another.
        """
        if self._checked or not len(seen.past):
            return
        self._checked = True
        first = self._call(seen, seen.none())
        self._call(seen, seen.all())
        again = self._call(seen, seen.none())
        if any(a.tobytes() != b.tobytes() for a, b in zip(first, again, strict=True)):
            raise DataError(
                f"preference '{self._spec.name}': {self._spec.kind} returned something else when "
                "it was called again with the same events; accepted: a function of its arguments "
                "alone, which keeps nothing between calls and draws its random numbers from a "
                "generator made of `seed`"
            )


def copied(events: OwnEvents) -> OwnEvents:
    """Return ``events`` in read-only arrays of their own."""
    return chosen(events, np.ones(len(events), np.bool_))


def chosen(events: OwnEvents, rows: Bool) -> OwnEvents:
    """Return the chosen ``rows`` ``(n,)`` in read-only arrays of their own.

    No view: its ``base`` would be the events that were not chosen.
    """
    own = OwnEvents(events.user[rows], events.item[rows], events.time_us[rows], events.label[rows])
    for array in (own.user, own.item, own.time_us, own.label):
        array.setflags(write=False)
    return own


def _of(store: EvidenceStore) -> OwnEvents:
    user, item, label = store.events()
    return OwnEvents(user, item, store.times(), label.astype(np.float32))


def _check(spec: PreferenceSpec) -> None:
    own_dimensions(spec)
    own_builder(spec)


def _widths(spec: PreferenceSpec, dataset: Dataset, tower_dim: int) -> tuple[int, ...]:
    return (min(own_dimensions(spec), tower_dim),)


def _make(spec: PreferenceSpec, making: Making) -> Source:
    return OwnSource(spec, own_builder(spec), making)


def _files(spec: PreferenceSpec, folder: Path) -> Mapping[str, Path]:
    file = own_file(spec)
    return {} if file is None else {spec.kind: file}


OWN = Kind(_check, _widths, _make, _files)
