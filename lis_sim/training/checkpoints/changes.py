"""Which rows of an array need be saved: those that changed, or those that are not zeros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.compiled import compiled
from lis_sim.types import ChangedRows

LARGE = 1 << 20  # bytes from which on an array is looked at row by row
_LEAST = 64  # bytes of a fingerprint's rows: of less, the fingerprints would be a large part
_WORD = 8
_ROW_NUMBER = 4  # bytes
_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_SPARSE = 1 / 16  # share of an array that all but zeros takes, for which nothing is compared
_UNCHANGED = 0.5  # share of fingerprints that must be as they were

State = Mapping[str, NDArray[np.generic] | ChangedRows]
Prints = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """One 64-bit fingerprint for every ``rows`` rows of an array of the given type.

    Two contents share one with probability 2^-64.
    """

    dtype: np.dtype[np.generic]
    width: tuple[int, ...]  # the shape of a row
    rows: int
    axis: int  # along which rows are counted: the longest
    prints: Prints

    @classmethod
    def of(cls, whole: NDArray[np.generic]) -> Fingerprints:
        """Take those of ``whole``, whose last few rows, short of a block, get none."""
        axis = int(np.argmax(whole.shape))
        array = np.moveaxis(whole, axis, 0)
        row_bytes = max(1, array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64)))
        words = _WORD // gcd(_WORD, row_bytes)  # rows that fill whole words
        rows = words * -(-_LEAST // (row_bytes * words))
        blocks = len(array) // rows
        content = np.ascontiguousarray(array[: blocks * rows]).reshape(-1).view(np.uint64)
        return cls(array.dtype, array.shape[1:], rows, axis, _fingerprints(content, blocks))

    def changed(
        self, before: Fingerprints, whole: NDArray[np.generic]
    ) -> NDArray[np.generic] | ChangedRows:
        """Return the rows of ``whole``, whose fingerprints these are, that are not as before.

        All of it where most are not, or where it was of another type then.
        """
        layout = (self.dtype, self.width, self.axis)
        if layout != (before.dtype, before.width, before.axis):
            return whole
        common = min(len(self.prints), len(before.prints))
        changed = self.prints != np.pad(before.prints[:common], (0, len(self.prints) - common))
        changed[common:] = True
        blocks = np.flatnonzero(changed)
        if len(blocks) > (1.0 - _UNCHANGED) * len(changed):
            return whole
        array = np.moveaxis(whole, self.axis, 0)
        rows = (blocks[:, None] * self.rows + np.arange(self.rows)).ravel()
        tail = np.arange(len(self.prints) * self.rows, len(array))
        rows = np.concatenate([rows, tail]).astype(np.int64)
        return ChangedRows(len(array), rows, array[rows], self.axis)


def narrowed(
    state: State, before: Mapping[str, Fingerprints] | None
) -> tuple[dict[str, NDArray[np.generic] | ChangedRows], dict[str, Fingerprints]]:
    """Return ``state`` with large arrays as few rows as do, and the new fingerprints.

    These are the rows that changed or those that are not zeros, whichever takes less.
    ``before``: the fingerprints of the state that a reader will have; None: it has nothing.
    What comes as changed rows already is left as it is.
    """
    found: dict[str, NDArray[np.generic] | ChangedRows] = {}
    prints: dict[str, Fingerprints] = {}
    for key, value in state.items():
        found[key] = value
        if isinstance(value, ChangedRows) or value.ndim == 0 or value.nbytes < LARGE:
            continue
        found[key] = without_zeros(value)
        if _bytes(found[key]) <= _SPARSE * value.nbytes:
            continue
        prints[key] = Fingerprints.of(value)
        choices = [value, found[key]]
        if before is not None and key in before:
            choices.append(prints[key].changed(before[key], value))
        found[key] = min(choices, key=_bytes)
    return found, prints


def without_zeros(whole: NDArray[np.generic]) -> NDArray[np.generic] | ChangedRows:
    """Return the rows of ``whole`` that are not zeros, alone; all of it where most are not.

    >>> without_zeros(np.array([0.0, -0.0, 2.0, 0.0, 0.0])).rows  # -0.0 has other bits than 0.0
    array([1, 2])
    """
    if whole.dtype.itemsize not in _UNSIGNED:
        return whole
    axis = int(np.argmax(whole.shape))
    array = np.moveaxis(whole, axis, 0)
    bits = np.ascontiguousarray(array).view(_UNSIGNED[whole.dtype.itemsize]).reshape(len(array), -1)
    filled = bits[:, 0] != 0 if bits.shape[1] == 1 else bits.any(axis=1)
    if 2 * np.count_nonzero(filled) > len(array):
        return whole
    rows = np.flatnonzero(filled).astype(np.int64)
    return ChangedRows(len(array), rows, array[rows], axis, alone=True)


def _bytes(value: NDArray[np.generic] | ChangedRows) -> int:
    if isinstance(value, ChangedRows):
        return value.values.nbytes + _ROW_NUMBER * len(value.rows)
    return value.nbytes


@compiled
def _fingerprints(words: Prints, blocks: int) -> Prints:
    out = np.empty(blocks, np.uint64)
    each = len(words) // max(blocks, 1)
    for block in range(blocks):
        # Every step is a bijection of the words so far: a single changed word always shows.
        h = np.uint64(0x9E3779B97F4A7C15)
        for k in range(block * each, (block + 1) * each):
            h = (h ^ words[k]) * np.uint64(0xFF51AFD7ED558CCD)
            h ^= h >> np.uint64(32)
        out[block] = h * np.uint64(0xC4CEB9FE1A85EC53)
    return out
