"""A family of 32 constructions of preference data, one of which is clearly the best.

Eight behaviours, of all users or of three in ten, remembered for good or for two days. Which one
is best is known from how a world is made: the label says of every event what a user likes, all
other behaviours say less, and fewer users or a shorter memory take away from it. How far it is
ahead is measured: ``python -m benchmarks.search_family`` plays all 32 over twelve whole worlds and
prints what each is worth on the windows that no search sees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from benchmarks.search_playing import data_beside, in_processes
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.playing import play, run_settings, temporary_world
from lis_sim.search.settings import TuneConfig, parse_tune
from lis_sim.training.worker import use_one_thread

TRUTH_SEEDS = range(12)  # worlds of 100 and more are searched in
BEHAVIOURS = (
    "label",
    "dwell >= 30",
    "conversion",
    "exposure",
    "corrupt_60",
    "category_taste",
    "popularity",
    "noise",
)
USERS_SHARES = (1.0, 0.3)
MAX_AGES = (None, "2d")
BEST: Mapping[str, Any] = {"behaviour": "label", "users_share": 1.0, "max_age": None}
WRITTEN: Mapping[str, Any] = {"behaviour": "dwell >= 30", "users_share": 0.3, "max_age": "2d"}
WORLD: Mapping[str, Any] = {
    "events": 60_000,
    "users": 600,
    "items": 300,
    "signals": ("corrupt_60", "category_taste", "popularity", "noise"),
}
WINDOWS, CUT = 32, 16
_PATH = "preferences.co_click.settings"
_STREAM = {"window": {"count": WINDOWS}, "step_events": 512}
_AT_ONCE = 8  # constructions of one run, which share its clean arm


def constructions() -> list[dict[str, Any]]:
    """Return the settings of all 32.

    >>> len(constructions()), BEST in constructions(), WRITTEN in constructions()
    (32, True, True)
    """
    return [
        {"behaviour": behaviour, "users_share": share, "max_age": age}
        for behaviour, share, age in product(BEHAVIOURS, USERS_SHARES, MAX_AGES)
    ]


def family_search(dataset: Dataset, seed: int, search: Mapping[str, Any]) -> TuneConfig:
    """Return a search through the family over ``dataset``; the config as written is one of it."""
    written = {key: value for key, value in WRITTEN.items() if value is not None}
    raw = {
        "name": "family",
        "seed": seed,
        "data": data_beside(dataset),
        "stream": {**_STREAM, "warmup_windows": 1},
        "preferences": [{"name": "co_click", "settings": written}],
        "training": {"engine": "local", "device": "cpu"},
    }
    space = {
        f"{_PATH}.behaviour": {"choice": list(BEHAVIOURS)},
        f"{_PATH}.users_share": {"choice": list(USERS_SHARES)},
        f"{_PATH}.max_age": {"choice": list(MAX_AGES)},
    }
    return parse_tune(raw, {"space": space, "seed": seed, "until": CUT / WINDOWS, **search})


def construction_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of the 32 a trial's settings are; of no settings the one as written.

    >>> construction_of({}) == WRITTEN
    True
    """
    return dict(WRITTEN) | {path.removeprefix(f"{_PATH}."): v for path, v in settings.items()}


def world(seed: int) -> SyntheticSpec:
    """Return a world of the family."""
    return SyntheticSpec(seed=seed, **WORLD)


def worth(seed: int) -> list[float]:
    """Return lis_crossfit of all 32 over the windows from the cut on, of one world."""
    use_one_thread("cpu")
    found: list[float] = []
    everything = constructions()
    with temporary_world(world(seed)) as dataset:
        for first in range(0, len(everything), _AT_ONCE):
            found += _worth_of(dataset, seed, everything[first : first + _AT_ONCE])
    return found


def _worth_of(dataset: Dataset, seed: int, some: Sequence[Mapping[str, Any]]) -> list[float]:
    names = [f"construction_{number}" for number in range(len(some))]
    settings = {
        "stream": {**_STREAM, "warmup_windows": CUT},
        "preferences": [
            {"name": name, "settings": {k: v for k, v in one.items() if v is not None}}
            for name, one in zip(names, some, strict=True)
        ],
        "arms": ["clean", *(f"leaked_crossfit:{name}" for name in names)],
        "replicates": 1,
    }
    scores = play(run_settings(dataset, seed, settings), dataset).family().scores()
    values = {
        one["preference"]: float(one["value"])
        for one in scores
        if one["score"] == "lis_crossfit" and one["slice"] == "all"
    }
    return [values[name] for name in names]


def main() -> None:
    """Print what all 32 are worth, the best first, as a Markdown table."""
    worlds = in_processes(worth, TRUTH_SEEDS)
    rows = list(zip(*worlds, strict=True))
    means = [math.fsum(row) / len(row) for row in rows]
    first = means.index(max(means))
    print("| behaviour | of the users | max_age | lis_crossfit | behind the best | best in |")
    print("|---|---|---|---|---|---|")
    for number in sorted(range(len(rows)), key=lambda one: -means[one]):
        one = constructions()[number]
        behind = [best - own for best, own in zip(rows[first], rows[number], strict=True)]
        wins = sum(max(of) == of[number] for of in worlds)
        print(
            f"| {one['behaviour']} | {one['users_share']:g} | {one['max_age'] or '-'} "
            f"| {means[number]:+.4f} | {_mean_and_error(behind)} | {wins} of {len(worlds)} |"
        )


def _mean_and_error(values: Sequence[float]) -> str:
    mean = math.fsum(values) / len(values)
    square = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return f"{mean:.4f} ± {math.sqrt(square / len(values)):.4f}"


if __name__ == "__main__":
    main()
