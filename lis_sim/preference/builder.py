"""The builder: what every arm may see in every window, and nothing else.

For window ``[start, end)``, horizon ``h`` and a user of fold ``f``::

    time                 start          end         end + h
    causal            ----->|
    leaked            ------------------------------->|   all users
    leaked_crossfit   ------------------------------->|   users outside f
                      ----->|                             users of f
    placebo           leaked_crossfit, items permuted

The preference package alone goes through :mod:`lis_sim.data.future`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.errors import RunError
from lis_sim.hashing import fold_of
from lis_sim.preference.given import GivenSource
from lis_sim.preference.kind import Making
from lis_sim.preference.kinds import kind_of
from lis_sim.preference.placebo import permuted, placebo_permutation
from lis_sim.preference.plan import BuilderPlan, widths
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.preference.source import Source, State
from lis_sim.types import Int64, Representation

__all__ = ["Builder", "BuilderPlan", "Shown", "State", "widths"]

Shown = dict[tuple[str, int], Representation]
_REMEMBERED = 4  # windows whose starting state is kept for a checkpoint


class Builder:
    """Builds the representations of one window after another.

    ``build(k)`` returns those that differ from window ``k - 1``'s, keyed by (arm's name,
    replicate); ``state(k)`` is what a builder must be given to start at window ``k`` and
    return the same bytes.
    """

    def __init__(self, plan: BuilderPlan, dataset: Dataset) -> None:
        self.plan = plan
        self._dataset = dataset
        self._door = FutureDoor(dataset)
        users = np.arange(dataset.schema.users, dtype=np.int32)
        self._folds = [fold_of(users, seed, plan.folds) for seed in plan.seeds]
        self._permutations = self._placebo_permutations()
        self._sources = self._make_sources()
        self._kinds = {
            name: [arm.kind for arm in plan.arms if arm.source == name] for name in self._sources
        }
        self._next: int | None = None
        self._fresh = True  # nothing was shown yet: everything changes with the first window
        self._states: dict[int, State] = {}

    def start(self, window: int, state: Mapping[str, NDArray[np.generic]] | None = None) -> None:
        """Go to before ``window``; its :meth:`build` takes in what came before."""
        if window > 0 and state is None:
            raise RunError(f"the builder needs its state to start at window {window}")
        for name, source in self._sources.items():
            own = f"{name}/"
            source.start(
                {k.removeprefix(own): v for k, v in (state or {}).items() if k.startswith(own)}
            )
        self._next = window
        self._states = {}
        self._fresh = True

    def state(self, window: int) -> State:
        """Return the state the builder was in before it built ``window``."""
        if window not in self._states:
            raise RunError(f"the builder no longer holds its state before window {window}")
        return self._states[window]

    def snapshot(self) -> State:
        """Return the state before the window that comes next."""
        return {
            f"{name}/{key}": value
            for name, source in self._sources.items()
            for key, value in source.snapshot().items()
        }

    def build(self, window: int) -> Shown:
        """Return the representations that change with ``window``; call in window order."""
        if window != self._next:
            raise RunError(f"window {window} was asked of a builder that is at {self._next}")
        self._states[window] = self.snapshot()
        self._states.pop(window - _REMEMBERED, None)
        moment = self._moment(window)
        shown: Shown = {}
        for name, source in self._sources.items():
            shown |= self._shown(name, source, moment)
        self._fresh = False
        self._next = window + 1
        return shown

    def _moment(self, index: int) -> Moment:
        window = self.plan.windows[index]
        reach_us = self.plan.horizon.reach_us(window.end_us, self._dataset.end_us)
        return Moment(window.start_us, reach_us)

    def _shown(self, name: str, source: Source, moment: Moment) -> Shown:
        kinds = self._kinds[name]
        needed = [source.placebo_of if kind == "placebo" else kind for kind in kinds]
        built = source.shown(moment, needed, self._fresh)
        if "placebo" in kinds and source.placebo_of in built:
            base = built[source.placebo_of]
            built["placebo"] = [
                permuted(one, order) for one, order in zip(base, self._permutations, strict=True)
            ]
        return {
            (f"{kind}:{name}", replicate): one
            for kind in kinds
            if kind in built
            for replicate, one in enumerate(built[kind])
        }

    def _make_sources(self) -> dict[str, Source]:
        """Make a source for every preference data set and representation the arms name."""
        specs = {spec.name: spec for spec in self.plan.preferences}
        used = dict.fromkeys(arm.source for arm in self.plan.arms if arm.source is not None)
        making = self._making()
        return {
            name: kind_of(name, specs[name].kind).make(specs[name], making)
            if name in specs
            else self._given(name)
            for name in used
        }

    def _making(self) -> Making:
        plan = self.plan
        reading = PastAndFuture(self._door)
        return Making(
            self._door, reading, self._folds, plan.folds, plan.horizon, plan.tower_dim, plan.seed
        )

    def _given(self, name: str) -> Source:
        table, items = self._dataset.representation(name), self._dataset.schema.items
        return GivenSource(table, items, self.plan.tower_dim, len(self._folds))

    def _placebo_permutations(self) -> list[Int64]:
        if not any(arm.kind == "placebo" for arm in self.plan.arms):
            return []
        # One permutation for all windows, so it may know what the first one's leaked arms do.
        first = self._moment(0)
        support = np.zeros(self._dataset.schema.items, np.int64)
        for stamped in self._door.read(0, first.reach_us, first.start_us):
            support += np.bincount(stamped.block.item, minlength=len(support))
        return [placebo_permutation(support, seed) for seed in self.plan.seeds]
