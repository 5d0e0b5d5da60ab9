"""What to do, from the paired intervals of a bound, a gain and the gap between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lis_sim.scores.interval import Estimate
from lis_sim.scores.needed import users_needed

Decision = Literal[
    "preference-data", "align", "representation", "ship", "bound-exceeded", "inconclusive"
]
# What an inconclusive verdict lacks: arms of the run, a defined score, replicates, users, a ranker
# that takes representations in, or nothing: the effect lies at the edge of what matters.
Reason = Literal["arms", "undefined", "replicates", "users", "ranker", "edge"]


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
    """A decision, the reason in words, and for ``inconclusive`` what would settle it.

    ``users_needed`` is the number of users at which the widest interval would be narrow enough;
    ``reason`` says what is short, so that the advice can follow it; None for other decisions.
    """

    decision: Decision
    because: str
    users_needed: int | None = None
    reason: Reason | None = None


def decide(evidence: Evidence, minimum_effect: float) -> Verdict:
    """Return the verdict on a preference data set, with or without a representation.

    ``minimum_effect`` (d) is the smallest difference of AUC worth acting on. One replicate, a
    missing arm or a missing interval is always inconclusive. Then, for the bound L, the gain A
    and the gap G of :class:`Evidence`, the first rule that matches wins:

    ===================================================  ==================
    lower(A) > 0 and upper(G) < -d                       ``bound-exceeded``
    upper(L) < d                                         ``preference-data``
    no representation: lower(L) > 0 and L >= d           ``align``
    upper(A) < d                                         ``representation``
    lower(G) > d                                         ``representation``
    lower(A) > 0 and lower(L) > 0 (and lower(G) <= d)    ``ship``
    otherwise                                            ``inconclusive``
    ===================================================  ==================

    ``bound-exceeded`` comes first: what the representation knows beyond this preference data is
    true whether that data has little or much to give, and ``ship`` must not hide it. ``ship``
    asks for the bound too, because "reaches what this data has to give" means nothing while that
    may be nothing; on noise both intervals must then err at once.

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
        return undecidable
    bound, gain, gap = evidence.bound, evidence.gain, evidence.gap
    assert bound is not None  # only missing arms leave it out
    if gain is not None and gap is not None and _low(gain) > 0.0 and _high(gap) < -minimum_effect:
        return _bound_exceeded(bound, gain, gap, minimum_effect)
    if _high(bound) < minimum_effect:
        return _preference_data(bound, minimum_effect)
    if gain is None or gap is None:
        found = _without_representation(bound, minimum_effect)
    else:
        found = _with_representation(bound, gain, gap, minimum_effect)
    return found or _inconclusive(evidence, minimum_effect)


def _undecidable(evidence: Evidence) -> Verdict | None:
    """Say why no verdict is possible at all, or return None."""
    if evidence.missing:
        arms = ", ".join(evidence.missing)
        return _cannot(
            "arms", f"the run has no arm {arms}, which this verdict needs: add it to the arms"
        )
    for name, estimate in evidence.present().items():
        found = _without_interval(name, estimate)
        if found is not None:
            return found
    bound = evidence.bound
    if bound is not None and bound.value == 0.0 and bound.standard_error == 0.0:
        return _cannot(
            "ranker",
            "lis_crossfit and its placebo are the same to the bit: no representation ever moved a "
            "score; the ranker takes none in (popularity does not) or learned from too few events",
        )
    return None


def _without_interval(name: str, estimate: Estimate) -> Verdict | None:
    windows = estimate.windows + estimate.windows_undefined
    if estimate.value is None and not windows:
        return _cannot(
            "undefined", f"{name} is undefined: no window starts after trained_until of the table"
        )
    if estimate.value is None:
        return _cannot(
            "undefined",
            f"{name} is undefined: of {windows} windows that count, {estimate.windows_undefined} "
            "have labels of one class only",
        )
    if estimate.this_training_run_only:
        return _cannot(
            "replicates",
            f"{name} is {_say(estimate)} for this training run only: one replicate does not show "
            "how much another training run would differ; set replicates to 3",
        )
    if estimate.low is None:
        return _cannot(
            "users",
            f"{name} comes from {estimate.users} user: an interval needs at least two",
        )
    return None


def _cannot(reason: Reason, because: str) -> Verdict:
    return Verdict("inconclusive", because, reason=reason)


def _bound_exceeded(
    bound: Estimate, gain: Estimate, gap: Estimate, minimum_effect: float
) -> Verdict:
    nothing = _high(bound) < minimum_effect
    extent = ", which itself has too little to give" if nothing else ""
    return Verdict(
        "bound-exceeded",
        f"ais over its placebo is {_say(gain)}, above 0, and ais exceeds lis_crossfit by more than "
        f"the minimum effect {minimum_effect:g} (lis_crossfit - ais is {_say(gap)}): the "
        f"representation brings more than this preference data{extent}, so it knows something else",
    )


def _preference_data(bound: Estimate, minimum_effect: float) -> Verdict:
    extent = "too little to matter" if _low(bound) > 0.0 else "nothing to give"
    return Verdict(
        "preference-data",
        f"lis_crossfit over its placebo is {_say(bound)}, below the minimum effect "
        f"{minimum_effect:g} even at its upper end: this preference data has {extent}",
    )


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
    if _low(gap) > minimum_effect:
        return Verdict(
            "representation",
            f"lis_crossfit exceeds ais by {_say(gap)}, more than the minimum effect "
            f"{minimum_effect:g} even at its lower end: the representation leaves a part of this "
            "preference data unused",
        )
    if _low(gain) > 0.0 and _low(bound) > 0.0:
        return Verdict(
            "ship",
            f"ais over its placebo is {_say(gain)}, above 0, and lis_crossfit exceeds ais by "
            f"{_say(gap)}, which may be within the minimum effect {minimum_effect:g}: the "
            "representation brings what this preference data has to give",
        )
    return None


def _inconclusive(evidence: Evidence, minimum_effect: float) -> Verdict:
    estimates = evidence.present()
    said = "; ".join(f"{name} is {_say(estimate)}" for name, estimate in estimates.items())
    wide = {n: e for n, e in estimates.items() if (e.half_width or 0.0) > minimum_effect}
    if not wide:
        return Verdict(
            "inconclusive",
            f"{said}: the intervals are already narrower than the minimum effect "
            f"{minimum_effect:g}, the effect itself is about that large",
            reason="edge",
        )
    needed = {name: users_needed(e, minimum_effect) for name, e in wide.items()}
    drowned = [name for name, users in needed.items() if users is None]
    if drowned:
        return Verdict(
            "inconclusive",
            f"{said}: training noise alone keeps {' and '.join(drowned)} wider than the minimum "
            f"effect {minimum_effect:g}; more replicates are needed, more users do not help",
            reason="replicates",
        )
    users = max(users for users in needed.values() if users is not None)
    return Verdict(
        "inconclusive",
        f"{said}: too wide to decide at the minimum effect {minimum_effect:g}; about {users} users "
        "would give a half-width of that size",
        users,
        reason="users",
    )


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
