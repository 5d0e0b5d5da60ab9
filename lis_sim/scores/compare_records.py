"""The plain records of a comparison: both runs' values and the second less the first."""

from __future__ import annotations

from typing import Any

from lis_sim.scores.compare import Compared
from lis_sim.scores.interval import Estimate
from lis_sim.scores.plan import FamilyPlan, RepresentationPlan
from lis_sim.scores.records import Record

_ERRORS = (
    *("standard_error", "standard_error_users", "standard_error_items"),
    *("standard_error_training", "degrees_of_freedom"),
)
_COUNTS = (
    *("users", "windows", "windows_undefined", "positives", "negatives"),
    *("replicates", "this_training_run_only"),
)


def arm_difference(found: Compared, arms: tuple[str, str], slice_name: str) -> Record:
    """Return one entry of ``arms``: the AUC of an arm of each run and their difference."""
    return {
        "slice": slice_name,
        "first": {"arm": arms[0], **_side(found.first)},
        "second": {"arm": arms[1], **_side(found.second)},
        "difference": _whole(found.difference),
    }


def score_difference(
    found: Compared,
    plans: tuple[FamilyPlan, FamilyPlan],
    score: str,
    slice_name: str,
    names: tuple[str, str] | None,
    tables: tuple[RepresentationPlan, RepresentationPlan] | None,
) -> Record:
    """Return one entry of ``scores``: what each run's is of, its settings, and the difference."""
    sides = [
        {
            "preference": None if names is None else names[place],
            "representation": None if tables is None else tables[place].name,
            **_side(found[place]),
            "horizon": plan.horizon,
            "folds": plan.folds,
            "form": plan.form,
            "trained_until": None if tables is None else tables[place].trained_until,
        }
        for place, plan in enumerate(plans)
    ]
    return {
        "score": score,
        "slice": slice_name,
        "first": sides[0],
        "second": sides[1],
        "difference": _whole(found.difference),
    }


def _side(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _whole(estimate: Estimate) -> dict[str, Any]:
    return _side(estimate) | {name: getattr(estimate, name) for name in (*_ERRORS, *_COUNTS)}
