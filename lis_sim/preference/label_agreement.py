"""How far users agree in a preference data set, beside the log's label on the same events."""

from __future__ import annotations

from lis_sim.preference.agreement import (
    Ratio,
    Shared,
    event_correlation,
    ratio,
    shared_rates,
    shared_taste,
)
from lis_sim.preference.gathered import Gathered
from lis_sim.preference.meetings import Meetings, densest
from lis_sim.preference.profile import Agreement
from lis_sim.types import Float64


def agreement_of(gathered: Gathered) -> Agreement:
    """Return how far users agree in the behaviour, and in the label of the same events."""
    if not len(gathered) or gathered.engaged.min() == gathered.engaged.max():
        return Agreement()  # nobody can agree or disagree
    rates, taste = of_label = _shared(gathered, gathered.engaged)
    with_label = None
    if (gathered.engaged != gathered.label).any():
        of_label = _shared(gathered, gathered.label)
        at = Meetings.of(gathered.user, gathered.item)
        with_label = event_correlation(at, gathered.engaged, gathered.label)
    scale = _kindest_scale(float(gathered.engaged.mean()), float(gathered.label.mean()))
    return Agreement(
        rates=rates.split_half,
        rates_of_label=of_label[0].split_half,
        taste=taste.split_half,
        taste_of_label=of_label[1].split_half,
        rates_clear=rates.clear,
        taste_clear=taste.clear,
        rates_kept=_kept(rates, of_label[0], scale),
        taste_kept=_kept(taste, of_label[1], scale**2),
        with_label=with_label,
    )


def _shared(gathered: Gathered, engaged: Float64) -> tuple[Shared, Shared]:
    """Return what users share of the items' rates and, those with most events, of taste."""
    rates = shared_rates(Meetings.of(gathered.user, gathered.item), engaged)
    rows = densest(gathered.user, gathered.item)
    at = Meetings.of(gathered.user[rows], gathered.item[rows])
    return rates, shared_taste(at, engaged[rows])


def _kept(part: Shared, whole: Shared, scale: float) -> Ratio | None:
    return Ratio(1.0, 1.0, 1.0) if part is whole and whole.clear else ratio(part, whole, scale)


def _kindest_scale(rate: float, label_rate: float) -> float:
    """Return the square of how much wider the label's rates are spread for being more common.

    A behaviour that is the label where it is shown and nothing elsewhere moves in proportion to
    its rate, one that adds engagements in proportion to what is left: neither is corrupted, so
    of the three scales (odds, rate, rest) the one that finds most is taken.
    """
    if not 0 < label_rate < 1:
        return 1.0
    up, down = label_rate / rate, (1.0 - label_rate) / (1.0 - rate)
    return max(up, down, up * down) ** 2
