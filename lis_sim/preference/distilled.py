"""What content can express of preference data: users' taste in content, by moments.

If a user's logit has the part ``x . t`` for content ``x`` and a taste ``t`` drawn from N(0, S),
the residuals ``e`` of two events of that user have, to first order, the covariance
``v1 v2 x1' S x2`` with ``v = p (1 - p)``. So, over the users' sums ``a = sum_i e_i x_i`` without
each event's product with itself,

    M = sum_u w_u (a a' - sum_i e_i^2 x_i x_i')   estimates   sum_u w_u n_u^2 V S V

where ``V`` is the content's second moment over events, weighted by ``v``, and ``n_u`` the sum of
``v`` of a user. Only products of two events enter: data that are coins give a matrix around zero.

Items nobody has met yet have content, so they get a vector too, and items share what is learned
of their content: a model that is aligned on the data has both, and what is to bound it must have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lis_sim.preference.evidence import Evidence
from lis_sim.preference.level import Level
from lis_sim.preference.subspace import align
from lis_sim.preference.table import scaled_table
from lis_sim.types import Bool, Float32, Float64, RepresentationTable

_STRENGTH = 5.0  # of a user's v: one with so much counts half of what they would otherwise
_WIDEST = 64  # dimensions of content
_SOFT = 0.05  # of the mean variance, added in every direction: rare ones are not blown up


@dataclass(frozen=True, slots=True)
class Distiller:
    """Turns evidence into vectors of all items that have content.

    ``content`` (I, p) is standardised, zero where there is none; vectors have ``dimensions``.
    ``of_evidence`` is the content of what the evidence is about: the items', or, where that is
    another :class:`~lis_sim.preference.level.Level`, (values, p) the mean over the catalogue's
    items of a value.
    """

    content: Float64
    dimensions: int
    of_evidence: Float64

    @classmethod
    def of(
        cls, table: RepresentationTable, items: int, dimensions: int, level: Level | None = None
    ) -> Distiller:
        """Lay a content ``table`` out over ``items``; content wider than 64 is projected to it.

        Before its data are seen nobody knows which directions of content carry taste: often not
        those of largest variance.
        """
        scaled, known = scaled_table(table, items, _WIDEST)
        wide = scaled.astype(np.float64)
        of_evidence = wide if level is None else _by_value(wide, known, level)
        return cls(wide, min(dimensions, wide.shape[1]), of_evidence)

    def root(self, evidence: Evidence, residual: Float32, previous: Float32 | None) -> Float64:
        """Return ``(p, k)``: the leading part of a root of ``S``, turned onto ``previous``.

        ``residual`` (n,) is label minus expectation.
        """
        square, axes = np.linalg.eigh(taste_covariance(self.of_evidence, evidence, residual))
        leading = slice(-1, -self.dimensions - 1, -1)
        root = (axes * np.sqrt(_beyond_chance(square)))[:, leading]
        return root if previous is None else align(root, previous.astype(np.float64))

    def vectors(self, root: Float64) -> Float64:
        """Return ``sqrt(k) x root`` ``(I, k)``.

        An arm divides by the root of the dimensions and gives tastes the prior N(0, I), so the
        prior variance of a match is ``x' S x``: what the data say of how much tastes differ.
        """
        return np.asarray(self.content @ root * np.sqrt(self.dimensions))


def _by_value(content: Float64, known: Bool, level: Level) -> Float64:
    """Return ``(values, p)``: the mean content of every value's items, 0 where none is known."""
    has = known & (level.value >= 0)
    count = np.bincount(level.value[has], minlength=level.values)
    total = np.zeros((level.values, content.shape[1]))
    np.add.at(total, level.value[has], content[has])
    return total / np.maximum(count, 1)[:, None]


def taste_covariance(content: Float64, evidence: Evidence, residual: Float32) -> Float64:
    """Return the estimate of ``S`` ``(p, p)``; its eigenvalues may be negative.

    Of strong tastes it gives less than there is, because a probability cannot pass 1: here half
    of a variance of 1.

    >>> random = np.random.default_rng(0)
    >>> content = random.standard_normal((40, 2))
    >>> taste = np.repeat(random.standard_normal(2000), 20)
    >>> item = random.integers(0, 40, 40_000, np.int32)
    >>> p = 1.0 / (1.0 + np.exp(-taste * content[item, 0]))
    >>> label = (random.random(40_000) < p).astype(np.float32)
    >>> evidence = Evidence(item, label, np.arange(0, 40_001, 20))
    >>> np.abs(taste_covariance(content, evidence, label - np.float32(0.5))).round(1).tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    width = content.shape[1]
    error = residual.astype(np.float64)
    if not error.any():  # no evidence, or nothing beyond what was expected
        return np.zeros((width, width))
    spread = np.abs(error) * (1.0 - np.abs(error))
    own = np.add.reduceat(spread, evidence.start[:-1])  # n_u
    weight = 1.0 / (_STRENGTH + own)
    each = np.repeat(weight, np.diff(evidence.start))
    index = (evidence.item, evidence.start)
    sums = sp.csr_array((error, *index), (len(own), len(content))) @ content
    between = (sums * weight[:, None]).T @ sums - _moment(content, evidence, each * error**2)
    moment = _moment(content, evidence, spread) / max(float(spread.sum()), 1e-12)
    if np.trace(moment) <= 0.0:  # nothing that was met has content
        return np.zeros((width, width))
    moment += _SOFT * np.trace(moment) / width * np.eye(width)
    # Of a user's n^2, the events' products with themselves were left out.
    pairs = float((weight * own**2).sum() - (each * spread**2).sum())
    inverse = np.linalg.inv(moment)
    covariance = inverse @ between @ inverse / max(pairs, 1e-12)
    return np.asarray((covariance + covariance.T) / 2)


def _moment(content: Float64, evidence: Evidence, weight: Float64) -> Float64:
    by_item = np.bincount(evidence.item, weights=weight, minlength=len(content))
    return np.asarray((content * by_item[:, None]).T @ content)


def _beyond_chance(square: Float64) -> Float64:
    """Shrink eigenvalues ``(p,)``, ascending, by how far chance reaches.

    Tastes have no variance below zero, so the lowest eigenvalue tells how large chance makes them.
    """
    chance = min(float(square[0]), 0.0)
    real = np.maximum(square, 0.0)
    total = np.square(real) + chance**2
    return np.asarray(real * np.divide(np.square(real), total, where=total > 0, out=0.0 * real))
