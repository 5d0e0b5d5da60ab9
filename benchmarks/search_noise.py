"""What a search among candidates that are all alike finds: the more trials, the better it looks.

Either all candidates are coins, or all are recommenders of nearly the same size, of which a search
finds the one whose training was luckiest. The best score among more of them is higher; what the
same candidate scores on the windows after the cut is not, and that is the number a search reports.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.search_playing import in_processes
from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, mean
from lis_sim.experiments.playing import play, run_settings, temporary_world
from lis_sim.search.candidate import cut_of, later_config, search_config
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.training.worker import use_one_thread

SEEDS = range(100, 116)
CANDIDATES = 32
TRIALS = (1, 2, 4, 8, 16, 32)
WINDOWS, CUT = 20, 10
# What training luck is worth differs more between worlds: these are smaller, and more.
LUCKY_SEEDS = range(100, 148)
LUCKY_WINDOWS = 16  # of which the search sees 8
_HIDDEN = "policy.settings.hidden"
_LUCKY_WORLD: Mapping[str, Any] = {"events": 16_000, "users": 300, "items": 200}
_NAMES = tuple(f"noise_{number}" for number in range(1, CANDIDATES + 1))
_WORLD: Mapping[str, Any] = {"events": 20_000, "users": 400, "items": 200, "signals": _NAMES}
_AT_ONCE = 8


def figures() -> list[Figure]:
    """Return by how much 32 trials raise the score over 1: in the search, and after the cut.

    The coin is chosen by the lower bound, as a search does; its value is what grows.
    """
    return [*figures_of(in_processes(scores, SEEDS)), *luck_of(in_processes(aucs, LUCKY_SEEDS))]


def figures_of(worlds: Sequence[Mapping[str, Sequence[tuple[float, float]]]]) -> list[Figure]:
    """Return the same of what :func:`scores` found in each world."""
    return [
        _growth(worlds, "search", "optimism_noise_search", ""),
        _growth(worlds, "later", "optimism_noise", "<= 0.0003"),
    ]


def luck_of(worlds: Sequence[Mapping[str, Sequence[tuple[float, float]]]]) -> list[Figure]:
    """Return by how much 32 trainings raise auc:clean over 1, of what :func:`aucs` found.

    After the cut the interval is to hold 0: the reported runs are trained with another seed than
    the trials, else they would have the luck again that the winner was chosen for, worth about
    .004 here. The target is what 48 worlds can tell from that.
    """
    return [
        _growth(worlds, "search", "optimism_noise_training_search", ""),
        _growth(worlds, "later", "optimism_noise_training", "<= 0.002"),
    ]


def _growth(
    worlds: Sequence[Mapping[str, Sequence[tuple[float, float]]]],
    when: str,
    name: str,
    target: str,
) -> Figure:
    values = {n: [_selected(one, n, when) for one in worlds] for n in TRIALS}
    grown = [most - one for most, one in zip(values[CANDIDATES], values[1], strict=True)]
    told = ", ".join(f"{number} {_mean(of):+.5f}" for number, of in values.items())
    return mean(name, grown, target, f"by number of trials: {told}; {len(worlds)} worlds")


def scores(seed: int) -> dict[str, list[tuple[float, float]]]:
    """Return what every coin scores in one world: low and value, before and after the cut."""
    use_one_thread("cpu")
    search: list[tuple[float, float]] = []
    later: list[tuple[float, float]] = []
    with temporary_world(SyntheticSpec(seed=seed, **_WORLD)) as dataset:
        for first in range(0, CANDIDATES, _AT_ONCE):
            names = _NAMES[first : first + _AT_ONCE]
            search += _played(dataset, seed, names, {"first_windows": CUT, "warmup_windows": 1})
            later += _played(dataset, seed, names, {"warmup_windows": CUT})
    return {"search": search, "later": later}


def aucs(seed: int) -> dict[str, list[tuple[float, float]]]:
    """Return auc:clean of recommenders with layers of 40 to 71 units, before and after the cut.

    The configs are those that a search makes of its trials and of what it reports.
    """
    use_one_thread("cpu")
    with temporary_world(SyntheticSpec(seed=seed, **_LUCKY_WORLD)) as dataset:
        tune = lucky_search(dataset, seed)
        cut = cut_of(tune, dataset)
        pairs = [
            (
                _auc(search_config(tune, settings, cut.windows, cut.warmup), dataset),
                _auc(later_config(tune, settings, cut.windows), dataset),
            )
            for settings in tune.space.grid()
        ]
    # One number chooses and grows: there is no bound to choose by.
    return {
        "search": [(then, then) for then, _ in pairs],
        "later": [(now, now) for _, now in pairs],
    }


def lucky_search(dataset: Dataset, seed: int) -> TuneConfig:
    """Return a search among recommenders that are nearly the same."""
    raw = {
        "name": "luck",
        "seed": seed,
        "data": {"source": str(dataset.path)},
        "stream": {
            "window": {"count": LUCKY_WINDOWS}, "step_events": 512, "warmup_windows": 1,
        },
        "arms": ["clean"],
        "replicates": 1,
        "training": {"engine": "local", "device": "cpu"},
        "drift": {"enabled": False},
    }  # fmt: skip
    layers = [[40 + number, 32] for number in range(CANDIDATES)]
    return parse_tune(
        raw, {"space": {_HIDDEN: {"choice": layers}}, "objective": "auc:clean", "algorithm": "grid"}
    )


def _auc(config: RunConfig, dataset: Dataset) -> float:
    (whole,) = (one for one in play(config, dataset).family().arms() if one["slice"] == "all")
    return float(whole["auc"]["value"])


def _played(
    dataset: Dataset, seed: int, names: Sequence[str], stream: Mapping[str, Any]
) -> list[tuple[float, float]]:
    """Return what coins score; with one seed both times, which asks for more than a search does.

    Its reported runs have another seed than its trials, and so another luck.
    """
    settings = {
        "stream": {"window": {"count": WINDOWS}, "step_events": 512, **stream},
        "preferences": [{"name": one, "settings": {"behaviour": one}} for one in names],
        "arms": ["clean", *(f"leaked_crossfit:{one}" for one in names)],
        "replicates": 1,
    }
    records = play(run_settings(dataset, seed, settings), dataset).family().scores()
    found = {
        one["preference"]: (float(one["low"]), float(one["value"]))
        for one in records
        if one["score"] == "lis_crossfit" and one["slice"] == "all"
    }
    return [found[name] for name in names]


def _selected(world: Mapping[str, Sequence[tuple[float, float]]], trials: int, when: str) -> float:
    """Return the value of the candidate with the best bound, mean over all groups of ``trials``.

    >>> one = {
    ...     "search": [(1, 5), (2, 6), (4, 7), (3, 8)],
    ...     "later": [(0, 1), (0, 2), (0, 3), (0, 4)],
    ... }
    >>> _selected(one, 2, "search"), _selected(one, 2, "later"), _selected(one, 4, "later")
    (6.5, 2.5, 3.0)
    """
    chosen = [
        max(range(first, first + trials), key=lambda one: world["search"][one][0])
        for first in range(0, len(world["search"]), trials)
    ]
    return _mean([world[when][one][1] for one in chosen])


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
