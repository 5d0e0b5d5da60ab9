"""What to do, from the paired intervals of a bound, a gain and the gap between them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from lis_sim.scores.interval import CONFIDENCE, Estimate, Part, satterthwaite
from lis_sim.scores.student import student_quantile

Decision = Literal[
    "preference-data", "align", "representation", "ship", "bound-exceeded", "inconclusive"
]

_FARTHEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """The contrasts a verdict reads, all over the same windows.

    ``bound`` is L = lis_crossfit - placebo; with a representation, ``gain`` is
    A = ais - its placebo and ``gap`` is G = lis_crossfit - ais. ``missing`` names arms the
    verdict needs but the run left out.
    """

    bound: Estimate | None
    gain: Estimate | None = None
    gap: Estimate | None = None
    missing: tuple[str, ...] = ()

    def present(self) -> dict[str, Estimate]:
        """Return the contrasts there are, by the words a person reads."""
        named = {
            "lis_crossfit - placebo": self.bound,
            "ais - placebo": self.gain,
            "lis_crossfit - ais": self.gap,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, the reason in words, and for ``inconclusive`` the users that would settle it."""

    decision: Decision
    because: str
    users_needed: int | None = None


def decide(evidence: Evidence, minimum_effect: float) -> Verdict:
    """Return the verdict on a preference data set, with or without a representation.

    ``minimum_effect`` is the smallest difference of AUC worth acting on. One replicate, a missing
    arm or a missing interval is always inconclusive; then the first rule that matches wins.

    >>> from lis_sim.scores.interval import Counts, Part, with_interval
    >>> counts = Counts(users=900, windows=9, windows_undefined=0, positives=500, negatives=500)
    >>> bound = with_interval(0.004, Part(0.001**2, 899), Part(0.0002**2, 2), counts, 3)
    >>> verdict = decide(Evidence(bound), minimum_effect=0.001)
    >>> verdict.decision
    'align'
    >>> print(verdict.because)
    lis_crossfit over its placebo is +0.0040 [+0.0020, +0.0060], above 0 and at least the minimum \
effect 0.001: aligning a model on this preference data is worth it
    """
    undecidable = _undecidable(evidence)
    if undecidable is not None:
        return Verdict("inconclusive", undecidable)
    bound, gain, gap = evidence.bound, evidence.gain, evidence.gap
    assert bound is not None  # only missing arms leave it out
    if _high(bound) < minimum_effect:
        extent = "too little to matter" if _low(bound) > 0.0 else "nothing to give"
        return Verdict(
            "preference-data",
            f"lis_crossfit over its placebo is {_say(bound)}, below the minimum effect "
            f"{minimum_effect:g} even at its upper end: this preference data has {extent}",
        )
    if gain is None or gap is None:
        found = _without_representation(bound, minimum_effect)
    else:
        found = _with_representation(bound, gain, gap, minimum_effect)
    return found or _inconclusive(evidence, minimum_effect)


def _undecidable(evidence: Evidence) -> str | None:
    """Say why no verdict is possible at all, or return None."""
    if evidence.missing:
        arms = ", ".join(evidence.missing)
        return f"the run has no arm {arms}, which this verdict needs: add it to the arms"
    for name, estimate in evidence.present().items():
        if estimate.value is None and not estimate.windows + estimate.windows_undefined:
            return f"{name} is undefined: no window starts after trained_until of the table"
        if estimate.value is None:
            return (
                f"{name} is undefined: of {estimate.windows + estimate.windows_undefined} windows "
                f"that count, {estimate.windows_undefined} have labels of one class only"
            )
        if estimate.this_training_run_only:
            return (
                f"{name} is {_say(estimate)} for this training run only: one replicate does not "
                "show how much another training run would differ; set replicates to 3"
            )
        if estimate.low is None:
            return f"{name} comes from {estimate.users} user: an interval needs at least two"
    bound = evidence.bound
    if bound is not None and bound.value == 0.0 and bound.standard_error == 0.0:
        return (
            "lis_crossfit and its placebo are the same to the bit: no representation ever moved a "
            "score; the ranker takes none in (popularity does not) or learned from too few events"
        )
    return None


