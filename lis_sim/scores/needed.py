"""How many users an interval of a given width needs."""

from __future__ import annotations

from bisect import bisect_left

from lis_sim.scores.interval import CONFIDENCE, Estimate, Part, satterthwaite
from lis_sim.scores.student import student_quantile

_FARTHEST = 1 << 20  # times the present users


def users_needed(estimate: Estimate, half_width: float) -> int | None:
    """Return the smallest number of users at which the 95 % interval has this half-width.

    More users shrink the parts of users and items (vectors made from more users have less luck in
    them) and leave the training part as it is; None
    when the training part is unknown, or keeps the interval wider than that for any number of
    users up to a million times the present one.
    """
    users, training = estimate.standard_error_users, estimate.standard_error_training
    if users is None or training is None or estimate.users < 2:
        return None
    per_user = (users**2 + (estimate.standard_error_items or 0.0) ** 2) * estimate.users

    def reached(count: int) -> bool:
        parts = [Part(per_user / count, count - 1), Part(training**2, estimate.replicates - 1)]
        df = satterthwaite(parts)
        variance = parts[0].variance + parts[1].variance
        return (
            df is None
            or student_quantile(0.5 + CONFIDENCE / 2, df) ** 2 * variance <= half_width**2
        )

    enough = estimate.users
    while not reached(enough):
        enough *= 2
        if enough > estimate.users * _FARTHEST:
            return None
    found = bisect_left(range(enough), x=True, lo=enough // 2, key=reached)
    # A few users or items that carry most of the error can make the present interval wider.
    wide = (estimate.half_width or 0.0) > half_width
    return max(found, estimate.users + 1) if wide else found
