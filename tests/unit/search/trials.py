"""A search over the tiniest world, and one trial of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lis_sim.data.dataset import Dataset
from lis_sim.search.candidate import cut_of
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.search.trial import Report, TrialRun
from tests.unit.training import worlds

RANK = "preferences.co_click.settings.rank"
SPACE = {RANK: {"integer": [2, 4]}, "policy.settings.deviation": {"uniform": [0.01, 0.1]}}
STREAM = {"window": {"count": 8}, "step_events": 150, "cold_support": 5}


def tune_of(world: Dataset, search: dict[str, Any] | None = None, **changes: Any) -> TuneConfig:
    """Return a search of 6 of 8 windows, the first 2 of them warm-up; ``changes`` as a run's."""
    group = {"space": SPACE, "until": 0.75, "trials": 4} | (search or {})
    raw = worlds.settings(world, **({"replicates": 1, "stream": STREAM} | changes))
    return parse_tune(raw, group)


def trial_of(
    world: Dataset,
    folder: Path,
    settings: dict[str, Any] | None = None,
    tune: TuneConfig | None = None,
    **how: Any,
) -> TrialRun:
    tune = tune or tune_of(world)
    return TrialRun(tune, settings or {}, cut_of(tune), folder, **how)


def reports(trial: TrialRun) -> list[Report]:
    """Return all that ``trial`` still has to report, and close it."""
    found = []
    while (report := trial.next()) is not None:
        found.append(report)
    trial.close()
    return found
