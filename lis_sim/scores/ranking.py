"""Events in the order of their scores: what every AUC is counted from."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lis_sim.scores import radix
from lis_sim.scores.events import Scores
from lis_sim.types import Int32

Key: TypeAlias = NDArray[np.unsignedinteger[Any]]
Ranked: TypeAlias = NDArray[np.uint64]
_TABLE = 16  # possible clusters for each event up to which a table beats sorting


def order_key(score: Scores) -> Key:
    """Return unsigned integers ``(n,)`` that order and tie exactly as the finite ``score`` does.

    A float is read as its bits: 32 for float32, 64 for float64.

    >>> order_key(np.array([0.5, -2.0, -0.0, 0.0], np.float32)).argsort(kind="stable")
    array([1, 2, 3, 0])
    """
    unsigned = np.uint32 if score.dtype == np.float32 else np.uint64
    # Adding 0 turns -0.0 into 0.0: equal as numbers, different as bits.
    bits: Key = (score + score.dtype.type(0)).view(unsigned)
    radix.flip_bits(bits)
    return bits


def rank_events(score: Scores) -> Ranked:
    """Return one word for each event ``(n,)``, sorted by finite ``score`` and then by row.

    The upper 32 bits order and tie as the scores do, the lower are the event's row.

    >>> ranked = rank_events(np.array([0.5, -2.0, 0.5], np.float32))
    >>> (ranked & np.uint64(0xFFFFFFFF)).tolist()
    [1, 0, 2]
    >>> np.diff(ranked >> np.uint64(32)).tolist()[1]
    0
    """
    key = order_key(score)
    if key.dtype == np.uint32:
        return radix.sort_words(radix.with_rows(key), 32).view(np.uint64)
    return radix.rank_long(key)


def keep_placed(ranked: Ranked, place: Int32, kept: int) -> Ranked:
    """Return the events of ``ranked`` that are in a slice, by their place there ``(kept,)``.

    ``place`` (n,) is each row's place in the slice; below 0 it has none.

    >>> ranked = rank_events(np.array([0.5, -2.0, 0.1], np.float32))
    >>> inside = keep_placed(ranked, np.array([0, -1, 1], np.int32), 2)
    >>> (inside & np.uint64(0xFFFFFFFF)).tolist()
    [1, 0]
    """
    return radix.keep_placed(ranked, place, kept)


def number_clusters(cluster: Int32) -> tuple[Int32, Int32]:
    """Return the distinct users, or items, ``(m,)`` in order and each event's place there ``(n,)``.

    >>> users, code = number_clusters(np.array([9, 4, 9], np.int32))
    >>> users.tolist(), code.tolist()
    ([4, 9], [1, 0, 1])
    """
    own = np.array(cluster, np.int32)  # one layout, writable: machine code is made for each
    largest = int(own.max(initial=0))
    if largest <= _TABLE * len(own):
        return radix.number_by_table(own, largest)
    return radix.number_by_sorting(own)
