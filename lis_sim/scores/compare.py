"""Two runs side by side: differences paired by user, by item, by pair and by replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from numpy.typing import NDArray

from lis_sim.scores.accumulate import Accumulator, Contrast
from lis_sim.scores.interval import Estimate
from lis_sim.scores.plan import FamilyPlan
from lis_sim.scores.window import ALL

FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class RunSums:
    """What a run keeps of its scores: its plan and :meth:`LisFamily.state_dict`."""

    plan: FamilyPlan
    state: Mapping[str, NDArray[Any]]


class Compared(NamedTuple):
    """The same score of both runs, and the second less the first."""

    first: Estimate
    second: Estimate
    difference: Estimate


class PairedSums:
    """The sums of two runs over the same events, as if all arms had been of one run.

    Most users and items move both runs alike, and replicates with the same seed share initial
    weights, batch order and folds. The first run is subtracted from the second user by user, item
    by item and replicate by replicate before anything is squared, so what they share cancels: the
    interval of the difference is far narrower than the two runs' own intervals suggest.

    ``slices`` are those, beside ``"all"``, that hold the same events in both runs. Raises
    :class:`RunError` when windows, labels, users or replicates differ.

    >>> import numpy as np
    >>> from lis_sim.scores import FamilyPlan, LisFamily, score_cells
    >>> label, user = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> plan = FamilyPlan(("clean", "leaked:p"), 1, warmup=0, preferences=("p",), form="joint")
    >>> runs = []
    >>> for leaked in ([-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]):
    ...     cells = score_cells([np.array([-1.0, 1.0, 0.0]), np.array(leaked)], label, user)
    ...     family = LisFamily(plan)
    ...     family.add(0, {("clean", 0): cells[0], ("leaked:p", 0): cells[1]})
    ...     runs.append(RunSums(plan, family.state_dict()))
    >>> lis = {"leaked:p": 1.0, "clean": -1.0}
    >>> found = PairedSums(*runs).difference(0, lis, lis)
    >>> found.first.value, found.second.value, found.difference.value
    (0.0, 0.5, 0.5)

    Source: DeLong, DeLong and Clarke-Pearson 1988 (paired AUCs), clustered as in
    :mod:`lis_sim.scores.influence` and :mod:`lis_sim.scores.items`.
    """

    def __init__(self, first: RunSums, second: RunSums, slices: Sequence[str] = ()) -> None:
        scopes = first.plan.scopes().keys() & second.plan.scopes().keys()
        self._scopes = {start: _merged(first, second, start, slices) for start in sorted(scopes)}
        self.slices = (ALL, *(name for name in slices if name != ALL))

    def holds(self, start: int, first: Contrast, second: Contrast) -> bool:
        """Whether both runs summed these arms over the windows from ``start`` on."""
        arms = [*_named(FIRST, first), *_named(SECOND, second)]
        return start in self._scopes and set(arms) <= set(self._scopes[start].arms)

    def difference(
        self, start: int, first: Contrast, second: Contrast, slice_name: str = ALL
    ) -> Compared:
        """Return ``second`` of the second run less ``first`` of the first, with all intervals.

        Both contrasts name their arms in the same order. Arms that gave equal scores in both
        runs cancel to exactly 0.0.
        """
        sums = self._scopes[start]
        return Compared(
            sums.estimate(_named(FIRST, first), slice_name),
            sums.estimate(_named(SECOND, second), slice_name),
            sums.estimate(_less(first, second), slice_name),
        )

    def ratio_difference(
        self,
        start: int,
        first: tuple[Contrast, Contrast],
        second: tuple[Contrast, Contrast],
        slice_name: str = ALL,
    ) -> Compared:
        """Return the difference of two ratios (numerator, denominator), by the delta method.

        The ratios themselves have Fieller's interval. Undefined when one of them is: a
        denominator that may be 0 leaves nothing to compare.
        """
        sums = self._scopes[start]
        ratios, slopes = [], []
        for run, (top, bottom) in ((FIRST, first), (SECOND, second)):
            ratio = sums.ratio(_named(run, top), _named(run, bottom), slice_name)
            below = sums.estimate(_named(run, bottom), slice_name).value
            ratios.append(ratio)
            slopes.append({} if ratio.value is None else _slope(top, bottom, ratio.value, below))
        one, other = ratios
        if one.value is None or other.value is None:
            return Compared(one, other, one if one.value is None else other)
        linear = sums.estimate(_less(*slopes), slice_name)
        return Compared(one, other, _moved_to(linear, other.value - one.value))


def _merged(first: RunSums, second: RunSums, start: int, slices: Sequence[str]) -> Accumulator:
    sums = _loaded(FIRST, first, start, slices)
    sums.merge(_loaded(SECOND, second, start, slices))
    return sums


def _loaded(run: str, sums: RunSums, start: int, slices: Sequence[str]) -> Accumulator:
    plan, prefix = sums.plan, f"{start}/"
    arms = [f"{run}/{arm}" for arm in plan.scopes()[start]]
    found = Accumulator(arms, plan.replicates, slices, plan.recent_half_life)
    found.load_state_dict(
        {key[len(prefix) :]: v for key, v in sums.state.items() if key.startswith(prefix)}
    )
    return found


def _named(run: str, contrast: Contrast) -> dict[str, float]:
    return {f"{run}/{arm}": factor for arm, factor in contrast.items()}


def _less(first: Contrast, second: Contrast) -> dict[str, float]:
    """Return the second contrast less the first, arm beside arm."""
    combined: dict[str, float] = {}
    # Equal arms must meet before anything else is added, or rounding would be left of them.
    for (above, gained), (below, lost) in zip(second.items(), first.items(), strict=True):
        combined |= {f"{SECOND}/{above}": gained, f"{FIRST}/{below}": -lost}
    return combined


def _slope(
    top: Contrast, bottom: Contrast, ratio: float, denominator: float | None
) -> dict[str, float]:
    """Return ``(top - ratio x bottom) / denominator``: how the ratio moves with each AUC."""
    assert denominator is not None  # the ratio is defined
    return {
        arm: (top.get(arm, 0.0) - ratio * bottom.get(arm, 0.0)) / denominator
        for arm in dict.fromkeys([*top, *bottom])
    }


def _moved_to(linear: Estimate, value: float) -> Estimate:
    """Return the estimate with its errors about another value."""
    half = linear.half_width
    if half is None:
        return replace(linear, value=value)
    return replace(linear, value=value, low=value - half, high=value + half)
