"""The Kolmogorov-Smirnov distance between two samples of one number."""

from __future__ import annotations

import numpy as np

from lis_sim.types import Float32, Float64


def ks_distance(reference: Float32 | Float64, present: Float32 | Float64) -> float:
    """Return the largest difference of the two distribution functions, in [0, 1].

    ``reference`` ``(m,)`` must be sorted, ``present`` ``(n,)`` need not be; neither is empty. Ties
    are allowed. The distance itself, not a p-value: that would fall with the number of events.

    >>> ks_distance(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 9.0]))
    0.5

    Source: Smirnov 1948, "Table for estimating the goodness of fit of empirical distributions".
    """
    ordered = np.sort(present)
    # Between two of its points the present function is flat and the other rises: the largest
    # difference lies at a point, just before it or at it.
    differences = [
        np.searchsorted(reference, ordered, side) / len(reference)
        - np.searchsorted(ordered, ordered, side) / len(ordered)
        for side in ("left", "right")
    ]
    return float(np.abs(differences).max())
