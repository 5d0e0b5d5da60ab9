"""A window's committed record, and the run's summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from lis_sim.scores import CellWindow, FamilyPlan, LisFamily
from lis_sim.training.record_shape import SCHEMA as SCHEMA
from lis_sim.types import Window

if TYPE_CHECKING:
    from lis_sim.training.plan import RunPlan


class Planned(Protocol):
    """What records need to know: the windows, and what is compared over them."""

    @property
    def windows(self) -> tuple[Window, ...]: ...
    @property
    def family(self) -> FamilyPlan: ...


def window_record(
    plan: Planned,
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
    record = {
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
    return record | _asked_for("metrics", family.window_metrics(cells))


def summary_record(
    plan: RunPlan, run: str, family: LisFamily, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``summary.json`` (DESIGN section 4); ``facts`` are what the engine adds."""
    config = plan.config
    settings = {
        "content": config.content,
        "seed": config.seed,
        "step_events": config.stream.step_events,
    }
    return family_summary(plan, run, family, settings, facts)


def family_summary(
    plan: Planned,
    run: str,
    family: LisFamily,
    settings: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return ``summary.json`` of whatever has filled ``family`` with the windows of ``plan``.

    ``settings`` are of how the scores were made, ``facts`` of where they come from.
    """
    return {
        "schema": SCHEMA,
        "run": run,
        "events": plan.windows[-1].end_row,
        "windows": len(plan.windows),
        "warmup_windows": plan.family.warmup,
        "windows_undefined": family.windows_undefined,
        "replicates": plan.family.replicates,
        "horizon": plan.family.horizon,
        "folds": plan.family.folds,
        "form": plan.family.form,
        **settings,
        "minimum_effect": plan.family.minimum_effect,
        **facts,
        "arms": family.arms(),
        "scores": family.scores(),
        "verdicts": family.verdicts(),
        **_asked_for("metrics", family.metrics()),
    }


def _asked_for(name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a field that records have only where somebody asked for it."""
    return {name: found} if found else {}
