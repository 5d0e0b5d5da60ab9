"""One ``co_click`` data set as the clock moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.preference.co_click import CoClick, ItemVectors
from lis_sim.preference.distilled import Distiller
from lis_sim.preference.evidence import Evidence, EvidenceStore, evidence_of
from lis_sim.preference.material import Material
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.preference.source import ByKind, State
from lis_sim.types import Bool, Float32, Float64, Int64, Representation

_FADING = 0.9  # a window's weight in what is remembered, one window later


class CoClickSource:
    """Builds every kind of arm's vectors from its own evidence and its own *chain*.

    A chain is what one arm (and fold) remembers of its own windows: where the iterations start
    and what the result is turned onto. No chain ever sees another one's evidence: a start
    shared by the folds would carry the held-out users' future to them.
    """

    placebo_of = "leaked_crossfit"

    def __init__(
        self,
        construction: CoClick,
        material: Material,
        events: PastAndFuture,
        fold_of_users: Sequence[Int64],
        folds: int,
        whole_log: bool,
        distiller: Distiller | None = None,
    ) -> None:
        self._construction = construction
        self._material = material
        self._events = events
        self._fold = fold_of_users  # by replicate: (users,)
        self._folds = folds
        self._all_items = whole_log
        self._whole_log = whole_log and material.fixed
        self._distiller = distiller
        self.start({})

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._events.rewind()
        self._chains = {chain: saved(state, chain, np.float32, None, None) for chain in state}

    def snapshot(self) -> State:
        return dict(self._chains)

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        self._events.advance(moment)
        self._fit(len(self._events.met))
        past, future = self._stores()
        found: ByKind = {}
        if "causal" in kinds:
            found["causal"] = self._to_all(self._build("causal", past))
        # Of the whole log there is one version: built once, wherever the run resumes.
        if "leaked" in kinds and (fresh or not self._whole_log):
            found["leaked"] = self._to_all(
                self._build(None if self._whole_log else "leaked", future)
            )
        if "leaked_crossfit" in kinds:
            replicates = range(len(self._fold))
            found["leaked_crossfit"] = [self._crossfit(replicate) for replicate in replicates]
        return found

    def _fit(self, items: int) -> None:
        """Make vectors of the ``items`` met before the horizon; how many more come is not known.

        A column's values are known all along.
        """
        if not self._all_items and self._material.level is None:
            self._material = replace(self._material, items=items)
            self._construction = self._construction.within(items)

    def _stores(self) -> tuple[EvidenceStore, EvidenceStore]:
        intake = self._material.intake
        return self._events.past[intake], self._events.future[intake]

    def _crossfit(self, replicate: int) -> Representation:
        fold = self._fold[replicate]
        _, future = self._stores()
        served = [
            self._build(f"crossfit.{replicate}.{f}", future, fold == f) for f in range(self._folds)
        ]
        vectors, supported = zip(*(one.shown() for one in served), strict=True)
        return Representation(np.stack(vectors), np.stack(supported), self._blocks)

    @property
    def _blocks(self) -> tuple[int, ...]:
        if self._distiller is None:
            return ()
        return self._construction.settings.dimensions, self._distiller.dimensions

    def _build(
        self, chain: str | None, store: EvidenceStore, held_out: Bool | None = None
    ) -> ItemVectors:
        """Build from ``store``, with ``held_out`` users at their past."""
        past, _ = self._stores()
        evidence = evidence_of(store, past, held_out)
        used = self._material.used(evidence, past)
        built = self._construction.build(used, self._chains.get(chain or ""))
        if chain is not None and len(used):
            self._chains[chain] = remembered(self._chains.get(chain), built.directions)
        of_items = self._material.of_items(built, evidence)
        if self._distiller is None:
            return of_items
        distilled = self._distilled(chain, used, self._distiller)
        return replace(of_items, distilled=distilled[: len(of_items.supported)])

    def _distilled(self, chain: str | None, used: Evidence, distiller: Distiller) -> Float64:
        own = None if chain is None else f"{chain}.distilled"
        residual = self._construction.residuals(used)
        root = distiller.root(used, residual, self._chains.get(own or ""))
        if own is not None and root.any():
            self._chains[own] = root.astype(np.float32)
        return distiller.vectors(root)

    def _to_all(self, built: ItemVectors) -> list[Representation]:
        vectors, supported = built.shown()
        return [Representation(vectors[None], supported[None], self._blocks)] * len(self._fold)


def remembered(before: Float32 | None, directions: Float64) -> Float32:
    """Return what a chain remembers once it has built ``directions`` ``(I, rank)``.

    An exponentially fading sum of unit directions turns more steadily than the last window's
    alone, which per-user weights of a recommender must follow.
    """
    length = float(np.linalg.norm(directions))
    unit = directions / length if length > 0 else directions
    if before is None:
        return unit.astype(np.float32)
    # Items that are new since then were nothing.
    faded = np.zeros_like(unit)
    faded[: len(before)] = _FADING * before
    return np.asarray((faded + unit).astype(np.float32))
