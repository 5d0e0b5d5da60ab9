"""Where representations come from: what the builder asks of every origin."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lis_sim.preference.reading import Moment
from lis_sim.types import Bool, Float32, Representation

State: TypeAlias = dict[str, NDArray[np.generic]]
ByKind: TypeAlias = dict[str, list[Representation]]
"""For a kind of arm, one representation per replicate."""


class Source(Protocol):
    """One preference data set or given representation, as the clock moves."""

    placebo_of: str
    """The kind whose representations the placebo permutes."""

    def start(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go to where :meth:`snapshot` gave ``state``; empty: to before the first window."""

    def snapshot(self) -> State:
        """Return what a later window depends on beside the log."""

    def shown(self, moment: Moment, kinds: Collection[str], fresh: bool) -> ByKind:
        """Return what arms of ``kinds`` see, without what is as in the window before.

        ``fresh``: nothing was shown before, so everything is returned.
        """


def one_fold(vectors: Float32, supported: Bool) -> Representation:
    """Return a representation that is the same for every user."""
    return Representation(vectors[None], supported[None])


def fitted(representation: Representation, items: int) -> Representation:
    """Return what ``representation`` says of the first ``items`` items; nothing of further ones.

    >>> one = Representation(np.ones((1, 2, 3), np.float32), np.ones((1, 2), np.bool_))
    >>> fitted(one, 3).supported.tolist(), fitted(one, 1).vectors.shape
    ([[True, True, False]], (1, 1, 3))
    """
    missing = items - representation.vectors.shape[1]
    if missing == 0:
        return representation
    vectors, supported = representation.vectors[:, :items], representation.supported[:, :items]
    if missing > 0:
        vectors = np.pad(vectors, ((0, 0), (0, missing), (0, 0)))
        supported = np.pad(supported, ((0, 0), (0, missing)))
    return Representation(vectors, supported, representation.blocks)
