"""``summary.json`` of a search: what it looked for, what it cost and what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.search.candidate import Cut
from lis_sim.search.ledger import ENDED, TrialRecord
from lis_sim.search.settings import TuneConfig
from lis_sim.search.words import headline

SCHEMA = 1


def search_summary(
    tune: TuneConfig,
    cut: Cut,
    records: Sequence[TrialRecord],
    baseline: Mapping[str, Any],
    best: Sequence[Mapping[str, Any]],
    later_seconds: float,
) -> dict[str, Any]:
    """Return what ``summary.json`` holds.

    Args:
        tune: The search's config.
        cut: Where the search ended.
        records: All trials.
        baseline: The entry of the config as written.
        best: The entries of the winners, best first.
        later_seconds: What their later runs took, in seconds.

    Returns:
        Numbers are never rounded, and null where undefined; folders are relative to the search's
        own. ``seconds`` are those of all trials together, ``events_of_full_trials`` what as many
        trials would have played without stopping.
    """
    told = cut.record()
    return {
        "schema": SCHEMA,
        "search": tune.name,
        "headline": headline(best, told),
        "objectives": [
            {"objective": one.name, "mode": one.mode, "take": one.take} for one in tune.objectives
        ],
        "algorithm": tune.search.algorithm,
        "stopping": tune.search.stopping.kind,
        "seed": tune.search.seed,
        "minimum_effect": tune.base.minimum_effect,
        "replicates": {"search": tune.search.replicates, "later": tune.base.replicates},
        "cut": told,
        "trials": {kind: sum(one.status == kind for one in records) for kind in ENDED},
        "events_played": sum(one.events for one in records),
        "events_of_full_trials": len(records) * cut.events,
        "seconds": math.fsum(one.seconds for one in records),
        "later_seconds": later_seconds,
        "settings_searched": [one.path for one in tune.space.dimensions],
        "baseline": dict(baseline),
        "best": [dict(one) for one in best],
    }
