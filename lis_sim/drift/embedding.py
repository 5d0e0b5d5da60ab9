"""How far the vectors of what is shown have moved: mean shift, and MMD on a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lis_sim.types import Float32, Float64, Int32, RepresentationTable

AVERAGED = 4_096  # events of a window, at most, whose vectors are averaged
COMPARED = 256  # events, at most, that are compared one with another


@dataclass(frozen=True, slots=True)
class VectorSample:
    """What is kept of the vectors of one window's events; ``d`` dimensions."""

    events: int  # that have a vector
    mean: Float64  # (d,)
    square: float  # mean squared length of a vector
    few: Float32  # (at most COMPARED, d) in random order


def vector_sample(
    table: RepresentationTable, item: Int32, random: np.random.Generator
) -> VectorSample:
    """Look the items ``(n,)`` of a window's events up in ``table``; those it lacks are left out."""
    item = item[random.permutation(len(item))[:AVERAGED]]
    place = np.minimum(np.searchsorted(table.item, item), max(len(table.item) - 1, 0))
    known = table.item[place] == item if len(table.item) else np.zeros(len(item), bool)
    vectors = table.vectors[place[known]]
    if not len(vectors):
        return VectorSample(0, np.zeros(table.vectors.shape[1]), 0.0, vectors)
    mean = vectors.mean(axis=0, dtype=np.float64)
    square = float(np.square(vectors, dtype=np.float64).sum(axis=1).mean())
    return VectorSample(len(vectors), mean, square, vectors[:COMPARED].copy())


def pooled(samples: Sequence[VectorSample]) -> VectorSample:
    """Return the samples of several windows as that of one; ``few`` has an equal part of each."""
    events = sum(one.events for one in samples)
    weights = [one.events / max(events, 1) for one in samples]
    mean = np.asarray(sum(w * one.mean for w, one in zip(weights, samples, strict=True)))
    square = math.fsum(w * one.square for w, one in zip(weights, samples, strict=True))
    part = -(-COMPARED // len(samples))
    few = np.concatenate([one.few[:part] for one in samples])
    return VectorSample(events, mean, square, few[:COMPARED])


def mean_shift(reference: VectorSample, present: VectorSample) -> float | None:
    """Return the distance of the means in units of the reference's own spread.

    The spread is the root mean squared distance of a vector from the mean, over all dimensions
    together, so that no covariance has to be inverted. None where it is 0.

    >>> table = RepresentationTable("t", np.arange(2, dtype=np.int32), np.float32([[0, 0], [2, 0]]))
    >>> random = np.random.default_rng(0)
    >>> both = vector_sample(table, np.array([0, 1], np.int32), random)
    >>> mean_shift(both, vector_sample(table, np.array([1, 1], np.int32), random))
    1.0
    """
    spread = reference.square - float(np.square(reference.mean).sum())
    if spread <= 0.0:
        return None
    return math.sqrt(float(np.square(present.mean - reference.mean).sum()) / spread)


class Mmd:
    """The squared maximum mean discrepancy from a reference sample, unbiased.

    The kernel is ``exp(-|x - y|^2 / (2 s^2))`` with ``s`` the median distance within the reference.
    Unbiased: 0 on average when nothing changed, whatever the numbers of vectors.

    Source: Gretton et al. 2012, "A kernel two-sample test", equation 3.

    >>> random = np.random.default_rng(0)
    >>> reference, same, moved = random.standard_normal((3, 200, 4)).astype(np.float32)
    >>> mmd = Mmd(reference)
    >>> abs(mmd.from_present(same)) < 0.01 < mmd.from_present(moved + np.float32(0.5))
    True
    """

    def __init__(self, reference: Float32) -> None:
        self._reference = reference.astype(np.float64)
        squared = squared_distances(self._reference, self._reference)
        apart = squared[np.triu_indices(len(reference), 1)]
        self._scale = float(np.median(apart)) if len(apart) else 0.0
        # More than half of the pairs may be of the same item.
        self._scale = self._scale or (float(apart.mean()) if len(apart) else 0.0)
        self._within = 0.0 if self._scale == 0.0 else self._mean_within(squared)

    def from_present(self, present: Float32) -> float | None:
        """Return the discrepancy of the vectors ``(n, d)``; None for fewer than two, or no spread.

        Vectors of the reference that are all the same have no spread.
        """
        if len(present) < 2 or self._scale == 0.0:
            return None
        given = present.astype(np.float64)
        across = float(self._kernel(squared_distances(given, self._reference)).mean())
        return self._within + self._mean_within(squared_distances(given, given)) - 2.0 * across

    def _mean_within(self, squared: Float64) -> float:
        """Return the mean kernel of different rows; every row equals itself, which is left out."""
        rows = len(squared)
        return (float(self._kernel(squared).sum()) - rows) / (rows * (rows - 1))

    def _kernel(self, squared: Float64) -> Float64:
        return np.asarray(np.exp(squared * (-0.5 / self._scale)))


def squared_distances(one: Float64, other: Float64) -> Float64:
    """Return the squared distances ``(n, m)`` of rows ``(n, d)`` and ``(m, d)``."""
    lengths = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)[None, :]
    squared: Float64 = np.maximum(lengths - 2.0 * (one @ other.T), 0.0)
    if one is other:
        np.fill_diagonal(squared, 0.0)
    return squared
