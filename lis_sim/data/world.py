"""What is true in a synthetic world before anything happens: its catalogue and its users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lis_sim.data.world_spec import SyntheticSpec
from lis_sim.hashing import generator
from lis_sim.types import Float64, Int32, Int64

START_US = 1_704_067_200_000_000  # 2024-01-01 00:00 UTC
DAY_US = 86_400_000_000
MOST_ACTIVE = 40.0  # bounds one user's share; the median user's activity is about 0.8
LEAST_ACTIVE = 0.2
DEVICES = ("phone", "tablet", "television")
SURFACES = ("feed", "search", "related", "notification")


@dataclass(frozen=True, slots=True)
class World:
    """``U`` users, ``I`` items by birth, ``f`` factors, ``C`` categories.

    Users come from ``population_seed``, everything else from ``seed``.

    >>> spec = SyntheticSpec(users=30, items=20)
    >>> make_world(spec).factors.shape
    (20, 8)
    """

    activity: Float64  # (U,) cumulative, ends at 1
    taste: Float64  # (U, f) on the first day
    popularity: Float64  # (I,) cumulative
    born_us: Int64  # (I,) non-decreasing
    quality: Float64  # (I,) the item's part of the logit
    factors: Float64  # (I, f)
    category: Int32  # (I,)
    category_factors: Float64  # (C, f) mean of the category's items; 0 without items
    device_effect: Float64  # (devices,)
    surface_effect: Float64  # (surfaces,)
    position_effect: Float64  # (positions,) mean 0, falling


def make_world(spec: SyntheticSpec) -> World:
    """Draw the fixed truth of a world."""
    users = generator(spec.population, "users")
    items, context = (generator(spec.seed, purpose) for purpose in ("items", "context"))
    tail = users.pareto(spec.activity_tail, spec.users)
    activity = np.cumsum(np.minimum(tail + LEAST_ACTIVE, MOST_ACTIVE))
    taste = users.standard_normal((spec.users, spec.factors))
    factors = items.standard_normal((spec.items, spec.factors))
    late = items.random(spec.items) >= spec.born_before
    born = np.sort(np.where(late, items.random(spec.items), 0.0))
    born[0] = 0.0  # there is always something to show
    centres = items.standard_normal((spec.categories, spec.factors))
    popularity = np.cumsum(items.lognormal(0.0, spec.popularity, spec.items))
    category = np.argmax(factors @ centres.T, axis=1).astype(np.int32)
    rank = np.log(np.arange(1, spec.positions + 1))
    return World(
        activity=activity / activity[-1],
        taste=taste,
        popularity=popularity,
        born_us=START_US + (born * spec.days * DAY_US).astype(np.int64),
        quality=spec.quality * items.standard_normal(spec.items),
        factors=factors,
        category=category,
        category_factors=_category_means(category, factors, spec.categories),
        device_effect=spec.context * context.standard_normal(len(DEVICES)),
        surface_effect=spec.context * context.standard_normal(len(SURFACES)),
        position_effect=-spec.position * (rank - rank.mean()),
    )


class TasteWalk:
    """The users' tastes from day to day: Ornstein-Uhlenbeck, sampled at midnight.

    Every coordinate stays standard normal; its correlation with itself ``d`` days later is
    ``exp(-drift d)``. Memory is that of one day.

    Source: Uhlenbeck and Ornstein 1930, "On the theory of the Brownian motion".

    >>> spec = SyntheticSpec(users=4, drift=0.0)
    >>> walk = TasteWalk(spec, make_world(spec))
    >>> bool((walk.on(20) == walk.on(0)).all())
    True
    """

    def __init__(self, spec: SyntheticSpec, world: World) -> None:
        self._spec = spec
        self._first = self._taste = world.taste
        self._day = 0

    def on(self, day: int) -> Float64:
        """Return the tastes of ``day`` as a ``(U, f)`` array; do not write into it."""
        if self._spec.drift == 0.0:
            return self._first
        if day < self._day:
            self._day, self._taste = 0, self._first
        kept = np.exp(-self._spec.drift)
        while self._day < day:
            self._day += 1
            steps = generator(self._spec.population, "drift", self._day)
            moved = steps.standard_normal(self._taste.shape)
            self._taste = kept * self._taste + np.sqrt(1.0 - kept**2) * moved
        return self._taste


def _category_means(category: Int32, factors: Float64, categories: int) -> Float64:
    sums = np.zeros((categories, factors.shape[1]))
    np.add.at(sums, category, factors)
    return sums / np.maximum(np.bincount(category, minlength=categories), 1)[:, None]
