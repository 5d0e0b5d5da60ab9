"""How often an interval of a score contains what a long run says the score is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.designs import DESIGNS, FRONTIER, RUN
from lis_sim.experiments.figure import Figure, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import play, run_settings, temporary_world

HEADLINE = "lis_crossfit"
BESIDE = {"over_placebo": "lis_crossfit_over_placebo", "lis": "lis", "history": "history"}
HEADLINE_ARMS = ("clean", "leaked_crossfit:co_click", "placebo:co_click")
# Catalogues, those of them in which every arm runs, and populations drawn over each.
SIZES = {"quick": (2, 1, 12), "full": (4, 1, 40)}
FRONTIER_SIZES = {"quick": (0, 0, 0), "full": (1, 0, 40)}
TARGET = "0.93 to 0.97"
FIRST_CATALOGUE = 100
POPULATIONS = 1_000  # seeds between the first populations of two catalogues


class CoveragePart:
    """The interval of one run against the mean of many runs with other users.

    A catalogue (items, their factors, births and vectors) is fixed; users, their events and
    the training seeds are drawn anew for every run over it. The estimand is the expected score
    of such a run over that catalogue; its truth is the mean of all draws over the catalogue.
    A draw is part of that mean, so its deviation from it is widened by sqrt(n / (n - 1)).
    Full: 4 catalogues (seeds 100 to 103) of 40 draws a design; population seeds start at 1000
    times the catalogue's. Quick: 2 catalogues of 12 draws. All runs: residual form, 5 folds,
    horizon all, 3 replicates, 8 windows of which 2 warm up. 12,000 events of 600 users on 150
    items, knobs by default, but for what a design is about:

    - `few_heavy_users`: 24,000 events of 120 users with a Pareto activity of exponent 1.5, on
      300 items;
    - `many_light_users`: 3,000 users of about equal activity, 4 events each, on 600 items;
    - `cold_start`: 800 items, nine of ten born during the log and shown four times as often
      while new;
    - `few_positives`: 24,000 events of 1,200 users on 300 items, one in twenty an engagement;
    - `autocorrelated_sessions`: sessions of 8 events share a mood that moves their logits by a
      standard deviation of 1.

    `coverage_DESIGN` is the headline score `lis_crossfit`. Without a target, beside it:
    `_over_placebo` (what verdicts read), and `_lis` and `_history` (one catalogue).

    Sizes were chosen on development seeds, where the first ones, 12,000 events throughout, showed
    how far an interval from one run reaches. Vectors are built from the labels of the very users
    that are scored, so other users would have made other vectors, and with them another score.
    Clustering by item sees what of that is shared through items, and more than is asked for
    here, since it takes items as drawn too: with many users on few items intervals are too wide.
    Two things no interval from one run can see. All that rankers and vectors learn from the same
    users' luck is common to all users and replicates of the run: on development seeds the parts
    that are seen add up to 0.6 to 0.9 of the variance between draws (with many light users to
    three times it). And a log that by chance lacks the heaviest users is both low and sure of
    itself. `few_heavy_users_small` (60 users, 12,000
    events) and `few_positives_small` (12,000 events, 600 engagements) are the sizes first tried, 40
    draws over one catalogue, without a target.
    """

    name = "coverage"

    def tasks(self, quick: bool) -> Sequence[Task]:
        size = "quick" if quick else "full"
        return [
            self._task(design, FIRST_CATALOGUE + catalogue, draw, catalogue < with_all_arms)
            for designs, sizes in ((DESIGNS, SIZES), (FRONTIER, FRONTIER_SIZES))
            for catalogues, with_all_arms, draws in (sizes[size],)
            for design in designs
            for catalogue in range(catalogues)
            for draw in range(draws)
        ]

    def _task(self, design: str, catalogue: int, draw: int, all_arms: bool) -> Task:
        settings = {
            "world": {**({**DESIGNS, **FRONTIER}[design]), "seed": catalogue},
            "run": {**RUN, "arms": None if all_arms else list(HEADLINE_ARMS)},
        }
        return Task(self.name, design, POPULATIONS * catalogue + draw, settings)

    def play(self, task: Task) -> Result:
        spec = SyntheticSpec(population_seed=task.seed, **task.settings["world"])
        with temporary_world(spec) as dataset:
            family = play(run_settings(dataset, task.seed, task.settings["run"]), dataset).family()
        return {
            one["score"]: [one["value"], one["low"], one["high"]]
            for one in family.scores()
            if one["slice"] == "all" and one["score"] in (HEADLINE, *BESIDE.values())
        }

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        found = []
        for design in DESIGNS:
            name = f"coverage_{design}"
            found.append(_figure(name, HEADLINE, _draws(results, design, HEADLINE), TARGET))
            for suffix, score in BESIDE.items():
                found.append(_figure(f"{name}_{suffix}", score, _draws(results, design, score)))
        for design in () if quick else FRONTIER:
            draws = _draws(results, design, HEADLINE)
            found.append(_figure(f"coverage_{design}", HEADLINE, draws))
        return found


def _draws(results: Mapping[str, Result], design: str, score: str) -> list[list[list[Any]]]:
    """Return the intervals of ``score`` by catalogue; undefined ones are left out."""
    by_catalogue: dict[int, list[list[Any]]] = defaultdict(list)
    for key, result in sorted(results.items()):
        _, case, seed = key.split("/")
        if case == design and score in result and None not in result[score]:
            by_catalogue[int(seed) // POPULATIONS].append(result[score])
    return [draws for draws in by_catalogue.values() if len(draws) > 1]


def _figure(name: str, score: str, catalogues: list[list[list[Any]]], target: str = "") -> Figure:
    below, above, count = 0, 0, 0
    truths, squares, halves = [], [], []
    for draws in catalogues:
        truths.append(math.fsum(value for value, _, _ in draws) / len(draws))
        squares.append(
            math.fsum((value - truths[-1]) ** 2 for value, _, _ in draws) / (len(draws) - 1)
        )
        widened = math.sqrt(len(draws) / (len(draws) - 1))
        for value, low, high in draws:
            truth = value - widened * (value - truths[-1])
            below += high < truth
            above += truth < low
            halves.append((high - low) / 2)
        count += len(draws)
    if not count:
        return Figure(name, None, target=target, detail="no draws")
    spread = math.sqrt(math.fsum(squares) / len(squares))
    hits = count - below - above
    detail = (
        f"{score}: {hits} of {count} draws over {len(catalogues)} catalogues, {below} wholly below "
        f"the truth and {above} above it; truth "
        f"{math.fsum(truths) / len(truths):+.4f}, spread {spread:.4f}, "
        f"mean half-width {math.fsum(halves) / len(halves):.4f}"
    )
    return proportion(name, hits, count, target, detail)
