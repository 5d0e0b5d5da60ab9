"""Popularity: the smoothed engagement rate of an item, the simplest recommender."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.saved import saved
from lis_sim.types import Batch, Float32
from policies.counts import Counts
from policies.exchange import ALONE, Exchange, gathered
from policies.settings import check_number
from policies.view import RepresentationView


class Popularity:
    """Score an item by ``log`` odds of ``(engaged + strength * rate) / (seen + strength)``.

    ``rate`` is the engagement rate over everything learned, itself smoothed towards one half.
    It takes no representation: the arm of a representation scores exactly as ``clean``.

    >>> import numpy as np
    >>> one = Batch(
    ...     user=np.int32([0]),
    ...     item=np.int32([3]),
    ...     categorical=np.empty((1, 0), np.int32),
    ...     numeric=np.empty((1, 0), np.float32),
    ...     history=np.empty((1, 0), np.int32),
    ... )
    >>> ranker = Popularity()
    >>> ranker.score(one).tolist()
    [0.0]
    >>> ranker.update(one, np.float32([1]))
    >>> bool(ranker.score(one)[0] > 0)
    True
    """

    def __init__(self, strength: float = 20.0, exchange: Exchange = ALONE) -> None:
        check_number("policy.strength", strength, above=0.0)
        self.strength = strength
        self._exchange = exchange
        self._seen = Counts()
        self._engaged = Counts()

    def see(self, view: RepresentationView | None) -> None:
        """Accept and ignore a representation."""

    def score(self, batch: Batch) -> Float32:
        rate = (self._engaged.total + 1.0) / (self._seen.total + 2.0)
        engaged = self._engaged.at(batch.item) + self.strength * rate
        share = engaged / (self._seen.at(batch.item) + self.strength)
        logit: Float32 = np.log(share / (1.0 - share)).astype(np.float32)
        return logit

    def update(self, batch: Batch, label: Float32) -> None:
        item = gathered(self._exchange, batch.item)
        self._seen.add(item)
        self._engaged.add(item, gathered(self._exchange, label))

    def state_dict(self) -> dict[str, NDArray[np.generic]]:
        return {"seen": self._seen.array(), "engaged": self._engaged.array()}

    def load_state_dict(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        self._seen = Counts(saved(state, "seen", np.float64, None))
        self._engaged = Counts(saved(state, "engaged", np.float64, None))
