"""The builder: what every arm may see in every window, and nothing else.

For window ``[start, end)``, horizon ``h`` and a user of fold ``f``::

    time                 start          end         end + h
    causal            ----->|
    leaked            ------------------------------->|   all users
    leaked_crossfit   ------------------------------->|   users outside f
                      ----->|                             users of f
    placebo           leaked_crossfit, items permuted

Of a horizon that ends before the log, arms are shown the items met until then: how many are
still to come is not in what they see, so a log that grows gives the same as one at rest.
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
from lis_sim.plain.saved import saved
from lis_sim.preference.given import GivenSource
from lis_sim.preference.kind import Making
from lis_sim.preference.kinds import kind_of
from lis_sim.preference.placebo import Placebo, permuted
from lis_sim.preference.plan import BuilderPlan, widths
from lis_sim.preference.reading import Moment, PastAndFuture
from lis_sim.preference.source import Source, State, fitted
from lis_sim.types import Int64, Representation

__all__ = ["Builder", "BuilderPlan", "Shown", "State", "widths"]

Shown = dict[tuple[str, int], Representation]
_REMEMBERED = 4  # windows whose starting state is kept for a checkpoint
_PLACEBO = "placebo."  # of a snapshot's permutations; what a source keeps has a slash in its name


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
        self._reading = PastAndFuture(self._door)
        self._folds = self._folds_of_users()
        self._items = dataset.schema.items  # that arms are shown
        self._placebo = self._new_placebo()
        self._sources = self._make_sources()
        self._kinds = {
            name: [arm.kind for arm in plan.arms if arm.source == name] for name in self._sources
        }
        self._whole_log = plan.horizon.us is None
        self._next: int | None = None
        self._fresh = True  # nothing was shown yet: everything changes with the first window
        self._states: dict[int, State] = {}

    def start(self, window: int, state: Mapping[str, NDArray[np.generic]] | None = None) -> None:
        """Go to before ``window``; its :meth:`build` takes in what came before."""
        if window > 0 and state is None:
            raise RunError(f"the builder needs its state to start at window {window}")
        self._reading.rewind()
        self._start_placebo(state or {})
        for name, source in self._sources.items():
            own = f"{name}/"
            source.start(
                {k.removeprefix(own): v for k, v in (state or {}).items() if k.startswith(own)}
            )
        self._next = window
        self._states = {}
        self._fresh = True

    def follow(self, plan: BuilderPlan, dataset: Dataset) -> None:
        """Go on in a log that has grown since: ``plan`` differs by further windows alone.

        What was read and built so far stays. For sources that neither hold the log nor the number
        of its items: ``co_click`` of items, and tables.
        """
        self.plan = plan
        self._dataset = dataset
        self._door = FutureDoor(dataset)
        self._reading.follow(self._door)
        self._folds[:] = self._folds_of_users()  # the sources hold the same list

    def state(self, window: int) -> State:
        """Return the state the builder was in before it built ``window``."""
        if window not in self._states:
            raise RunError(f"the builder no longer holds its state before window {window}")
        return self._states[window]

    def snapshot(self) -> State:
        """Return the state before the window that comes next."""
        kept: State = {
            f"{name}/{key}": value
            for name, source in self._sources.items()
            for key, value in source.snapshot().items()
        }
        if not self._whole_log:
            kept |= {f"{_PLACEBO}{r}": order for r, order in enumerate(self._placebo.orders)}
        return kept

    def build(self, window: int) -> Shown:
        """Return the representations that change with ``window``; call in window order."""
        if window != self._next:
            raise RunError(f"window {window} was asked of a builder that is at {self._next}")
        self._states[window] = self.snapshot()
        self._states.pop(window - _REMEMBERED, None)
        moment = self._moment(window)
        # What an item lacks is told apart from what it has: a further item changes all of it.
        fresh = self._meet(moment) or self._fresh
        shown: Shown = {}
        for name, source in self._sources.items():
            shown |= self._shown(name, source, moment, fresh)
        self._fresh = False
        self._next = window + 1
        return shown

    def _moment(self, index: int) -> Moment:
        window = self.plan.windows[index]
        end_us = self._dataset.end_us
        # Tables and pairs may be newer than the log; past its end there is nothing to look at.
        reach_us = min(self.plan.horizon.reach_us(window.end_us, end_us), end_us + 1)
        return Moment(window.start_us, reach_us)

    def _meet(self, moment: Moment) -> bool:
        """Take in which items the horizon reaches; return whether there are more than before."""
        if self._whole_log:
            return False
        self._reading.advance(moment)
        before, self._items = self._items, len(self._reading.met)
        self._placebo.meet(self._reading.met)
        return self._items != before

    def _shown(self, name: str, source: Source, moment: Moment, fresh: bool) -> Shown:
        kinds = self._kinds[name]
        needed = [source.placebo_of if kind == "placebo" else kind for kind in kinds]
        built = source.shown(moment, needed, fresh)
        if "placebo" in kinds and source.placebo_of in built:
            base = [fitted(one, self._items) for one in built[source.placebo_of]]
            orders = self._placebo.orders
            built["placebo"] = [
                permuted(one, order) for one, order in zip(base, orders, strict=True)
            ]
        return {
            (f"{kind}:{name}", replicate): fitted(one, self._items)
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
        plan, reading = self.plan, self._reading
        return Making(
            self._door, reading, self._folds, plan.folds, plan.horizon, plan.tower_dim, plan.seed
        )

    def _given(self, name: str) -> Source:
        table, items = self._dataset.representation(name), self._dataset.schema.items
        return GivenSource(table, items, self.plan.tower_dim, len(self._folds))

    def _folds_of_users(self) -> list[Int64]:
        users = np.arange(self._dataset.schema.users, dtype=np.int32)
        return [fold_of(users, seed, self.plan.folds) for seed in self.plan.seeds]

    def _new_placebo(self) -> Placebo:
        """Return the placebo's permutations: of the whole log at once, else still to be made."""
        used = any(arm.kind == "placebo" for arm in self.plan.arms)
        placebo = Placebo(self.plan.seeds if used else ())
        if used and self.plan.horizon.us is None:
            support = np.zeros(self._dataset.schema.items, np.int64)
            for stamped in self._door.read(0, self._dataset.end_us + 1, self._dataset.start_us):
                support += np.bincount(stamped.block.item, minlength=len(support))
            placebo.meet(support)
        return placebo

    def _start_placebo(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        if self._whole_log:
            return
        self._placebo = self._new_placebo()
        if state:
            replicates = range(len(self._placebo.orders))
            self._placebo.orders = [
                saved(state, f"{_PLACEBO}{replicate}", np.int64, None) for replicate in replicates
            ]
