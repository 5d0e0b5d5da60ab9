"""How far a winner is from the baseline on the windows the search did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lis_sim.report.compare_words import comparison_notes
from lis_sim.scores.plan import CLEAN
from lis_sim.search.optimism import Interval, gain_optimism, search_gain
from lis_sim.search.words import Verdict, judged, other_kind

_HORIZON = "horizon"
# Objectives that are differences of AUCs or AUCs: what `minimum_effect` is in the unit of.
_OF_AUC = (
    *("auc", "lis", "lis_crossfit", "lis_crossfit_over_placebo", "self_leak", "history"),
    *("placebo", "ais", "ais_over_placebo"),
)


class Compared(Protocol):
    """What of an objective finds its difference in a comparison of two runs."""

    @property
    def name(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def score(self) -> str: ...
    @property
    def arm(self) -> str | None: ...
    @property
    def preference(self) -> str | None: ...
    @property
    def representation(self) -> str | None: ...
    @property
    def slice(self) -> str: ...


def over_baseline(
    objective: Compared,
    comparison: Mapping[str, Any],
    search: tuple[Interval, Interval],
    later: tuple[Interval, Interval],
    minimum_effect: float,
) -> dict[str, Any]:
    """Return the gain of a winner over the baseline, as the search saw it and as it came out.

    Args:
        objective: What is compared.
        comparison: :func:`~lis_sim.training.compare.compare_runs` of the two later runs, the
            baseline first.
        search: Value and interval of the winner and of the baseline in the search.
        later: The same in the windows after the cut.
        minimum_effect: The smallest difference of AUCs worth having.

    Returns:
        ``search``: the gain in the search; ``value``, ``low``, ``high``: the later one with its
        paired 95 % interval, None where there is none; ``optimism``: by how much it shrank;
        ``verdict`` and ``because``.
    """
    paired = paired_difference(objective, comparison)
    if paired is None:  # scores without influence per user have no paired interval
        value = search_gain(*later)
        paired = {"value": value, "low": None, "high": None, "this_training_run_only": False}
    in_search = search_gain(*search)
    verdict, because = _judged(objective, comparison, paired, minimum_effect)
    return {
        "search": in_search,
        **{key: paired[key] for key in ("value", "low", "high")},
        "optimism": gain_optimism(objective.mode, in_search, paired["value"]),
        "verdict": verdict,
        "because": because,
    }


def paired_difference(
    objective: Compared, comparison: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the objective's difference, second run less first; None where none is paired."""
    if objective.arm is not None:
        found = [
            one
            for one in comparison["arms"]
            if objective.score == "auc" and one["second"]["arm"] == objective.arm
        ]
    else:
        found = [
            one
            for one in comparison["scores"]
            if one["score"] == objective.score
            and one["second"]["preference"] == objective.preference
            and one["second"]["representation"] == objective.representation
        ]
    for one in found:
        if one["slice"] == objective.slice:
            difference: Mapping[str, Any] = one["difference"]
            return difference
    return None


def _judged(
    objective: Compared,
    comparison: Mapping[str, Any],
    paired: Mapping[str, Any],
    minimum_effect: float,
) -> tuple[Verdict, str]:
    """Return the verdict on an objective; as ``lis-sim compare`` has it, none across horizons."""
    if _looks_ahead(objective) and _horizons(comparison):
        return other_kind(objective.name, paired, _HORIZON)
    effect = minimum_effect if objective.score in _OF_AUC else None
    return judged(objective.name, objective.mode, paired, effect)


def _looks_ahead(objective: Compared) -> bool:
    """Return whether the horizon makes the objective another one: of all but the clean arm."""
    return objective.arm != CLEAN


def _horizons(comparison: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the two runs' horizons, if they are not the same."""
    return [one for one in comparison["settings"] if one["setting"] == _HORIZON]


def reading_notes(objectives: Sequence[Compared], comparison: Mapping[str, Any]) -> list[str]:
    """Return what the gain of a winner must be read with, one sentence each.

    A score is a difference from the clean arm, so where the settings change that arm too, a gain
    may be a weaker ranker's; with another horizon the score is of another kind.
    """
    if not any(_looks_ahead(one) for one in objectives):
        return []
    notes = [
        f"The horizon is {one['second']}, not {one['first']}: scores with another horizon look "
        "further or less far ahead, and so are of another kind."
        for one in _horizons(comparison)
    ]
    return notes + comparison_notes(comparison)
