"""A window's committed record, and the run's summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.scores import CellWindow, LisFamily
from lis_sim.training.plan import RunPlan
from lis_sim.training.record_shape import SCHEMA as SCHEMA


def window_record(
    plan: RunPlan,
    window: int,
    clock_us: int,
    family: LisFamily,
    cells: Mapping[tuple[str, int], CellWindow],
) -> dict[str, Any]:
    """Return the record of ``window`` after ``family`` has taken its cells in.

    It holds nothing that differs between two runs of the same seed: no wall times.
    """
    spec = plan.windows[window]
    whole = cells["clean", 0].slices["all"]
    return {
        "schema": SCHEMA,
        "window": window,
        "start_us": spec.start_us,
        "end_us": spec.end_us,
        "clock_us": clock_us,
        "events": spec.events,
        "events_total": spec.end_row,
        "positives": whole.positives,
        "warmup": window < plan.family.warmup,
        "defined": whole.defined,
        "windows_undefined": family.windows_undefined,
        "arms": family.window_arms(cells),
        "scores": family.scores(),
    }


def summary_record(
    plan: RunPlan, run: str, family: LisFamily, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``summary.json`` (DESIGN section 4); ``facts`` are what the engine adds."""
    config = plan.config
    return {
        "schema": SCHEMA,
        "run": run,
        "events": plan.windows[-1].end_row,
        "windows": len(plan.windows),
        "warmup_windows": plan.family.warmup,
        "windows_undefined": family.windows_undefined,
        "replicates": config.replicates,
        "horizon": str(config.horizon),
        "folds": config.folds,
        "form": config.form,
        "content": config.content,
        "seed": config.seed,
        "step_events": config.stream.step_events,
        "minimum_effect": config.minimum_effect,
        **facts,
        "arms": family.arms(),
        "scores": family.scores(),
        "verdicts": family.verdicts(),
    }
