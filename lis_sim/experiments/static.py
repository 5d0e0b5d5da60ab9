"""A static evaluation and the stream, asked which preference data to choose."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from itertools import product
from typing import ClassVar

from scipy.stats import spearmanr

from lis_sim.experiments.data_sets import FAMILY
from lis_sim.experiments.figure import Figure, mean
from lis_sim.experiments.gains import (
    Gains,
    family_spec,
    first_half,
    reached_gains,
    static_gains,
    stream_gains,
)
from lis_sim.experiments.part import Result, Task

WORLD = {"events": 40_000, "users": 800, "items": 300, "taste": 2.0}
MOVING = {"drift": 0.1, "recency": 2.0, "new_days": 5.0, "born_before": 0.2}
DESIGNS = {"slow": WORLD, "fast": WORLD | MOVING}
WORLDS = {"quick": 1, "full": 3}  # of each design
POPULATIONS = 3  # of fresh users, in which the gain really reached is measured
STALE = ("stale_30", "stale_60")
# What the stream shows of them is not what a table made half-way holds; see StaticPart.
LEFT_OUT = ("last_week", "category_level")
COMPARED = tuple(name for name in FAMILY if name not in LEFT_OUT)
FIRST_SEED = 100


class StaticPart:
    """Half-way through a log somebody must choose between the preference data sets at hand.

    Worlds of 40,000 events, 800 users and 300 items with strong taste. *Slow* ones have
    everything else by default; in *fast* ones tastes drift ten times as fast, four items in five
    are born during the log, and new items get three times the exposure for five days. The
    family of `data_sets.FAMILY`, but for two members, is ranked in three ways:

    - *static*: the first half of the log, split at random 80/20. Vectors and ranker are made of
      the 80 %, two epochs; the gain of AUC over clean on the 20 %, mean of two training seeds.
    - *stream*: lis_crossfit over its placebo, as verdicts read it, over the first half, horizon
      all, two replicates. Of its eight windows of equal time only the last three count: they
      start after 60 % of the half, when the last stale set has ended.
    - *truth*: what deploying the data set brings. Its vectors, built from the whole first half,
      are shown from then on to rankers of three *fresh* populations over the same catalogue
      (users of which no label is in the vectors), and the gain of AUC over clean is measured in
      the second half of their logs: four windows of equal time, the first of which starts right
      after the cut. What the added inputs cost is not taken off: who deploys them pays it.
      Items born later have no vector, so it is not what an ideal model could make of the data.

    Static and stream see the first half only, so that both decide from what is known half-way;
    the truth lies after it. Two members are left out. `last_week` under horizon all holds, in a
    window of the stream, the week before it and all that comes after, so the stream never shows
    the table that is deployed. `category_level` takes the categories from the catalogue, also
    of items that are not born yet, and is the only one with a vector for those: its worth in
    the truth is partly that of the catalogue, which no evaluation half-way can see.

    `static_rank_correlation` and `stream_rank_correlation` are Spearman's with the truth, mean
    over worlds; `truth_rank_correlation` is that of one fresh population with the mean of the
    other two: how well the truth itself is known. The worst case meant for a static evaluation
    is a data set that is no longer collected: `static_worst_case` is the share of pairs (a stale
    set, another set) that it orders against the truth, `stream_worst_case` the stream's, and
    `truth_worst_case` that of one fresh population against the mean of the other two, averaged
    over the three: pairs that differ by little are misordered by chance, and that is how often.
    *Stale* means no more than two things here: fewer events (those of the first 30 or 60 % of
    the half), and no vector for items that are new since. Items of a world never move, and the
    users of the truth are fresh, so an old table is not wrong about the items that it has.

    Each figure is over all worlds, and with the design's name at its end over those of one
    design. Seeds from 100 (slow) and from 200 (fast).
    """

    name: ClassVar[str] = "static"

    def tasks(self, quick: bool) -> Sequence[Task]:
        cases = ["static", "stream", *(f"truth_{one}" for one in range(POPULATIONS))]
        return [
            Task(
                self.name,
                f"{design}-{case}",
                FIRST_SEED * (place + 1) + world,
                {"world": settings, "family": list(COMPARED)},
            )
            for place, (design, settings) in enumerate(DESIGNS.items())
            for world in range(WORLDS["quick" if quick else "full"])
            for case in cases
        ]

    def play(self, task: Task) -> Result:
        spec = family_spec(task.seed, task.settings["world"], task.settings["family"])
        names = task.settings["family"]
        with first_half(spec) as half:
            case = task.case.split("-")[1]
            if case == "static":
                gains = static_gains(half, names, task.seed)
            elif case == "stream":
                gains = stream_gains(half, names, spec)
            else:
                gains = reached_gains(half, names, spec, int(case.removeprefix("truth_")))
        return {"gains": gains}

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        found = [(design, compared(world)) for design, world in _by_world(results)]
        figures = []
        for ending in ("", *(f"_{design}" for design in DESIGNS)):
            of = [values for design, values in found if not ending or ending == f"_{design}"]
            detail = f"{len(COMPARED)} data sets, {len(of)} worlds"
            for name in FIGURES:
                values = [one[name] for one in of]
                figures.append(mean(f"{name}{ending}", values, "", detail))
        return figures


FIGURES = (
    "static_rank_correlation",
    "stream_rank_correlation",
    "truth_rank_correlation",
    "static_worst_case",
    "stream_worst_case",
    "truth_worst_case",
)


def compared(world: Mapping[str, Gains]) -> dict[str, float]:
    """Return the figures of one world from its gains by case.

    >>> truths = {
    ...     f"truth_{one}": {"noise": 0.0, "stale_30": 0.1, "corrupt_0": 0.2} for one in range(3)
    ... }
    >>> wrong = {"noise": 0.0, "stale_30": 0.3, "corrupt_0": 0.2}
    >>> found = compared({"static": wrong, "stream": truths["truth_0"], **truths})
    >>> found["static_rank_correlation"], found["stream_rank_correlation"]
    (0.5, 1.0)
    >>> [found[f"{way}_worst_case"] for way in ("static", "stream", "truth")]
    [0.5, 0.0, 0.0]
    """
    populations = [gains for case, gains in world.items() if case.startswith("truth_")]
    names = list(populations[0])
    truth = _mean_gains(populations)
    alone = [
        (one, _mean_gains(populations[:left_out] + populations[left_out + 1 :]))
        for left_out, one in enumerate(populations)
    ]
    return {
        "static_rank_correlation": _agreement(_row(world["static"], names), _row(truth, names)),
        "stream_rank_correlation": _agreement(_row(world["stream"], names), _row(truth, names)),
        "truth_rank_correlation": statistics.fmean(
            _agreement(_row(one, names), _row(rest, names)) for one, rest in alone
        ),
        "static_worst_case": _misordered(world["static"], truth),
        "stream_worst_case": _misordered(world["stream"], truth),
        "truth_worst_case": statistics.fmean(_misordered(one, rest) for one, rest in alone),
    }


def _misordered(gains: Gains, truth: Gains) -> float:
    """Return the share of pairs (stale set, other set) ordered against the truth."""
    stale = [name for name in STALE if name in truth]
    fresh = [name for name in truth if name not in STALE]
    wrong = [
        (gains[old] > gains[new]) != (truth[old] > truth[new]) for old, new in product(stale, fresh)
    ]
    return statistics.fmean(wrong)


def _by_world(results: Mapping[str, Result]) -> list[tuple[str, dict[str, Gains]]]:
    """Return (design, gains by case) of every world of which no task is missing."""
    worlds: dict[tuple[str, str], dict[str, Gains]] = {}
    for key, result in results.items():
        _, case, seed = key.split("/")
        design, way = case.split("-")
        worlds.setdefault((design, seed), {})[way] = result["gains"]
    whole = 2 + POPULATIONS
    return [(design, gains) for (design, _), gains in worlds.items() if len(gains) == whole]


def _mean_gains(populations: Sequence[Gains]) -> Gains:
    return {name: statistics.fmean(one[name] for one in populations) for name in populations[0]}


def _row(gains: Gains, names: Sequence[str]) -> list[float]:
    return [gains[name] for name in names]


def _agreement(first: Sequence[float], second: Sequence[float]) -> float:
    return float(spearmanr(first, second).statistic)
