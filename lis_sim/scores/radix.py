"""Sorting as machine code: what every AUC spends its time on.

A sort by digits moves every number three times for 32 bits, whatever the numbers are; sorting what
is looked for, a score with its event in one word, spares the indices and the jumps they lead to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lis_sim.plain.compiled import compiled
from lis_sim.types import Bool, Int32

Words = NDArray[np.unsignedinteger[Any]]
Ranked = NDArray[np.uint64]
_DIGIT = 11  # bits: the places of three digits stay in the nearest cache


@compiled
def sort_words(words: Words, low: int) -> Words:
    """Return unsigned ``words`` (n,) sorted; those alike from bit ``low`` on keep their order.

    ``words`` are used up: they hold the answer or what was left over.
    """
    of = words.dtype.type
    digits = (8 * words.itemsize - low + _DIGIT - 1) // _DIGIT
    mask = of((1 << _DIGIT) - 1)
    places = np.zeros((digits, 1 << _DIGIT), np.uint32)
    for d in range(digits):
        own, shift = places[d], of(low + d * _DIGIT)
        for k in range(len(words)):
            own[(words[k] >> shift) & mask] += np.uint32(1)
    source, target = words, np.empty_like(words)
    for d in range(digits):
        own, shift = places[d], of(low + d * _DIGIT)
        start = np.uint32(0)
        for digit in range(1 << _DIGIT):
            count = own[digit]
            own[digit] = start
            start += count
        for k in range(len(words)):
            word = source[k]
            digit = (word >> shift) & mask
            target[own[digit]] = word
            own[digit] += np.uint32(1)
        source, target = target, source
    return source


@compiled
def flip_bits(bits: Words) -> None:
    """Make the ``bits`` (n,) of floats order as the floats do.

    Below 0 larger bits are smaller numbers: there all are flipped, elsewhere the sign alone.
    """
    of = bits.dtype.type
    last = of(8 * bits.itemsize - 1)
    sign = of(1) << last
    for k in range(len(bits)):
        bits[k] ^= (of(0) - (bits[k] >> last)) | sign


@compiled
def split(key: Words, positive: Bool) -> tuple[Words, Words]:
    """Return the keys (p,) of the positives and (q,) of the negatives, which come backwards."""
    n = len(key)
    both = np.empty(n + 1, key.dtype)
    above, below = 0, n
    # Written to both ends, kept at one: there is no branch to be mistaken about.
    for k in range(n):
        both[above] = key[k]
        both[below] = key[k]
        above += positive[k]
        below -= not positive[k]
    return both[:above], both[below + 1 :]


@compiled
def with_rows(key: Words) -> Ranked:
    """Return words (n,) of a ``key`` (n,) of 32 bits, above, and its row, below."""
    words = np.empty(len(key), np.uint64)
    for row in range(len(key)):
        words[row] = np.uint64(key[row]) << np.uint64(32) | np.uint64(row)
    return words


@compiled
def rank_long(key: Words) -> Ranked:
    """Return what sorting :func:`with_rows` would, with ranks for the ``key`` (n,) of 64 bits."""
    n, half = len(key), np.uint64(0xFFFFFFFF)
    words = np.empty(n, np.uint64)
    for row in range(n):
        words[row] = key[row] << np.uint64(32) | np.uint64(row)
    words = sort_words(words, 32)
    for k in range(n):
        row = words[k] & half
        words[k] = key[row] & ~half | row
    words = sort_words(words, 32)
    rank, before = np.uint64(0), np.uint64(0)
    for k in range(n):
        row = words[k] & half
        if k and key[row] != before:
            rank += np.uint64(1)
        before = key[row]
        words[k] = rank << np.uint64(32) | row
    return words


@compiled
def keep_placed(ranked: Ranked, place: Int32, kept: int) -> Ranked:
    """Return the ``kept`` of ``ranked`` (n,) whose row has a ``place`` (n,), which they get.

    A place below 0 is none.
    """
    out = np.empty(kept + 1, np.uint64)
    half, k = np.uint64(0xFFFFFFFF), 0
    for word in ranked:
        own = place[word & half]
        out[k] = word & ~half | np.uint64(max(own, 0))
        k += own >= 0
    return out[:kept]


@compiled
def number_by_table(cluster: Int32, largest: int) -> tuple[Int32, Int32]:
    """Return the distinct ``cluster`` (m,) in order and each one's number (n,), by a table."""
    number = np.zeros(largest + 1, np.int32)
    distinct = m = 0
    for one in cluster:
        distinct += 1 - number[one]
        number[one] = 1
    members = np.empty(distinct, np.int32)
    for one in range(largest + 1):
        if number[one]:
            members[m] = one
            number[one] = m
            m += 1
    code = np.empty(len(cluster), np.int32)
    for k in range(len(cluster)):
        code[k] = number[cluster[k]]
    return members, code


@compiled
def number_by_sorting(cluster: Int32) -> tuple[Int32, Int32]:
    """Return the same for few events of many possible clusters, whose table would be long."""
    words = np.empty(len(cluster), np.uint64)
    for k in range(len(cluster)):
        words[k] = np.uint64(cluster[k]) << np.uint64(32) | np.uint64(k)
    words = sort_words(words, 32)
    members, code = np.empty(len(cluster), np.int32), np.empty(len(cluster), np.int32)
    m = 0
    for k in range(len(words)):
        row = words[k] & np.uint64(0xFFFFFFFF)
        if m == 0 or cluster[row] != members[m - 1]:
            members[m] = cluster[row]
            m += 1
        code[row] = m - 1
    return members[:m].copy(), code
