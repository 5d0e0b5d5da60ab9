"""What is measured of a window against a reference: one small comparison for every measure.

A comparison is made from the samples of the reference windows and then asked about others. It
answers with the value found, the value that the reference itself has, and the size of chance at
that many events, with which what chance brings to a value falls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, kolmogi, ndtri

from lis_sim.drift import embedding
from lis_sim.drift.ks import ks_distance
from lis_sim.drift.psi import (
    counts_between,
    counts_of,
    decile_edges,
    psi,
    together,
    top_values,
)
from lis_sim.drift.settings import DriftSettings
from lis_sim.drift.stream_sample import Sample
from lis_sim.types import Float64, Int64, Schema

CHANCE = 0.001  # of a window like those of the reference being above its threshold
FEWEST_EVENTS = 20  # of a window or of a reference; fewer have no value
_KOLMOGOROV_MEAN = math.sqrt(math.pi / 2.0) * math.log(2.0)

Column: TypeAlias = Callable[[Sample], NDArray[Any]]
Count: TypeAlias = Callable[[Sample], Int64 | Float64]


class Independent(NamedTuple):
    """What independent events show of each other, in units of the size of chance.

    ``mean`` and ``high``, above which CHANCE of windows are, are those of the value + ``offset``.
    Mean 0: not known beforehand.
    """

    mean: float
    high: float
    offset: float = 0.0


class Found(NamedTuple):
    """What a comparison says of a window."""

    value: float
    usual: float  # of the reference: 0 for a distance
    chance: float  # its size at this many events; what follows is in units of it
    independent: Independent = Independent(0.0, 0.0)


Comparison: TypeAlias = Callable[[Sample], Found | None]  # None: undefined


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of one thing; ``floor`` is how far above the usual counts as drift."""

    measure: str  # psi, ks, new_items, new_users, mean_shift, mmd
    of: str  # items, users, feature:NAME, representation:NAME
    floor: float
    compare: Callable[[Sequence[Sample]], Comparison]


def measures_of(
    schema: Schema, representations: Sequence[str], settings: DriftSettings
) -> tuple[Measure, ...]:
    """Return all measures of a log and of the ``representations`` that are watched.

    >>> [f"{one.measure} of {one.of}" for one in measures_of(Schema(1, 1), (), DriftSettings())]
    ['psi of items', 'new_items of items', 'psi of users', 'new_users of users']
    """
    found = [
        Measure("psi", "items", settings.psi, partial(_buckets, _items)),
        Measure("new_items", "items", settings.new_share, partial(_newness, _new_items)),
        Measure("psi", "users", settings.psi, partial(_buckets, _users)),
        Measure("new_users", "users", settings.new_share, partial(_newness, _new_users)),
    ]
    for at, column in enumerate(schema.categorical):
        of = f"feature:{column.name}"
        found.append(Measure("psi", of, settings.psi, partial(_categories, at)))
    for at, name in enumerate(schema.numeric):
        values = partial(_numeric, at)
        of = f"feature:{name}"
        found.append(Measure("psi", of, settings.psi, partial(_deciles, values)))
        found.append(Measure("ks", of, settings.ks, partial(_ks, values)))
    for name in representations:
        of = f"representation:{name}"
        found.append(Measure("mean_shift", of, settings.mean_shift, partial(_mean_shift, name)))
        found.append(Measure("mmd", of, settings.mmd, partial(_mmd, name)))
    return tuple(found)


def _items(sample: Sample) -> Float64:
    return sample.items


def _users(sample: Sample) -> Float64:
    return sample.users


def _numeric(at: int, sample: Sample) -> NDArray[Any]:
    return sample.numeric[:, at]


def _new_items(sample: Sample) -> int:
    return sample.new_items


def _new_users(sample: Sample) -> int:
    return sample.new_users


def _buckets(counts: Count, reference: Sequence[Sample]) -> Comparison:
    return _psi_of(np.asarray(sum(counts(one) for one in reference)), counts)


def _categories(at: int, reference: Sequence[Sample]) -> Comparison:
    usual = together([one.categorical[at] for one in reference])
    top = top_values(usual)
    return _psi_of(counts_of(top, usual), lambda one: counts_of(top, one.categorical[at]))


def _deciles(column: Column, reference: Sequence[Sample]) -> Comparison:
    values = np.concatenate([column(one) for one in reference])
    edges = decile_edges(values)
    return _psi_of(counts_between(edges, values), lambda one: counts_between(edges, column(one)))


def _psi_of(reference: Int64 | Float64, count: Count) -> Comparison:
    m = float(reference.sum())
    degrees = len(reference) - 1
    # A chi-square, whose mean psi() takes off.
    independent = Independent(degrees, float(chdtri(degrees, CHANCE)), degrees)

    def compared(sample: Sample) -> Found | None:
        counts = count(sample)
        n = float(counts.sum())
        if not _enough(n, m):
            return None
        return Found(psi(reference, counts), 0.0, 1.0 / n + 1.0 / m, independent)

    return compared


def _ks(column: Column, reference: Sequence[Sample]) -> Comparison:
    values = np.sort(np.concatenate([column(one) for one in reference]))
    independent = Independent(_KOLMOGOROV_MEAN, float(kolmogi(CHANCE)))

    def compared(sample: Sample) -> Found | None:
        present = column(sample)
        if not _enough(len(present), len(values)):
            return None
        chance = _root(len(present), len(values))
        return Found(ks_distance(values, present), 0.0, chance, independent)

    return compared


def _newness(new: Callable[[Sample], int], reference: Sequence[Sample]) -> Comparison:
    events = sum(one.events for one in reference)
    usual = sum(new(one) for one in reference) / max(events, 1)
    high = -float(ndtri(CHANCE)) * math.sqrt(usual * (1.0 - usual))

    def compared(sample: Sample) -> Found | None:
        if not _enough(sample.events, events):
            return None
        chance = _root(sample.events, events)
        return Found(new(sample) / sample.events, usual, chance, Independent(0.0, high))

    return compared


def _mean_shift(name: str, reference: Sequence[Sample]) -> Comparison:
    usual = embedding.pooled([one.vectors[name] for one in reference])

    def compared(sample: Sample) -> Found | None:
        present = sample.vectors[name]
        if not _enough(present.events, usual.events):
            return None
        shift = embedding.mean_shift(usual, present)
        chance = _root(present.events, usual.events)
        return None if shift is None else Found(shift, 0.0, chance)

    return compared


def _mmd(name: str, reference: Sequence[Sample]) -> Comparison:
    few = embedding.pooled([one.vectors[name] for one in reference]).few
    mmd = embedding.Mmd(few)

    def compared(sample: Sample) -> Found | None:
        present = sample.vectors[name].few
        if not _enough(len(present), len(few)):
            return None
        found = mmd.from_present(present)
        return None if found is None else Found(found, 0.0, 1.0 / len(present) + 1.0 / len(few))

    return compared


def _enough(n: float, m: float) -> bool:
    return min(n, m) >= FEWEST_EVENTS


def _root(n: int, m: int) -> float:
    return math.sqrt(1.0 / n + 1.0 / m)
