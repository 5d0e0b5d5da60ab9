"""The reference of one measure: what its own windows show of each other tells what is chance.

Events of a user, of a session, of an item come together, and hours of a day differ; formulas for
independent events know nothing of that. So every reference window is compared with the others, as
a later window is with all, and what a later window may show by chance is read off these values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.drift.measures import CHANCE, Independent, Measure
from lis_sim.drift.stream_sample import Sample
from lis_sim.scores.student import student_quantile

_FEWEST_WINDOWS = 3  # below, nothing can be said of chance

Entry = Mapping[str, Any]


def undefined(measure: Measure) -> Entry:
    """Return the entry of a measure that has no reference yet."""
    return _entry(measure, None, None, measure.floor)


class MeasureReference:
    """Compares windows with the reference windows ``samples``; at least one.

    A window is above its threshold when it is further from the reference than ``measure.floor``
    and than all but about one in 1,000 like those of the reference would be, at its number of
    events. That is told by the mean and the spread of what the reference windows show of each
    other, and is never less than independent events would have it. It falls as events grow, the
    floor stays: the threshold does not grow with n.
    """

    def __init__(self, measure: Measure, samples: Sequence[Sample]) -> None:
        self._measure = measure
        self._compare = measure.compare(samples)
        self._mean, self._margin = _chance(measure, samples)

    def entry(self, sample: Sample) -> Entry:
        """Return the entry of ``measures`` for a window, as windows.jsonl has it."""
        found = self._compare(sample)
        if found is None:
            return undefined(self._measure)
        high = max(self._mean + self._margin, _high(self._mean, found.independent))
        by_chance = high * found.chance
        return _entry(
            self._measure,
            found.value,
            found.usual + self._mean * found.chance,
            found.usual + max(self._measure.floor, by_chance),
        )


def _chance(measure: Measure, samples: Sequence[Sample]) -> tuple[float, float]:
    """Return mean and margin of what chance brings, in units of its size at one event."""
    found = [
        measure.compare([*samples[:at], *samples[at + 1 :]])(samples[at])
        for at in range(len(samples) if len(samples) > 1 else 0)
    ]
    values = [(one.value - one.usual) / one.chance for one in found if one is not None]
    if len(values) < _FEWEST_WINDOWS:
        return 0.0, 0.0
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1))
    # One more value like these: its own luck, and that of their mean.
    quantile = student_quantile(1.0 - CHANCE, len(values) - 1)
    return mean, quantile * spread * math.sqrt(1.0 + 1.0 / len(values))


def _high(mean: float, independent: Independent) -> float:
    """Return what independent events rarely exceed, as much larger as their mean is here.

    Four events of one session tell of a distribution as much as one: the mean and the tail of
    what chance brings grow by the same factor.
    """
    factor = 1.0
    if independent.mean > 0.0:
        factor = max(1.0, (mean + independent.offset) / independent.mean)
    return factor * independent.high - independent.offset


def _entry(
    measure: Measure, value: float | None, reference: float | None, threshold: float
) -> Entry:
    return {
        "measure": measure.measure,
        "of": measure.of,
        "value": value,
        "reference": reference,
        "threshold": threshold,
    }
