"""How much replicates differ inside windows, summed over windows in constant memory.

Axis legend: ``A`` arms, ``R`` replicates, ``S`` signed sums.
"""

from __future__ import annotations

import numpy as np

from lis_sim.types import Float64

SIGNED_SUMS = 64


def window_signs(window: int) -> Float64:
    """Return ``(64,)`` signs, +1 or -1, by which the values of ``window`` enter the signed sums.

    The rows of a Hadamard matrix: the signs of any two of 64 windows in a row are orthogonal, so
    the mean square of the signed sums is the sum of the windows' squares, with nothing across
    windows, for every combination of arms. Later windows use the rows again: what replicates
    still share 64 windows on then counts as spread, which errs to the safe side.

    >>> float(window_signs(3) @ window_signs(5)), float(window_signs(3) @ window_signs(3))
    (0.0, 64.0)
    """
    row = window % SIGNED_SUMS
    return np.array([1.0 - 2.0 * ((row & column).bit_count() % 2) for column in range(SIGNED_SUMS)])


def windows_variance(signed: Float64) -> float:
    """Return the variance of the mean over replicates if windows were independent.

    ``signed`` (R, S) are the signed sums of one contrast, ``sum_k sign_ks w_k d_rk / sum_k w_k``.
    It is ``sum_k w_k^2 s_k^2 / R``, ``s_k^2`` the variance between replicates in window ``k``.

    >>> one_window = np.outer([0.01, 0.03], window_signs(0))
    >>> round(windows_variance(one_window), 12)
    0.0001
    """
    replicates = len(signed)
    apart = signed - signed.mean(axis=0)
    return float(np.square(apart).sum()) / SIGNED_SUMS / (replicates - 1) / replicates