def _without_representation(bound: Estimate, minimum_effect: float) -> Verdict | None:
    if _low(bound) > 0.0 and _value(bound) >= minimum_effect:
        return Verdict(
            "align",
            f"lis_crossfit over its placebo is {_say(bound)}, above 0 and at least the minimum "
            f"effect {minimum_effect:g}: aligning a model on this preference data is worth it",
        )
    return None


def _with_representation(
    bound: Estimate, gain: Estimate, gap: Estimate, minimum_effect: float
) -> Verdict | None:
    if _high(gain) < minimum_effect:
        return Verdict(
            "representation",
            f"ais over its placebo is {_say(gain)}, below the minimum effect {minimum_effect:g} "
            f"even at its upper end, while the preference data may give {_say(bound)}: the model "
            "did not learn it",
        )
    if _low(gain) > 0.0 and _low(gap) <= minimum_effect:
        return Verdict("ship", _ship(gain, gap, minimum_effect))
    if _low(gap) > minimum_effect:
        return Verdict(
            "representation",
            f"lis_crossfit exceeds ais by {_say(gap)}, more than the minimum effect "
            f"{minimum_effect:g} even at its lower end: the representation leaves a part of this "
            "preference data unused",
        )
    if _high(gap) < -minimum_effect:
        return Verdict(
            "bound-exceeded",
            f"ais exceeds lis_crossfit (their difference is {_say(gap)}): the representation "
            "brings more than this preference data, so it knows something else",
        )
    return None


def _ship(gain: Estimate, gap: Estimate, minimum_effect: float) -> str:
    because = (
        f"ais over its placebo is {_say(gain)}, above 0, and lis_crossfit exceeds ais by "
        f"{_say(gap)}, which may be within the minimum effect {minimum_effect:g}: the "
        "representation brings what this preference data has to give"
    )
    if _high(gap) < -minimum_effect:
        return because + ", and more: it also knows something else"
    return because


def _inconclusive(evidence: Evidence, minimum_effect: float) -> Verdict:
    estimates = evidence.present()
    said = "; ".join(f"{name} is {_say(estimate)}" for name, estimate in estimates.items())
    wide = {n: e for n, e in estimates.items() if (e.half_width or 0.0) > minimum_effect}
    if not wide:
        return Verdict(
            "inconclusive",
            f"{said}: the intervals are already narrower than the minimum effect "
            f"{minimum_effect:g}, the effect itself is about that large",
        )
    needed = {name: users_needed(e, minimum_effect) for name, e in wide.items()}
    drowned = [name for name, users in needed.items() if users is None]
    if drowned:
        return Verdict(
            "inconclusive",
            f"{said}: training noise alone keeps {' and '.join(drowned)} wider than the minimum "
            f"effect {minimum_effect:g}; more replicates are needed, more users do not help",
        )
    users = max(users for users in needed.values() if users is not None)
    return Verdict(
        "inconclusive",
        f"{said}: too wide to decide at the minimum effect {minimum_effect:g}; about {users} users "
        "would give a half-width of that size",
        users,
    )


def users_needed(estimate: Estimate, half_width: float) -> int | None:
    """Return the smallest number of users at which the 95 % interval has this half-width.

    More users shrink the users' part of the variance and leave the training part as it is; None
    when the training part is unknown, or keeps the interval wider than that for any number of
    users up to a million times the present one.
    """
    users, training = estimate.standard_error_users, estimate.standard_error_training
    if users is None or training is None or estimate.users < 2:
        return None
    per_user = users**2 * estimate.users

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
    return bisect_left(range(enough), x=True, lo=enough // 2, key=reached)


def _say(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{_value(estimate):+.4f}"
    return f"{_value(estimate):+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]"


def _value(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def _low(estimate: Estimate) -> float:
    assert estimate.low is not None
    return estimate.low


def _high(estimate: Estimate) -> float:
    assert estimate.high is not None
    return estimate.high
