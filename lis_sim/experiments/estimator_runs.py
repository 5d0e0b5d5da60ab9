"""Runs of the estimator study beside the family: folds, noise and cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.estimator_design import (
    BUILDERS,
    FOLD_SEEDS,
    NOISE,
    RUN,
    STREAM,
)
from lis_sim.experiments.part import Result
from lis_sim.experiments.playing import Played, play, run_settings, temporary_world


def folds_run(seed: int, world: Mapping[str, Any], folds: int) -> Result:
    """Return lis_crossfit of every replicate: each has its own fold seed."""
    settings = {
        "stream": STREAM,
        "folds": folds,
        "replicates": FOLD_SEEDS,
        "arms": ["clean", "leaked_crossfit:co_click"],
    }
    with temporary_world(SyntheticSpec(seed=seed, **world)) as dataset:
        (score,) = _all(play(run_settings(dataset, seed, settings), dataset), "lis_crossfit")
    return {"value": score["value"], "standard_error": score["standard_error"]}


def null_run(seed: int, world: Mapping[str, Any], form: str) -> Result:
    """Return lis_crossfit over its placebo of noise, by builder and noise set."""
    preferences = [
        {
            "name": f"{builder}_{signal}",
            "kind": kind,
            "settings": {**settings, "behaviour": signal},
        }
        for builder, (kind, settings) in BUILDERS.items()
        if form == "residual" or "distil" not in settings
        for signal in NOISE
    ]
    kinds = ("leaked_crossfit", "placebo")
    arms = [f"{kind}:{one['name']}" for one in preferences for kind in kinds]
    settings = {
        "stream": STREAM,
        "form": form,
        "tower_dim": RUN["tower_dim"],
        "content": "content" if form == "residual" else None,
        "preferences": preferences,
        "arms": ["clean", *arms],
    }
    with temporary_world(SyntheticSpec(seed=seed, signals=NOISE, **world)) as dataset:
        played = play(run_settings(dataset, seed, settings), dataset)
    scores = _all(played, "lis_crossfit_over_placebo")
    return {"values": {str(one["preference"]): one["value"] for one in scores}}


def cost_run(seed: int, world: Mapping[str, Any], form: str) -> Result:
    """Return the CPU seconds of a clean run, and of one with a crossfit arm of each builder."""
    found = {}
    with temporary_world(SyntheticSpec(seed=seed, **world)) as dataset:
        # All twice: the first time something is compiled, or read from the disk.
        for builder in 2 * ("", "co_click", "sparse_id"):
            preferences = [{"name": builder, "kind": builder}] if builder else []
            settings = {
                "stream": {"window": {"count": 20}},
                "form": form,
                "replicates": 1,
                "preferences": preferences,
                "arms": ["clean", *(f"leaked_crossfit:{builder}" for _ in preferences)],
            }
            config = run_settings(dataset, seed, settings)
            began = time.process_time()
            play(config, dataset)
            found[builder or "clean"] = time.process_time() - began
    return found


def _all(played: Played, score: str) -> list[dict[str, Any]]:
    scores = played.family().scores()
    return [one for one in scores if (one["score"], one["slice"]) == (score, "all")]
