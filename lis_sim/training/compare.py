"""``lis-sim compare``: two finished runs of the same events, difference by difference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lis_sim.scores.compare_family import PairedFamilies
from lis_sim.scores.compare_names import NamePairs, pair_names
from lis_sim.training.agreement import refuse_unlike
from lis_sim.training.differing import differing
from lis_sim.training.finished import FinishedRun, open_finished
from lis_sim.training.plan import SLICES

SCHEMA = 1


def compare_runs(
    first: Path | str, second: Path | str, renamed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return how far two finished runs are apart, second less first, with paired intervals.

    The differences are taken user by user, item by item and replicate by replicate before they
    are squared, see :class:`~lis_sim.scores.compare.PairedSums`. Arms and scores are matched by
    name; ``renamed`` maps a name of the first run to the one of the second it is compared with.
    Two preference data sets of one run are compared by giving its folder twice: then nothing but
    what ``renamed`` names is looked at.

    The logs themselves are not read. Raises :class:`RunError`, with every reason, when the runs
    do not share log, windows, warm-up, replicates and seed, or when a folder holds no finished
    run; :class:`ConfigError` when ``renamed`` names what a run lacks.
    """
    one, other = open_finished(Path(first)), open_finished(Path(second))
    refuse_unlike(one, other)
    # Within one run every other difference is 0 by construction.
    only_renamed = bool(renamed) and one.folder == other.folder
    names = pair_names(one.sums.plan, other.sums.plan, renamed or {}, only_renamed)
    slices = SLICES if _cold_support(one) == _cold_support(other) else ()
    families = PairedFamilies(one.sums, other.sums, names, slices)
    scores = families.scores()
    return {
        "schema": SCHEMA,
        "first": _side(one),
        "second": _side(other),
        **_shared(one),
        "names": names.record(),
        "not_compared": {
            "of_first": [] if only_renamed else _left(one, names, 0),
            "of_second": [] if only_renamed else _left(other, names, 1),
            "other_windows": [list(pair) for pair in families.other_windows],
        },
        "slices": ["all", *slices],
        "settings": differing(one.identity, other.identity, names, only_renamed),
        "arms": families.arms(),
        "scores": scores,
        "outcomes": families.outcomes(scores),
    }


def _side(run: FinishedRun) -> dict[str, Any]:
    return {"run": run.name, "folder": str(run.folder)}


def _shared(run: FinishedRun) -> dict[str, Any]:
    return {
        "dataset": run.summary["dataset"],
        "events": run.summary["events"],
        "windows": len(run.windows),
        "warmup_windows": run.summary["warmup_windows"],
        "windows_undefined": run.summary["windows_undefined"],
        "replicates": run.summary["replicates"],
        "seed": run.summary["seed"],
    }


def _left(run: FinishedRun, names: NamePairs, place: int) -> list[str]:
    """Return the names of a run that nothing of the other is compared with."""
    plan = run.sums.plan
    compared = {pair[place] for pair in (*names.preferences, *names.representations)}
    known = (*plan.preferences, *(table.name for table in plan.representations))
    return [name for name in known if name not in compared]


def _cold_support(run: FinishedRun) -> Any:
    """Return what divides the slices."""
    return run.identity["settings"]["stream"]["cold_support"]
