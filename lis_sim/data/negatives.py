"""Negatives for a log of positives only: items drawn among those that were there to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.errors import ConfigError
from lis_sim.hashing import mix
from lis_sim.types import Bool, Int32, Int64

_MOST = 100  # negatives a positive
_ATTEMPTS = 32  # draws of one negative before it is given up
_LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Negatives:
    """So many items for every positive, none of which its user had engaged with by then.

    >>> str(Negatives(4))
    'sampled negatives: 4 a positive, evenly among the items met by then, seed 0'
    """

    per_positive: int
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least, most in (("per_positive", 1, _MOST), ("seed", 0, _LARGEST_SEED)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise ConfigError(
                    f"negatives: {name} is {value!r}; accepted: a whole number from {least} to "
                    f"{most:,}"
                )

    def __str__(self) -> str:
        return (
            f"sampled negatives: {self.per_positive} a positive, evenly among the items met by "
            f"then, seed {self.seed}"
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """Events in their order: of which positive each is, its item, and whether it was drawn."""

    row: Int64  # (m,)
    item: Int64  # (m,)
    negative: Bool  # (m,)


class NegativeSampler:
    """Draws negatives for positives as they come in time order.

    What is drawn for a positive follows from the seed, its number in the log and the events before
    it, however the log is cut into batches. Items are numbered by first appearance, so those met
    by then are the ones below a number. The first event of an item has no place here: nothing as
    new as that could be drawn, and newness alone would tell it. Remembers every pair of user and
    item, 8 bytes each.

    >>> sampler = NegativeSampler(Negatives(per_positive=2))
    >>> drawn = sampler.draw(np.int32([0, 0, 0, 1, 1]), np.int32([0, 1, 2, 2, 1]))
    >>> drawn.row.tolist(), drawn.negative.tolist()
    ([3, 3, 3, 4, 4], [False, True, True, False, True])
    >>> drawn.item.tolist()[3:], sampler.missing  # the last user had left one item of the three
    ([1, 0], 1)
    """

    def __init__(self, settings: Negatives) -> None:
        self._settings = settings
        self._pairs: Int64 = np.empty(0, np.int64)  # sorted, of the batches before
        self._items = 0
        self._positives = 0
        self.sampled = 0
        self.missing = 0  # negatives that no draw found

    def draw(self, user: Int32, item: Int32) -> Drawn:
        """Return the next positives, int32 ``(n,)`` each, with their negatives after each."""
        met = self._met(item)
        engaged = _Engaged(self._pairs, user, item)
        drawn = np.full((len(user), 1 + self._settings.per_positive), -1, np.int64)
        rows = np.flatnonzero(item < met)
        drawn[rows, 0] = item[rows]
        for column in range(1, drawn.shape[1]):
            self._fill(drawn, column, rows, user, met, engaged)
        self._pairs = engaged.all_pairs()
        self._positives += len(user)
        found = drawn >= 0
        self.sampled += int(found[:, 1:].sum())
        self.missing += len(rows) * self._settings.per_positive - int(found[:, 1:].sum())
        row, at = np.nonzero(found)
        return Drawn(row.astype(np.int64), drawn[found], at > 0)

    def _met(self, item: Int32) -> Int64:
        """Return how many items were met before every event."""
        upto = np.maximum.accumulate(np.append(self._items - 1, item.astype(np.int64))) + 1
        self._items = int(upto[-1])
        before: Int64 = upto[:-1]
        return before

    def _fill(
        self,
        drawn: Int64,
        column: int,
        rows: Int64,
        user: Int32,
        met: Int64,
        engaged: _Engaged,
    ) -> None:
        """Draw a negative for each of ``rows``, again where it cannot be taken."""
        for attempt in range(_ATTEMPTS):
            if not len(rows):
                return
            words = self._words(rows, column, attempt)
            item = (words % met[rows].astype(np.uint64)).astype(np.int64)
            refused = engaged.by_then(user[rows], item, rows)
            refused |= (drawn[rows, 1:column] == item[:, None]).any(axis=1)
            drawn[rows[~refused], column] = item[~refused]
            rows = rows[refused]

    def _words(self, rows: Int64, column: int, attempt: int) -> NDArray[np.uint64]:
        place = ((self._positives + rows) * (_MOST + 1) + column) * _ATTEMPTS + attempt
        return mix(place, self._settings.seed)


class _Engaged:
    """Which pairs of user and item there were at a row of a batch."""

    def __init__(self, before: Int64, user: Int32, item: Int32) -> None:
        self._before = before
        self._new, self._first = np.unique(_pair(user, item), return_index=True)

    def by_then(self, user: Int32, item: Int64, row: Int64) -> Bool:
        """Return which pairs there were before the batch or up to ``row`` of it, bool ``(n,)``."""
        pair = _pair(user, item)
        found, at = _find(self._new, pair)
        known, _ = _find(self._before, pair)
        return known | (found & (self._first[at] <= row))

    def all_pairs(self) -> Int64:
        """Return the pairs before and of the batch, sorted."""
        known, _ = _find(self._before, self._new)
        places = np.searchsorted(self._before, self._new[~known])
        return np.insert(self._before, places, self._new[~known])


def _pair(user: Int32, item: Int32 | Int64) -> Int64:
    found: Int64 = (user.astype(np.int64) << np.int64(32)) | item.astype(np.int64)
    return found


def _find(keys: Int64, values: Int64) -> tuple[Bool, Int64]:
    """Return which of ``values`` are among the sorted ``keys``, and where."""
    if not len(keys):
        return np.zeros(len(values), np.bool_), np.zeros(len(values), np.int64)
    at = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return keys[at] == values, at
