"""Candidates that know nothing: more trials find a better score, and report no better one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.search.later import run_later
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.settings import TuneConfig, parse_tune
from tests.unit.search.searched import searched

pytestmark = pytest.mark.slow

WORLDS, TRIALS = 6, (1, 4, 16)
DRAW = "preferences.noise.settings.draw"


class Found(NamedTuple):
    """Of one search: the winner's score in it and on later windows, and how it is spoken of."""

    search: float
    later: float
    optimism: float
    verdict: str


def tune_of(folder: Path, seed: int) -> TuneConfig:
    """Return a search among draws of noise, over a world of its own."""
    spec = SyntheticSpec(events=2400, users=96, items=60, born_before=1.0, seed=seed)
    world = write_synthetic(spec, folder / "world")
    settings = {"dimensions": 4, "draw": 0}
    return parse_tune(
        {
            "name": "noise",
            "data": {"source": str(world.path)},
            "stream": {"window": {"count": 6}, "step_events": 200, "warmup_windows": 1},
            "policy": {"name": "popularity"},
            "preferences": [
                {"name": "noise", "kind": "tests.unit.search.noise:build", "settings": settings}
            ],
            "arms": ["clean", "leaked_crossfit:noise"],
            "folds": 2,
            "replicates": 1,
            "seed": seed,
            "training": {"engine": "local", "device": "cpu"},
            "drift": {"enabled": False},
        },
        {
            "space": {DRAW: {"integer": [1, max(TRIALS)]}},
            "objective": {"score": "lis_crossfit", "take": "value"},
            "algorithm": "grid",
            "until": 0.34,  # one scored window to be lucky in, and four to tell luck by
        },
    )


def with_trials(records: Sequence[TrialRecord], trials: int) -> list[TrialRecord]:
    """Return what a search of so many trials would have found, the baseline beside them."""
    return list(records[: trials + 1])


def test_the_reported_score_does_not_grow_with_the_trials(tmp_path: Path) -> None:
    found: dict[int, list[Found]] = {trials: [] for trials in TRIALS}
    for seed in range(WORLDS):
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        tune = tune_of(folder, seed)
        cut, search, records = searched(tune, folder / "search", tune.space.grid())
        for trials in TRIALS:
            summary = run_later(tune, cut, search, with_trials(records, trials))
            (best,), name = summary["best"], tune.objectives[0].name
            found[trials].append(
                Found(
                    best["search"][name],
                    best["later"][name]["value"],
                    best["optimism"][name],
                    best["verdict"],
                )
            )
    fewest, most = found[TRIALS[0]], found[TRIALS[-1]]
    pairs = list(zip(fewest, most, strict=True))
    grown = [many.search - few.search for few, many in pairs]
    later = [many.later - few.later for few, many in pairs]
    error = statistics.stdev(later) / math.sqrt(WORLDS)
    told = f"search grew by {grown}, what is reported by {later}"

    # Sixteen draws of noise: the best is far above the first, in every world.
    assert min(grown) >= 0, told
    assert statistics.fmean(grown) > 0.004, told
    # What is reported moves by its own noise, and by far less than the search says.
    assert abs(statistics.fmean(later)) < 3 * error, told
    assert statistics.fmean(later) < statistics.fmean(grown) / 3, told
    # The optimism grows by what the reported number did not follow.
    optimism = [many.optimism - few.optimism for few, many in pairs]
    assert statistics.fmean(optimism) > 0.004, told
    # Nobody is told that a draw of noise is better: one replicate cannot say so.
    assert {one.verdict for of in found.values() for one in of} <= {"inconclusive", "baseline"}
