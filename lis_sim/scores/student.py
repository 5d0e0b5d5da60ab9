"""Quantiles of Student's t distribution for any real degrees of freedom."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
# Beyond this the expansion about the normal is exact to the last digits, while the gamma
# functions of the exact form start to cancel and its continued fraction to crawl.
_LARGE = 1e3


def student_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Return ``q`` with ``P(T <= q) = probability`` for T with the given degrees of freedom.

    ``0 < probability < 1``; ``degrees_of_freedom > 0``, infinity gives the normal quantile.
    Raises :class:`ValueError` outside.

    >>> round(student_quantile(0.975, 2.0), 6)
    4.302653
    >>> round(student_quantile(0.975, math.inf), 6)
    1.959964

    Source: Abramowitz and Stegun 26.5.8 (incomplete beta as a continued fraction) and 26.7.5.
    """
    if not 0.0 < probability < 1.0 or not degrees_of_freedom > 0.0:
        raise ValueError(
            f"got probability {probability} and degrees of freedom {degrees_of_freedom}; "
            "accepted are 0 < probability < 1 and degrees of freedom above 0"
        )
    if probability < 0.5:
        return -student_quantile(1.0 - probability, degrees_of_freedom)
    normal = _NORMAL.inv_cdf(probability)
    if degrees_of_freedom >= _LARGE:
        return _expansion(normal, degrees_of_freedom)
    return _newton(1.0 - probability, degrees_of_freedom, normal)


def _expansion(z: float, df: float) -> float:
    """Expand the quantile about the normal quantile ``z`` in powers of 1 / df."""
    square = z * z
    terms = (
        (square + 1) * z / 4,
        ((5 * square + 16) * square + 3) * z / 96,
        (((3 * square + 19) * square + 17) * square - 15) * z / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) * z / 92160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, start=1))


def _newton(tail: float, df: float, start: float) -> float:
    """Solve ``P(T > t) = tail`` from the left, where Newton's steps cannot overshoot."""
    log_scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    t = start
    for _ in range(500):
        density = math.exp(log_scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (_upper_tail(t, df) - tail) / density
        t += step
        if abs(step) <= 1e-14 * max(1.0, t):
            break
    return t


def _upper_tail(t: float, df: float) -> float:
    """Return ``P(T > t)`` for ``t >= 0``: half of the regularised incomplete beta function."""
    x = df / (df + t * t)
    a, b = df / 2, 0.5
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x)
    front = math.exp(log_front + (b * math.log1p(-x) if x < 1.0 else -math.inf))
    # The fraction converges fast only on its own side of the mean of the beta distribution.
    if x < (a + 1) / (a + b + 2):
        return 0.5 * front * _fraction(x, a, b) / a
    return 0.5 * (1.0 - front * _fraction(1.0 - x, b, a) / b)


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (Lentz's method)."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
