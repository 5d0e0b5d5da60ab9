"""A confidence sequence: an interval that holds at all windows at once, however often one looks."""

from __future__ import annotations

import math
from functools import cache

from lis_sim.scores.interval import CONFIDENCE
from lis_sim.scores.student import student_quantile

# Width of the mixture in minimum effects, and its share of the error. The first is near its best
# for true scores of one to five minimum effects; the others keep the sequence usable where the
# standard error is ten or a hundred times that, as in a small log or slice.
_MIXTURE = ((2.0, 0.90), (8.0, 0.07), (32.0, 0.03))


def anytime_half_width(
    users: float,
    between: float,
    windows: float,
    replicates: int,
    minimum_effect: float,
    confidence: float = CONFIDENCE,
) -> float:
    """Return the half-width of the confidence sequence at the present window.

    Parameters:
        users: the clustered variance of the cumulative score.
        between: its variance between replicates, divided by their number.
        windows: the same if windows were independent (:func:`.spread.windows_variance`).
        replicates: at least 2.
        minimum_effect: sets the widths of the mixture; fixed before the run, as it must be.

    With ``V = users + T``, ``T = max(between, windows)``, and ``m`` Robbins' multiplier of ``V``,
    the half-width is ``sqrt(m^2 users + q^2 T)``,
    ``q = max(t, m)`` with the 97.5 % quantile t of ``R - 1`` degrees of freedom.

    *Why cumulative variances will do.* Robbins' boundary needs a score whose covariance between
    two windows s < t is ``V_t``. A weighted mean of independent windows has that. So has one with
    random effects of users or replicates in every window: an effect b adds Var(b) to both
    ``V_t`` and the covariance. Users who come later only make old windows count for less.

    *Why the training part is treated apart.* Three replicates estimate it with two degrees of
    freedom, and looking often meets the window where they agree by chance. What replicates
    differ by within windows has many degrees of freedom, hence the larger of the two. What they
    keep through the run does not move between looks, so a single look's t quantile serves it.
    In simulated null streams of 3 and of 5 replicates, looked at after each of 28 windows, false
    alarms were 1 % where users make most of the error, at most 2 % where training makes 60 % of it
    and at most 5 % where it makes 95 %, kept, drifting or both; with Robbins' boundary alone and 3
    replicates up to 8 % and 35 %.

    >>> round(anytime_half_width(0.0004**2, 0.0001**2, 0.0001**2, 3, 0.001), 6)
    0.001324

    Source: Robbins 1970, "Statistical methods related to the law of the iterated logarithm";
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, "Time-uniform central limit theory and
    asymptotic confidence sequences". The treatment of the training part is ours.
    """
    training = max(between, windows)
    variance = users + training
    if variance == 0.0:
        return 0.0
    multiplier = robbins_multiplier(variance, minimum_effect, confidence)
    of_training = max(_single_look(replicates, confidence), multiplier)
    return math.sqrt(multiplier**2 * users + of_training**2 * training)


@cache
def _single_look(replicates: int, confidence: float) -> float:
    """Return the t quantile of so many replicates."""
    return student_quantile(0.5 + confidence / 2, replicates - 1)


def robbins_multiplier(
    variance: float, minimum_effect: float, confidence: float = CONFIDENCE
) -> float:
    """Return by how many standard errors a cumulative score may stray at any window.

    The least of three normal mixtures that share the error: their union holds.

    >>> [round(robbins_multiplier(se**2, 0.001), 2) for se in (0.0002, 0.0007, 0.003, 0.02)]
    [3.31, 3.07, 3.91, 4.46]
    """
    wrong = 1.0 - confidence
    return min(
        math.sqrt(_squared(variance / (width * minimum_effect) ** 2, wrong * share))
        for width, share in _MIXTURE
    )


def _squared(relative: float, wrong: float) -> float:
    """Return Robbins' squared multiplier; ``relative`` is variance / width of the mixture^2."""
    return (1.0 + relative) * (math.log1p(1.0 / relative) - 2.0 * math.log(wrong))
