"""What later windows of a series are compared with: the mean of a reference period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri

from lis_sim.types import Float64

# A spread that chance gives in one period out of ten is not taken for the windows' own.
_BY_CHANCE = 0.1


class Point(NamedTuple):
    """One window of a series: its value with a standard error above 0, or both undefined."""

    window: int
    start_us: int
    value: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Reference:
    """The mean of some windows and how far a window usually lies from it, beyond its own error.

    >>> points = [Point(k, 0, value, 0.01) for k, value in enumerate([0.02, 0.04, 0.03, 0.03])]
    >>> reference = Reference.of(points)
    >>> round(reference.value, 6), reference.standard_error
    (0.03, 0.005)
    >>> round(reference.standardised(Point(9, 0, 0.0, 0.01)), 3)
    -2.683
    """

    value: float
    standard_error: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> Reference:
        """Return the inverse-variance mean of ``points``, all with a standard error above 0.

        Its standard error holds that of the mean and, where the windows spread more than their
        own errors explain, that spread: mood of the day, a weekly cycle. Without it every series
        of a large log would alarm on what it always did.

        Source: DerSimonian and Laird 1986, "Meta-analysis in clinical trials" (the variance
        between), less what chance gives in nine periods out of ten.
        """
        values, errors = _columns(points)
        weight = 1.0 / np.square(errors)
        total = float(weight.sum())
        value = float((weight * values).sum()) / total
        spread = float((weight * np.square(values - value)).sum())
        usual = float(chdtri(len(points) - 1, _BY_CHANCE))
        beside = total - float(np.square(weight).sum()) / total
        # 0 where one window's error is a rounding error and its weight therefore all there is: the
        # others then say by themselves how far windows lie apart.
        unexplained = max(0.0, spread - usual) / beside if beside > 0.0 else float(values.var())
        return cls(value, math.sqrt(1.0 / total + unexplained))

    def standardised(self, point: Point) -> float | None:
        """Return ``z = (x - reference) / sqrt(se^2 + se_reference^2)``; None without a value."""
        if point.value is None or point.standard_error is None:
            return None
        return (point.value - self.value) / math.hypot(point.standard_error, self.standard_error)


def weighted_mean(points: Sequence[Point]) -> tuple[float, float]:
    """Return the inverse-variance mean of defined points and its standard error.

    Windows in which arms scored alike have no error at all; then all count the same.

    >>> weighted_mean([Point(0, 0, 1.0, 0.1), Point(1, 0, 3.0, 0.1)])
    (2.0, 0.07071067811865477)
    """
    values, errors = _columns(points)
    if (errors == 0.0).any():
        return float(values.mean()), 0.0
    weight = 1.0 / np.square(errors)
    total = float(weight.sum())
    return float((weight * values).sum()) / total, math.sqrt(1.0 / total)


def _columns(points: Sequence[Point]) -> tuple[Float64, Float64]:
    values = np.array([point.value for point in points], np.float64)
    return values, np.array([point.standard_error for point in points], np.float64)
