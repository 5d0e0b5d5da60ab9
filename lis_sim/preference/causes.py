"""What is wrong with a preference data set, ranked, from its measures alone.

All causes share one scale, ``lost``: the share that is missing of what the same log could give.
And they share one threshold, a fifth: the most that goes unnamed. What is measured against the
log's label is named only if a 95 % interval by user lies beyond the threshold, so that chance
accuses nobody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lis_sim.preference.agreement import Ratio
from lis_sim.preference.profile import Age, Agreement, Cause, Coverage, Support

THRESHOLD = 0.2
_KEPT = 1.0 - THRESHOLD
_LITTLE = 0.01  # too little missing to ask for more of it

_ADVICE = {
    "corrupted": "Part of its engagements are random: find where they are made up or misread "
    "before collecting more.",
    "stale": "It stands still while the log goes on: collect engagements up to now.",
    "few users": "It knows few of the users: collect from more users rather than more from these.",
    "popularity": "It knows which items do well but not with whom: collect what one user chooses "
    "and another does not, instead of counts.",
    "low coverage": "Much of what is shown has no vector: collect engagements with the items it "
    "lacks, or make vectors of a coarser level.",
    "thin support": "Its items have too few engagements: collect more of each, or take a "
    "behaviour that happens more often.",
    "none": "Nothing is wrong with it that this log can show.",
}
_MORE = {
    "stale": "newer engagements",
    "few users": "more users",
    "low coverage": "engagements with the items that have none",
    "thin support": "engagements per item",
}


def causes_of(
    coverage: Coverage, support: Support, age: Age | None, agreement: Agreement
) -> tuple[Cause, ...]:
    """Return what is wrong, most first; one ``none`` where nothing is.

    What makes evidence bad comes before what it leads to: few users or old evidence also leave
    items uncovered or with little support.
    """
    roots = [*_against_label(agreement), _stale(age), _few_users(coverage)]
    named = _named(roots) + _named([_low_coverage(coverage), _thin_support(support)])
    return tuple(named) or (_NONE,)


def sentence_of(
    causes: tuple[Cause, ...],
    coverage: Coverage,
    support: Support,
    age: Age | None,
    agreement: Agreement,
) -> str:
    """Return one sentence on what is wrong and what to collect more of."""
    advice = _ADVICE[causes[0].name]
    if causes[0].name != "none":
        return advice
    if agreement.taste_clear is False:
        return (
            f"{advice[:-1]}; but its users share no taste beyond the items' rates that stands out "
            "of the noise: collect more events per user."
        )
    lacks = [_stale(age), _few_users(coverage), _low_coverage(coverage), _thin_support(support)]
    most = max(lacks, key=lambda cause: cause.lost)
    if most.lost < _LITTLE:
        return f"{advice[:-1]}; it holds what the log has, so only a longer log can add to it."
    return f"{advice[:-1]}; it would gain most from {_MORE[most.name]}."


_NONE = Cause("none", 0.0, THRESHOLD, 0.0, 0.0, "no cause takes away more than a fifth")


def _named(causes: list[Cause]) -> list[Cause]:
    found = [cause for cause in causes if cause.lost > cause.threshold]
    return sorted(found, key=lambda cause: -cause.lost)


def _against_label(agreement: Agreement) -> Iterator[Cause]:
    """Yield what users' agreement tells, if anything: corrupted labels, or rates and no taste."""
    rates = agreement.rates_kept
    if rates is not None and rates.value < _KEPT:
        if _corrupted(rates, agreement.taste_kept):
            kept = min(max(rates.value, 0.0), 1.0)
            because = (
                f"halves of the users share {_percent(kept)} of what they share about the same "
                f"events' labels, as if {_percent(1.0 - math.sqrt(kept))} of its labels were coins"
            )
            yield Cause("corrupted", 1.0 - kept, THRESHOLD, rates.value, 1.0, because)
    elif agreement.rates_clear:
        yield from _popularity(agreement)


def _corrupted(rates: Ratio, taste: Ratio | None) -> bool:
    """Say whether coins explain that users share less.

    Coins in place of a share ``p`` of the labels leave ``(1 - p)^2`` of what users share of the
    items' rates and ``(1 - p)^4`` of what they share of taste: both are low, one surely so.
    """
    if taste is None:
        return rates.high < _KEPT
    return taste.value < _KEPT and (rates.high < _KEPT or taste.high < _KEPT**2)


def _popularity(agreement: Agreement) -> Iterator[Cause]:
    """Yield ``popularity`` where the items' rates are there and nothing of users beyond them.

    Either users share much less taste than in the label, or, where the events are too few to
    tell, they share none that is clear and the label of the same events is unrelated.
    """
    taste, with_label = agreement.taste_kept, agreement.with_label
    if taste is not None and taste.high < THRESHOLD:
        because = (
            f"beyond the items' rates, users share {_percent(max(taste.value, 0.0))} of the taste "
            f"they share in the same events' labels (at most {_percent(max(taste.high, 0.0))})"
        )
        lost = 1.0 - max(taste.value, 0.0)
        yield Cause("popularity", lost, THRESHOLD, taste.value, 1.0, because)
    elif (
        agreement.taste_clear is False
        and with_label is not None
        and with_label.low <= 0.0 <= with_label.high < THRESHOLD
    ):
        because = (
            "beyond the items' rates users share no clear taste, and what they engage with is "
            f"unrelated to the same events' labels (correlation {with_label.value:.3f})"
        )
        lost = 1.0 - max(with_label.value, 0.0)
        yield Cause("popularity", lost, THRESHOLD, with_label.value, 1.0, because)


def _stale(age: Age | None) -> Cause:
    lost = 1.0 if age is None else age.events_after
    days = "there is no evidence" if age is None else f"{age.newest_days:.1f} days before the end"
    because = f"{_percent(lost)} of the log's events come after its newest evidence ({days})"
    return Cause("stale", lost, THRESHOLD, lost, 0.0, because)


def _few_users(coverage: Coverage) -> Cause:
    users, reachable = coverage.users, coverage.users_reachable
    because = (
        f"{users:,} of the log's {coverage.users_of_log:,} users have evidence; as many of its "
        f"events at random would be of {reachable:,.0f}"
    )
    lost = max(0.0, 1.0 - users / reachable) if reachable else 1.0
    return Cause("few users", lost, THRESHOLD, users, reachable, because)


def _low_coverage(coverage: Coverage) -> Cause:
    share = coverage.impressions
    because = f"{_percent(share)} of the log's impressions are of items with a vector"
    return Cause("low coverage", 1.0 - share, THRESHOLD, share, 1.0, because)


def _thin_support(support: Support) -> Cause:
    value, reference = support.weight, support.weight_of_log
    because = (
        f"engagements make {_percent(value)} of the vector of an impression's item, where all the "
        f"log's labels would make {_percent(reference)} (median: {support.per_impression[1]:g} "
        "engagements)"
    )
    # Of a log that is thin itself, more engagements are what is missing all the same.
    lost = 1.0 - min(value / reference if reference else 0.0, 1.0)
    lost = max(lost, 1.0 - 2.0 * value)
    return Cause("thin support", lost, THRESHOLD, value, reference, because)


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
