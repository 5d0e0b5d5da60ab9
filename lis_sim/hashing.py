"""Stateless random numbers: the same (seed, purpose, index) gives the same bytes anywhere.

Nothing here depends on what was drawn before, which is what lets tables grow, workers
disappear and windows be rebuilt without changing a single score.
"""

from __future__ import annotations

import hashlib

import numpy as np

from lis_sim.types import Float32, Int32, Int64

_BLOCK_DRAWS = 4  # a Philox counter step yields four 64-bit words


def purpose_key(seed: int, *purpose: str | int) -> int:
    """Return a 128-bit Philox key for a seed and the words naming what the stream is for.

    >>> purpose_key(0, "batch order") == purpose_key(0, "batch order")
    True
    >>> purpose_key(0, "batch order") == purpose_key(0, "initial weights")
    False
    """
    text = "/".join([str(seed), *(str(word) for word in purpose)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the random generator of one purpose under ``seed``."""
    return np.random.Generator(np.random.Philox(key=purpose_key(seed, *purpose)))


def uniform_rows(key: int, first_row: int, rows: int, columns: int) -> Float32:
    """Return rows ``[first_row, first_row + rows)`` of an endless table of U(-1, 1) numbers.

    Row ``r`` is a function of ``(key, r)`` alone, so a table grown row by row equals one made
    at once. Shape ``(rows, columns)``, float32.

    >>> whole = uniform_rows(7, 0, 10, 3)
    >>> bool((uniform_rows(7, 4, 2, 3) == whole[4:6]).all())
    True
    """
    padded = -(-columns // _BLOCK_DRAWS) * _BLOCK_DRAWS
    bits = np.random.Philox(key=key).advance(first_row * padded // _BLOCK_DRAWS)
    draws = np.random.Generator(bits).random((rows, padded))
    return (2.0 * draws[:, :columns] - 1.0).astype(np.float32)


def mix(values: Int32 | Int64, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    """Hash integers to 64 well-mixed bits (splitmix64's finaliser, Steele et al. 2014)."""
    x = values.astype(np.uint64) + np.uint64(purpose_key(seed, "mix") & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def fold_of(user: Int32, seed: int, folds: int) -> Int64:
    """Return the fold in ``[0, folds)`` of every user: a hash of (user, seed).

    >>> import numpy as np
    >>> fold_of(np.arange(6, dtype=np.int32), seed=0, folds=5).tolist() == fold_of(
    ...     np.arange(6, dtype=np.int32), seed=0, folds=5
    ... ).tolist()
    True
    """
    return (mix(user, seed) % np.uint64(folds)).astype(np.int64)
