"""The plain records of ``summary.json`` and ``windows.jsonl`` that scores appear in."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lis_sim.scores.accumulate import Accumulator
from lis_sim.scores.interval import Estimate
from lis_sim.scores.plan import FamilyPlan, RepresentationPlan
from lis_sim.scores.sums import Cells
from lis_sim.scores.verdict import Evidence, Verdict
from lis_sim.scores.window import ALL

Record = dict[str, Any]


class Running(NamedTuple):
    """What a score has for readers who look while it runs; None where it does not exist.

    ``anytime`` is the confidence sequence, ``recent`` the estimate in which older windows count
    less. A ratio has neither, and slices have no recent estimate.
    """

    anytime: tuple[float, float] | None = None
    recent: Estimate | None = None


def score_record(
    estimate: Estimate,
    running: Running,
    plan: FamilyPlan,
    score: str,
    slice_name: str,
    preference: str | None,
    representation: RepresentationPlan | None,
) -> Record:
    """Return one entry of ``scores``: the value, its interval, its counts and its settings."""
    return {
        "score": score,
        "preference": preference,
        "representation": None if representation is None else representation.name,
        "slice": slice_name,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "anytime_low": None if running.anytime is None else running.anytime[0],
        "anytime_high": None if running.anytime is None else running.anytime[1],
        "recent": None if running.recent is None else _recent(running.recent, plan),
        "standard_error": estimate.standard_error,
        "standard_error_users": estimate.standard_error_users,
        "standard_error_items": estimate.standard_error_items,
        "standard_error_training": estimate.standard_error_training,
        "degrees_of_freedom": estimate.degrees_of_freedom,
        **_counts(estimate),
        "replicates": estimate.replicates,
        "this_training_run_only": estimate.this_training_run_only,
        "horizon": plan.horizon,
        "folds": plan.folds,
        "form": plan.form,
        "trained_until": None if representation is None else representation.trained_until,
    }


def arm_record(accumulator: Accumulator, arm: str, slice_name: str) -> Record:
    """Return one entry of ``arms``; the pooled AUC is kept for the slice ``"all"`` only."""
    estimate = accumulator.estimate({arm: 1.0}, slice_name)
    record: Record = {
        "arm": arm,
        "slice": slice_name,
        "auc": _auc(estimate),
        "gauc": accumulator.gauc(arm, slice_name),
        "log_loss": accumulator.log_loss(arm, slice_name),
        "calibration": accumulator.calibration(arm, slice_name),
        "users": estimate.users,
        "windows": estimate.windows,
        "windows_undefined": estimate.windows_undefined,
    }
    if slice_name == ALL:
        record["auc_pooled"] = accumulator.auc_pooled(arm)
    return record


def window_arm_record(accumulator: Accumulator, cells: Cells, arm: str, slice_name: str) -> Record:
    """Return one entry of ``arms`` of a window: this window, and the sums up to it."""
    own = [cells[arm, replicate].slices[slice_name] for replicate in range(accumulator.replicates)]
    cumulative = accumulator.estimate({arm: 1.0}, slice_name)
    return {
        "arm": arm,
        "slice": slice_name,
        "positives": own[0].positives,
        "negatives": own[0].negatives,
        "auc": [cell.auc for cell in own],
        "auc_mean": _mean([cell.auc for cell in own]),
        "gauc": _mean([cell.gauc for cell in own]),
        "log_loss": _mean([cell.log_loss for cell in own]),
        "calibration": _mean([cell.calibration for cell in own]),
        "cumulative": {
            **_auc(cumulative),
            "gauc": accumulator.gauc(arm, slice_name),
            "log_loss": accumulator.log_loss(arm, slice_name),
        },
    }


def verdict_record(
    verdict: Verdict,
    evidence: Evidence,
    plan: FamilyPlan,
    preference: str,
    representation: RepresentationPlan | None,
) -> Record:
    """Return one entry of ``verdicts`` with the intervals it was read from."""
    return {
        "preference": preference,
        "representation": None if representation is None else representation.name,
        "verdict": verdict.decision,
        "because": verdict.because,
        "users_needed": verdict.users_needed,
        "reason": verdict.reason,
        "minimum_effect": plan.minimum_effect,
        "evidence": {
            name: {"value": found.value, "low": found.low, "high": found.high}
            for name, found in evidence.present().items()
        },
    }


def _recent(estimate: Estimate, plan: FamilyPlan) -> Record:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "half_life_windows": plan.recent_half_life,
    }


def _auc(estimate: Estimate) -> Record:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "positives": estimate.positives,
        "negatives": estimate.negatives,
    }


def _counts(estimate: Estimate) -> Record:
    return {
        "users": estimate.users,
        "windows": estimate.windows,
        "windows_undefined": estimate.windows_undefined,
        "positives": estimate.positives,
        "negatives": estimate.negatives,
    }


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
