"""``co_click``: item vectors from who engaged with what beyond expectation.

Users who like the same items pull those items together. The vectors are the leading
co-engagement directions of users' *signed residuals*, beside each item's smoothed engagement
rate.

Where every event is an engagement (``behaviour: exposure``) the label expects nothing and its
residuals are all zero. What is left is *how often* a user met an item, and the expectation is
the one of independence: so often as the user's and the item's counts make likely. With the
scales used anyway (roots of users' and items' counts) the residuals are those of
correspondence analysis (Greenacre 1984), and removing the expectation from the matrix of counts
is removing one known direction: the roots of the items' counts. The rate is then the item's
share of all events.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lis_sim.errors import DataError
from lis_sim.hashing import purpose_key, uniform_rows
from lis_sim.preference.co_click_settings import CoClickSettings
from lis_sim.preference.event_loops import (
    count_items,
    fill_residuals,
    fill_scaled,
    subtract_rates,
)
from lis_sim.preference.evidence import Evidence
from lis_sim.preference.scaling import standardised
from lis_sim.preference.subspace import align, leading_images
from lis_sim.types import Bool, Float32, Float64

_SUREST = 0.98  # no expectation is surer, so that no event is without any news


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """What evidence says about items; all zero where it says nothing."""

    directions: Float64  # (I, rank)
    rate: Float64  # (I,) log odds of the smoothed engagement rate, or log share of the events
    supported: Bool  # (I,)
    counted: Bool | None = None  # (I,) supported items whose mean and RMS are used; None: all
    distilled: Float64 | None = None  # (I, p) a block of its own, see :class:`.distilled.Distiller`

    def shown(self) -> tuple[Float32, Bool]:
        """Return vectors ``(I, d)`` as arms see them, and which items they are of.

        ``d`` is ``rank + 1``, and ``p`` more where something was distilled: the items that have
        content are supported then.
        """
        vectors = np.column_stack([self.directions, self.rate])
        own = standardised(vectors, self.supported, self.counted)
        if self.distilled is None:
            return own, self.supported
        both = np.column_stack([own, self.distilled.astype(np.float32)])
        return both, self.supported | self.distilled.any(axis=1)


class CoClick:
    """The construction as a pure function of (evidence, where to start from)."""

    def __init__(
        self, settings: CoClickSettings, items: int, seed: int, exposure: bool = False
    ) -> None:
        """``exposure``: every event of the evidence is an engagement."""
        self.settings = settings
        self.items = items
        self.exposure = exposure
        self._key = purpose_key(seed, "co_click directions")
        random = uniform_rows(self._key, 0, items, settings.rank + settings.extra)
        self._random = random.astype(np.float64)

    def within(self, items: int) -> CoClick:
        """Return the construction of the first ``items`` items: of a moment that met no others."""
        if items == self.items:
            return self
        other = copy(self)
        other.items = items
        block, missing = self._random.shape[1], max(0, items - self.items)
        further = uniform_rows(self._key, self.items, missing, block).astype(np.float64)
        other._random = np.concatenate([self._random[:items], further])
        return other

    def build(self, evidence: Evidence, previous: Float32 | None = None) -> ItemVectors:
        """Return the vectors of ``evidence``.

        ``previous`` ``(I, rank)`` is what the same arm and fold remembers of the windows before,
        0 for items that are missing at its end:
        the iterations start from it and the result is turned onto it, so that a dimension means
        the same from window to window. None: random directions, the same for every arm and
        fold. Folds keep bases of their own: one basis for all folds would have to be
        made of the past alone, and turned noticeably faster than what it was to hold still.
        """
        support, rate = self._counted(evidence)
        directions = np.zeros((self.items, self.settings.rank))
        if len(evidence):
            directions = self._directions(evidence, rate, support, previous)
        if self.exposure:
            shown = np.log((support + 1.0) / (support.sum() + self.items))
        else:
            shown = np.log(rate / (1.0 - rate))
        return ItemVectors(directions, shown, support > 0)

    def residuals(self, evidence: Evidence) -> Float32:
        """Return ``(n,)``: label minus what item rate and user mean lead to expect.

        Zero where every event is an engagement: then the label has nothing to tell.
        """
        if self.exposure or not len(evidence):
            return np.zeros(len(evidence), np.float32)
        _, rate = self._counted(evidence)
        plain = np.ones(len(evidence.start) - 1), np.ones(self.items)
        return self._residuals(evidence, rate, *plain)

    def _counted(self, evidence: Evidence) -> tuple[Float64, Float64]:
        """Return items' events and engagement rates, both ``(I,)``.

        Rates are averaged with ``rate_strength`` average events.
        """
        item = evidence.item
        support, engaged = np.zeros((2, self.items))
        if not count_items(item, evidence.label, support, engaged):
            raise DataError(
                f"preference data holds items {item.min()} to {item.max()}; accepted: 0 to "
                f"{self.items - 1}, the items there are; import the log again"
            )
        mean = (engaged.sum() + 1.0) / (support.sum() + 2.0)
        strength = self.settings.rate_strength
        return support, (engaged + strength * mean) / (support + strength)

    def _directions(
        self, evidence: Evidence, rate: Float64, support: Float64, previous: Float32 | None
    ) -> Float64:
        """Return ``(I, rank)``: signed, shrunk averages of the users' leading factors."""
        settings = self.settings
        start = self._random.copy()
        rounds = settings.first_rounds
        if previous is not None:
            start[:, : settings.rank] = 0.0
            start[: len(previous), : settings.rank] = previous
            rounds = settings.rounds
        if self.exposure:
            # Only with the plain roots is what independence expects one known direction.
            root = np.sqrt(np.maximum(support, 1.0))
            values = _counts(evidence, _user_scale(evidence, 0.0), 1.0 / root)
            expected = np.sqrt(support / support.sum())
        else:
            root = np.sqrt(np.maximum(support + settings.item_scale, 1.0))
            scale = _user_scale(evidence, settings.user_scale)
            values = self._residuals(evidence, rate, scale, 1.0 / root)
            expected = None
        matrix = _as_matrix(evidence, values, self.items)
        images = leading_images(matrix, start, rounds, settings.rank, expected)
        shrunk = images * (root / (support + settings.vector_strength))[:, None]
        return align(shrunk, start[:, : settings.rank])

    def _residuals(
        self, evidence: Evidence, rate: Float64, user_scale: Float64, item_scale: Float64
    ) -> Float32:
        """Return ``(n,)`` residuals times the scales of their users and items."""
        own_rate, values = rate.astype(np.float32), np.empty(len(evidence), np.float32)
        subtract_rates(evidence.item, evidence.label, own_rate, values)
        beyond = np.add.reduceat(values, evidence.start[:-1])
        mean = beyond / (np.diff(evidence.start) + np.float32(self.settings.user_strength))
        fill_residuals(
            evidence.start,
            evidence.item,
            evidence.label,
            own_rate,
            mean.astype(np.float32),
            np.array([1.0 - _SUREST, _SUREST], np.float32),
            user_scale.astype(np.float32),
            item_scale.astype(np.float32),
            values,
        )
        return values


def _user_scale(evidence: Evidence, scale: float) -> Float64:
    """Return one over the roots of users' counts plus ``scale``, ``(users,)``."""
    return np.asarray(1.0 / np.sqrt(np.diff(evidence.start) + scale))


def _counts(evidence: Evidence, user_scale: Float64, item_scale: Float64) -> Float32:
    """Return ``(n,)``: every event is one, times the scales of its user and item."""
    values = np.empty(len(evidence), np.float32)
    scales = user_scale.astype(np.float32), item_scale.astype(np.float32)
    fill_scaled(evidence.start, evidence.item, *scales, values)
    return values


def _as_matrix(evidence: Evidence, values: Float32, items: int) -> sp.csr_array:
    """Return the events' ``values`` ``(n,)`` as a matrix ``(users, I)``, an event an entry."""
    # Mixed index types would make SciPy copy everything to the wider one.
    start = evidence.start.astype(sp.get_index_dtype(maxval=len(evidence)))
    return sp.csr_array((values, evidence.item, start), (len(start) - 1, items))
