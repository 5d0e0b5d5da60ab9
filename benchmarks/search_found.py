"""Does a search find the best of 32 constructions, and how much of the log does it play for it?"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.search_family import BEST, construction_of, constructions, family_search, world
from benchmarks.search_playing import Searched, say, searched
from lis_sim.experiments.figure import Figure, mean, proportion
from lis_sim.experiments.playing import temporary_world
from lis_sim.training.cluster.session import ray_session

SEEDS = range(100, 110)  # earlier ones are for developing
# What is recommended for a space that a grid can walk through.
HALVED: Mapping[str, Any] = {"algorithm": "grid", "stopping": "halving"}
# Algorithm and stopping as a search has them when it is told nothing else; with the config as
# written all 32 are tried.
SHIPPED: Mapping[str, Any] = {"trials": 31}


def figures() -> list[Figure]:
    """Search in ten worlds nobody looked at, twice: a grid with halving, and as shipped.

    ``best_found`` is the share of searches that end with the best construction, ``events_share``
    what all their trials played over what a grid of 32 whole trials plays; ``..._optuna`` the
    same with the default algorithm and stopping, which matters where a space has no grid. Windows
    are many and the warm-up is short, so that there is something to save: see the detail.
    """
    with ray_session(None):
        halved = _searches(HALVED, "halving")
        shipped = _searches(SHIPPED, "as shipped")
    return [*figures_of(halved, ""), *figures_of(shipped, "_optuna")]


def _searches(search: Mapping[str, Any], name: str) -> list[Searched]:
    found: list[Searched] = []
    for seed in SEEDS:
        say(f"{name}: search {len(found) + 1} of {len(SEEDS)}")
        with temporary_world(world(seed)) as dataset, tempfile.TemporaryDirectory() as folder:
            found.append(searched(family_search(dataset, seed, search), Path(folder) / "search"))
    say("")
    return found


def figures_of(searches: Sequence[Searched], ending: str) -> list[Figure]:
    """Return how many searches ended with the best, and the share of a grid that they played."""
    grid = len(constructions())
    others = [construction_of(one.winner.settings) for one in searches]
    missed = [one for one in others if one != BEST]
    hits = len(others) - len(missed)
    told = f"{hits} of {len(others)} searches" + (f"; else {missed}" if missed else "")
    shares = [one.events / (grid * one.cut.events) for one in searches]
    cut = searches[0].cut  # all alike
    trials = sum(len(one.records) for one in searches) / len(searches)
    played = (
        f"{trials:g} trials of {grid} a search, windows {cut.warmup + 1} to {cut.windows} of "
        f"{cut.total} scored in it; shares from {min(shares):.3f} to {max(shares):.3f}"
    )
    return [
        proportion(f"best_found{ending}", hits, len(others), ">= 0.9", told),
        mean(f"events_share{ending}", shares, "<= 0.4", played),
    ]
