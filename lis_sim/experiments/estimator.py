"""How well LIS tells beforehand what aligning a model on preference data will bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from lis_sim.experiments.estimator_design import (
    COST,
    DENSITIES,
    FEW,
    FIRST_SEED,
    FIRST_WORLD,
    FOLDS,
    FORMS,
    NULLS,
    RUN,
    SMALL,
    WORLDS,
)
from lis_sim.experiments.estimator_figures import (
    bounds,
    causes,
    costs,
    null_max,
    ranked,
    stability,
    static_ranked,
)
from lis_sim.experiments.estimator_runs import cost_run, folds_run, null_run
from lis_sim.experiments.estimator_static import static_run
from lis_sim.experiments.estimator_world import family_world
from lis_sim.experiments.figure import Figure
from lis_sim.experiments.part import Result, Task


class EstimatorPart:
    """Whether LIS ranks, bounds and explains what aligning content on preference data brings.

    Worlds of 120,000 events and 2,000 users, 500 items (*dense*) or 2,000 (*sparse*), everything
    else by default but for the content: 32 dimensions, of which 8 are of taste and the others
    larger ones that are not (`content_nuisance` 1.5), as in embeddings that were trained for
    something else; `content_noise` 0.3. All members of
    `data_sets.FAMILY` but `category_level`: what is aligned on categories learns the catalogue,
    of which no user tells.

    *Truth*: the content is aligned on each data set by what is before 40 %, and again before 70 %,
    of the log's time, by the contrastive head and by ridge, and shown in the windows after. The
    gain over the clean arm is the AIS of that method, the contrastive head's where none is named
    (ridge's for `exposure`, which the head cannot learn from); the clean arm has the raw content.
    The head is fitted three times with other folds and choices, and its AIS is the fits' mean:
    which fit one happens to have is not what a data set brings.
    *LIS*: the crossfit arm of each data set over the same clean arm, in the same windows, residual
    form, horizon 0, 5 folds, 3 replicates, its vectors distilled through the content. Horizon 0,
    for alignment has what is known before its cut: with horizon all a data set is credited with
    what it will hold one day, and one that is no longer collected is not.

    - `spearman_crossfit_ais`: rank correlation over the family, mean over worlds; `_large` within
      the sets whose AIS is above 0.002; `_ridge` with that method's AIS;
      `spearman_horizon_all_ais` the same of lis_crossfit with horizon all;
      `spearman_naive_ais`, what the paper's LIS gives; `spearman_methods`, how far the two ways of
      aligning agree, and `spearman_fits` how far two fits of the head do: how well the truth is
      known; `spearman_static_ais`, what a random split of the log before the first cut gives
      (as in part `static`: the gain of AUC on the test side).
    - `pairs_ordered`: pairs of sets whose AIS differ by more than 2 standard errors, those of the
      fits' own luck included, that LIS puts in the same order.
    - `bound_held`: (world, set, method) of which the lower end of the paired interval of AIS - LIS
      is not above 0; `bound_half_width` the mean half-width.
    - `folds_stability`: lis_crossfit of the clean data set with 2, 5 and 10 folds, 5 fold seeds
      each: difference of the means of 5 and 10 folds over their standard error.
    - `cause_named`: corrupted, stale, few-user and popularity-only sets of which `describe`
      names the planted cause first; `clean_accused` is how often it accuses clean data.
    - `null_max`: largest |lis_crossfit - placebo| of two noise sets over builders and forms, mean
      over worlds; every one is in the detail. In the residual form the clean arm has the content.
    - `lis_cost`: CPU seconds of a crossfit arm with its builds over those of a clean arm, joint
      form, 200,000 events, 20 windows, 5 folds, one replicate; `lis_cost_residual` likewise.

    Three dense worlds and two sparse ones, seeds from 120, the other runs from 100. Quick: one of
    60,000 events, 1,000 users and 500 items, and twelve of the data sets.
    """

    name: ClassVar[str] = "estimator"

    def tasks(self, quick: bool) -> Sequence[Task]:
        size = "quick" if quick else "full"
        worlds = [
            Task(self.name, density, FIRST_WORLD + world, {"world": settings, "run": RUN})
            for density, settings in DENSITIES.items()
            for world in range(WORLDS[density])
        ]
        if quick:
            few = {"world": SMALL, "run": {**RUN, "family": list(FEW)}}
            worlds = [Task(self.name, "dense", FIRST_SEED, few)]
        statics = [
            Task(
                self.name,
                f"static_{world.case}",
                world.seed,
                {"world": world.settings["world"], "family": world.settings["run"]["family"]},
            )
            for world in worlds
        ]
        folds = [
            Task(self.name, f"folds_{count}", FIRST_SEED, {"world": SMALL, "folds": count})
            for count in FOLDS
        ]
        nulls = [
            Task(self.name, f"null_{form}", FIRST_SEED + world, {"world": SMALL, "form": form})
            for form in FORMS
            for world in range(NULLS[size])
        ]
        costs = [
            Task(self.name, f"cost_{form}", FIRST_SEED, {"world": COST, "form": form})
            for form in FORMS
        ]
        return [*worlds, *statics, *folds, *nulls, *costs]

    def play(self, task: Task) -> Result:
        what, world = task.case.split("_")[0], task.settings["world"]
        if what == "folds":
            return folds_run(task.seed, world, task.settings["folds"])
        if what == "static":
            return static_run(task.seed, world, task.settings["family"])
        if what == "null":
            return null_run(task.seed, world, task.settings["form"])
        if what == "cost":
            return cost_run(task.seed, world, task.settings["form"])
        return family_world(task.seed, world, task.settings["run"])

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        by = {key.split("/", 1)[1]: result for key, result in results.items()}
        worlds = [one for key, one in by.items() if key.split("/")[0] in DENSITIES]
        both = [
            (one, by[f"static_{key}"]["gains"]) for key, one in by.items() if f"static_{key}" in by
        ]
        return [
            *ranked(worlds),
            static_ranked(both),
            *bounds(worlds),
            *causes(worlds),
            stability(by),
            null_max(by),
            *costs(by),
        ]
