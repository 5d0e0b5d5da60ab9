"""Since when: the window from which on a series has another level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Change(NamedTuple):
    """``first``: index of the first value after the change; ``shift``: mean after minus before."""

    first: int
    shift: float


def change_point(z: Sequence[float]) -> Change:
    """Return where the mean of ``z`` (at least 2 standardised values) most likely changed.

    The maximiser of the CUSUM ``|sum_{j < i} (z_j - mean)|``, standardised by its own deviation
    ``sqrt(i (n - i) / n)``: for one step and equal errors the likeliest place. Without the
    standardisation a change of the last few windows would be put into the midst of the series.

    >>> change_point([0.1, -0.2, 0.0, 0.1, -3.0, -2.8])
    Change(first=4, shift=-2.9)

    Source: Page 1954, "Continuous inspection schemes"; Worsley 1986, "Confidence regions and
    tests for a change-point in a sequence of exponential family random variables".
    """
    values = np.asarray(z, np.float64)
    count = len(values)
    before = np.arange(1, count)
    cusum = np.cumsum(values - values.mean())[:-1]
    first = int(np.argmax(np.abs(cusum) / np.sqrt(before * (count - before)))) + 1
    return Change(first, float(values[first:].mean() - values[:first].mean()))
