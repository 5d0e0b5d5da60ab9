"""The LIS family of one run: from the cells of its windows to scores and verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from lis_sim.scores.accumulate import Accumulator, Contrast
from lis_sim.scores.beside import sums_of
from lis_sim.scores.interval import Estimate
from lis_sim.scores.metric_family import MetricFamily, plan_of
from lis_sim.scores.plan import CLEAN, FamilyPlan, RepresentationPlan
from lis_sim.scores.records import (
    Record,
    Running,
    arm_record,
    score_record,
    verdict_record,
    window_arm_record,
)
from lis_sim.scores.sums import Cells
from lis_sim.scores.verdict import Evidence, decide
from lis_sim.scores.window import ALL

# score: (kind of the arm above, kind of the arm below; None stands for the clean arm)
PREFERENCE_SCORES = {
    "lis": ("leaked", None),
    "lis_crossfit": ("leaked_crossfit", None),
    "lis_crossfit_over_placebo": ("leaked_crossfit", "placebo"),
    "self_leak": ("leaked", "leaked_crossfit"),
    "history": ("causal", None),
    "placebo": ("placebo", None),
}
REPRESENTATION_SCORES = {
    "ais": ("aligned", None),
    "ais_over_placebo": ("aligned", "placebo"),
    "placebo": ("placebo", None),
}


class LisFamily:
    """Scores, arms and verdicts over the windows added, as ``summary.json`` has them.

    A score whose arms were not run is absent. Aligned arms count the windows after their
    representation's cut; what they are compared with is summed over the same windows.

    >>> import numpy as np
    >>> from lis_sim.scores.window import score_cells
    >>> plan = FamilyPlan(("clean", "leaked:p"), 1, warmup=0, preferences=("p",), form="joint")
    >>> family = LisFamily(plan)
    >>> label, user = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> clean, leaked = score_cells(
    ...     [np.array([-1.0, 1.0, 0.0]), np.array([-1.0, 0.0, 1.0])], label, user
    ... )
    >>> family.add(0, {("clean", 0): clean, ("leaked:p", 0): leaked})
    >>> [(score["score"], score["value"], score["users"]) for score in family.scores()]
    [('lis', 0.5, 2)]

    Source: Zhang et al. 2025, arXiv 2508.04963 (lis and ais); the others are ours.
    """

    def __init__(self, plan: FamilyPlan, sums: type[Accumulator] = Accumulator) -> None:
        self.plan = plan
        self.slices = (ALL, *(name for name in plan.slices if name != ALL))
        self._scopes = {
            start: sums(arms, plan.replicates, self.slices, plan.recent_half_life)
            for start, arms in plan.scopes().items()
        }
        self._metrics = [
            MetricFamily(metric, LisFamily(plan_of(plan, metric), sums_of(metric)))
            for metric in plan.metrics.metrics
        ]

    def add(self, window: int, cells: Cells) -> None:
        """Add the cells of one window: all arms x replicates of the plan.

        Windows of the warm-up, or before a representation's cut, are left out where they do not
        count. Raises :class:`RunError` on a repeated window or missing or differing cells.
        """
        for start, accumulator in self._scopes.items():
            if window >= start:
                accumulator.add(window, cells)
        for metric in self._metrics:
            metric.add(window, cells)

    @property
    def windows_undefined(self) -> int:
        """Windows after the warm-up whose labels are all of one class."""
        return self._scope(CLEAN).counts().windows_undefined

    def arms(self) -> list[Record]:
        """Return the ``arms`` of ``summary.json``, every arm in every slice."""
        return [
            arm_record(self._scope(arm), arm, slice_name)
            for arm in self.plan.arms
            for slice_name in self.slices
        ]

    def levels(self) -> Iterator[tuple[str, str, Estimate]]:
        """Yield every arm and slice with the value of the arm itself, over the windows added."""
        for arm in self.plan.arms:
            for slice_name in self.slices:
                yield arm, slice_name, self._scope(arm).estimate({arm: 1.0}, slice_name)

    def window_arms(self, cells: Cells) -> list[Record]:
        """Return the ``arms`` of one window's record; call after :meth:`add`."""
        return [
            window_arm_record(self._scope(arm), cells, arm, slice_name)
            for arm in self.plan.arms
            for slice_name in self.slices
        ]

    def scores(self) -> list[Record]:
        """Return the ``scores`` of ``summary.json`` over the windows added so far."""
        of_preferences = [
            record for name in self.plan.preferences for record in self._preference_scores(name)
        ]
        of_tables = [
            record for table in self.plan.representations for record in self._table_scores(table)
        ]
        return of_preferences + of_tables

    def verdicts(self) -> list[Record]:
        """Return one verdict per preference data set and representation (or without one)."""
        tables = self.plan.representations or (None,)
        found = []
        for preference in self.plan.preferences:
            for table in tables:
                evidence = self._evidence(preference, table)
                verdict = decide(evidence, self.plan.minimum_effect)
                found.append(verdict_record(verdict, evidence, self.plan, preference, table))
        return found

    def metrics(self) -> list[Record]:
        """Return the ``metrics`` of ``summary.json``: the same family of every other metric."""
        return [metric.record() for metric in self._metrics]

    def window_metrics(self, cells: Cells) -> list[Record]:
        """Return the ``metrics`` of one window's record; call after :meth:`add`."""
        return [metric.window_record(cells) for metric in self._metrics]

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the sums of every scope as one flat mapping of numeric arrays."""
        parts = {str(start): sums.state_dict() for start, sums in self._scopes.items()}
        parts |= {f"metric{k}": metric.state_dict() for k, metric in enumerate(self._metrics)}
        return {f"{part}/{key}": value for part, own in parts.items() for key, value in own.items()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from :meth:`state_dict`; :class:`RunError` if it is of another plan."""
        for start, accumulator in self._scopes.items():
            accumulator.load_state_dict(_below(f"{start}/", state))
        for k, metric in enumerate(self._metrics):
            metric.load_state_dict(_below(f"metric{k}/", state))

    def _scope(self, arm: str) -> Accumulator:
        return self._scopes[self.plan.first_counted(arm)]

    def _preference_scores(self, name: str) -> Iterator[Record]:
        accumulator = self._scope(CLEAN)
        for score, (above, below) in PREFERENCE_SCORES.items():
            contrast = score_contrast(above, below, name)
            if contrast.keys() <= set(accumulator.arms):
                for slice_name in self.slices:
                    estimate = accumulator.estimate(contrast, slice_name)
                    running = self._running(accumulator, contrast, slice_name, estimate)
                    yield score_record(estimate, running, self.plan, score, slice_name, name, None)

    def _table_scores(self, table: RepresentationPlan) -> Iterator[Record]:
        accumulator = self._scopes.get(self.plan.counted_from(table))
        if accumulator is None:
            return
        for score, (above, below) in REPRESENTATION_SCORES.items():
            contrast = score_contrast(above, below, table.name)
            if contrast.keys() <= set(accumulator.arms):
                for slice_name in self.slices:
                    estimate = accumulator.estimate(contrast, slice_name)
                    running = self._running(accumulator, contrast, slice_name, estimate)
                    yield score_record(estimate, running, self.plan, score, slice_name, None, table)
        for name in self.plan.preferences:
            yield from self._realised(accumulator, name, table)

    def _realised(
        self, accumulator: Accumulator, name: str, table: RepresentationPlan
    ) -> Iterator[Record]:
        ais = score_contrast("aligned", None, table.name)
        bound = score_contrast("leaked_crossfit", None, name)
        if (ais.keys() | bound.keys()) <= set(accumulator.arms):
            for slice_name in self.slices:
                ratio = accumulator.ratio(ais, bound, slice_name)
                nothing = Running()
                yield score_record(ratio, nothing, self.plan, "realised", slice_name, name, table)

    def _running(
        self, accumulator: Accumulator, contrast: Contrast, slice_name: str, estimate: Estimate
    ) -> Running:
        return Running(
            accumulator.anytime(contrast, self.plan.minimum_effect, slice_name, estimate),
            accumulator.recent(contrast) if slice_name == ALL else None,
        )

    def _evidence(self, name: str, table: RepresentationPlan | None) -> Evidence:
        start = self.plan.warmup if table is None else self.plan.counted_from(table)
        bound = _between("leaked_crossfit", name, "placebo", name)
        gain = gap = None
        if table is not None:
            gain = _between("aligned", table.name, "placebo", table.name)
            gap = _between("leaked_crossfit", name, "aligned", table.name)
        needed = {arm for contrast in (bound, gain, gap) if contrast for arm in contrast}
        missing = tuple(sorted(needed - set(self.plan.arms)))
        if missing:
            return Evidence(bound=None, missing=missing)
        accumulator = self._scopes[start]
        return Evidence(
            bound=accumulator.estimate(bound),
            gain=accumulator.estimate(gain) if gain else None,
            gap=accumulator.estimate(gap) if gap else None,
        )


def _below(prefix: str, state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}


def score_contrast(above: str, below: str | None, name: str) -> Contrast:
    """Return a score as factors of AUCs; ``below`` None stands for the clean arm.

    >>> score_contrast("leaked", None, "co_click")
    {'leaked:co_click': 1.0, 'clean': -1.0}
    """
    return {f"{above}:{name}": 1.0, (CLEAN if below is None else f"{below}:{name}"): -1.0}


def _between(above: str, above_name: str, below: str, below_name: str) -> Contrast:
    return {f"{above}:{above_name}": 1.0, f"{below}:{below_name}": -1.0}
