"""The population stability index between two sets of counts, freed of its growth at small counts.

A plain index over B buckets is about (B - 1)(1/n + 1/m) when nothing changed: 0.05 at n = 200,
0.0005 at n = 20,000. An alarm on it would follow the traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lis_sim.types import Float64, Int64

BUCKETS = 10
_HALF = 0.5  # an event, added to every bucket: an empty one would make the index infinite


def psi(reference: Int64 | Float64, present: Int64 | Float64) -> float:
    """Return the index between counts ``(B,)`` of the same buckets, less what chance brings.

    About 0 when nothing changed, whatever the counts; it may be a little below. Neither may be
    empty altogether.

    >>> reference = np.array([500, 300, 200])
    >>> round(psi(reference, np.array([50_000, 30_000, 20_000])), 4)
    -0.002
    >>> round(psi(reference, np.array([20_000, 30_000, 50_000])), 4)
    0.5469

    Source: Yurdakul 2018, "Statistical properties of population stability index", for the
    chi-square distribution that is behind the expected value.
    """
    buckets = len(reference)
    m, n = float(reference.sum()), float(present.sum())
    expected = (reference + _HALF) / (m + _HALF * buckets)
    found = (present + _HALF) / (n + _HALF * buckets)
    index = float(((found - expected) * np.log(found / expected)).sum())
    return index - (buckets - 1) * (1.0 / n + 1.0 / m)


def decile_edges(values: NDArray[np.floating]) -> Float64:
    """Return the inner edges of the deciles of ``values`` ``(m,)``; equal ones become one.

    A bucket holds what is above its lower edge and at most its upper one.

    >>> decile_edges(np.arange(100.0))[:3].tolist()
    [9.0, 19.0, 29.0]
    >>> decile_edges(np.array([0.0, 0.0, 0.0, 7.0])).tolist()
    [0.0, 7.0]
    """
    shares = np.arange(1, BUCKETS) / BUCKETS
    return np.unique(np.quantile(values, shares, method="inverted_cdf").astype(np.float64))


def counts_between(edges: Float64, values: NDArray[np.floating]) -> Int64:
    """Return how many of ``values`` ``(n,)`` lie in each of the ``len(edges) + 1`` buckets."""
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)


class ValueCounts(NamedTuple):
    """Distinct values ``(v,)`` of a column, rising, and how many events have each ``(v,)``."""

    values: NDArray[np.integer]
    counts: Int64


def value_counts(column: NDArray[np.integer]) -> ValueCounts:
    """Count the values of ``column`` ``(n,)``.

    >>> value_counts(np.array([5, 2, 5])).counts.tolist()
    [1, 2]
    """
    return ValueCounts(*np.unique(column, return_counts=True))


def together(parts: Sequence[ValueCounts]) -> ValueCounts:
    """Return the counts of all parts, of which there is one at least, added up."""
    values, place = np.unique(np.concatenate([one.values for one in parts]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, place, np.concatenate([one.counts for one in parts]))
    return ValueCounts(values, counts)


def top_values(found: ValueCounts) -> NDArray[np.integer]:
    """Return the most frequent values, at most ``BUCKETS - 1``, in rising order."""
    return np.sort(found.values[np.argsort(-found.counts, kind="stable")[: BUCKETS - 1]])


def counts_of(top: NDArray[np.integer], found: ValueCounts) -> Int64:
    """Return how often each of ``top`` was found, and all others last.

    >>> counts_of(np.array([2, 5]), value_counts(np.array([2, 5, 5, 9, 0]))).tolist()
    [1, 2, 2]
    """
    place = np.searchsorted(found.values, top)
    counts = np.append(found.counts, 0)[np.where(np.isin(top, found.values), place, -1)]
    return np.append(counts, found.counts.sum() - counts.sum())
