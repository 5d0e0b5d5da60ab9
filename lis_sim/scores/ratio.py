"""The interval of a ratio of two correlated estimates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lis_sim.scores.interval import CONFIDENCE, Estimate
from lis_sim.scores.student import student_quantile


@dataclass(frozen=True, slots=True)
class Covariance:
    """The covariance of two estimates, in the same parts as their variances.

    ``training`` is None with one replicate.
    """

    users: float
    training: float | None
    items: float = 0.0

    @property
    def total(self) -> float:
        return self.users + self.items + (self.training or 0.0)


def fieller(
    numerator: Estimate,
    denominator: Estimate,
    covariance: Covariance,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Return ``numerator / denominator`` with Fieller's interval.

    The value is None, with its counts, when either estimate has no interval or the
    denominator's interval contains 0: then no bounded interval exists. Both share the t quantile
    of the fewer degrees of freedom. Standard errors are by the delta method.

    Source: Fieller 1954, "Some problems in interval estimation".
    """
    top, bottom = numerator.value, denominator.value
    undefined = _undefined(numerator)
    if top is None or bottom is None:
        return undefined
    if numerator.standard_error is None or denominator.standard_error is None:
        return undefined
    df = min(_df(numerator), _df(denominator))
    quantile = student_quantile(0.5 + confidence / 2, df)
    squared = quantile * quantile
    spread = bottom * bottom - squared * denominator.standard_error**2
    if spread <= 0.0:
        return undefined
    middle = top * bottom - squared * covariance.total
    rest = top * top - squared * numerator.standard_error**2
    # Rounding may push an exactly known ratio a hair below zero.
    reach = math.sqrt(max(0.0, middle * middle - spread * rest))
    return replace(
        _delta_errors(numerator, denominator, covariance),
        value=top / bottom,
        low=(middle - reach) / spread,
        high=(middle + reach) / spread,
        degrees_of_freedom=None if math.isinf(df) else df,
    )


def _df(estimate: Estimate) -> float:
    return math.inf if estimate.degrees_of_freedom is None else estimate.degrees_of_freedom


def _undefined(numerator: Estimate) -> Estimate:
    return replace(
        numerator,
        value=None,
        low=None,
        high=None,
        standard_error=None,
        standard_error_users=None,
        standard_error_items=None,
        standard_error_training=None,
        degrees_of_freedom=None,
    )


def _delta_errors(top: Estimate, bottom: Estimate, covariance: Covariance) -> Estimate:
    users = _delta(
        top, bottom, top.standard_error_users, bottom.standard_error_users, covariance.users
    )
    items = _delta(
        top, bottom, top.standard_error_items, bottom.standard_error_items, covariance.items
    )
    training = _delta(
        top,
        bottom,
        top.standard_error_training,
        bottom.standard_error_training,
        covariance.training,
    )
    return replace(
        top,
        standard_error=math.hypot(users or 0.0, items or 0.0, training or 0.0),
        standard_error_users=users,
        standard_error_items=items,
        standard_error_training=training,
    )


def _delta(
    top: Estimate,
    bottom: Estimate,
    top_error: float | None,
    bottom_error: float | None,
    covariance: float | None,
) -> float | None:
    """Return the standard error of the ratio that one part of the errors causes."""
    if top_error is None or bottom_error is None or covariance is None:
        return None
    assert top.value is not None
    assert bottom.value is not None
    ratio = top.value / bottom.value
    variance = top_error**2 - 2.0 * ratio * covariance + (ratio * bottom_error) ** 2
    return math.sqrt(max(0.0, variance)) / abs(bottom.value)
