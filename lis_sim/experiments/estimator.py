"""How well LIS tells beforehand what aligning a model on preference data will bring."""

from __future__ import annotations

import math
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from scipy.stats import spearmanr

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.data_sets import FAMILY
from lis_sim.experiments.estimator_world import METHODS, family_world
from lis_sim.experiments.figure import Figure, mean, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import play, run_settings, temporary_world
from lis_sim.scores.interval import CONFIDENCE
from lis_sim.scores.student import student_quantile

SIZE: Mapping[str, Any] = {"events": 60_000, "users": 1_000, "content_nuisance": 1.5}
DENSITIES: Mapping[str, Mapping[str, Any]] = {
    "dense": {**SIZE, "items": 500},
    "sparse": {**SIZE, "items": 2_000},
}
WORLDS = {"quick": {"dense": 1, "sparse": 0}, "full": {"dense": 3, "sparse": 2}}
STREAM: Mapping[str, Any] = {"window": {"count": 12}, "step_events": 1024}
RUN: Mapping[str, Any] = {"stream": STREAM, "tower_dim": 32, "family": list(FAMILY)}
PLANTED: Mapping[str, str] = {
    **dict.fromkeys(("corrupt_30", "corrupt_50", "corrupt_80", "noise"), "corrupted"),
    **dict.fromkeys(("stale_30", "stale_60"), "stale"),
    **dict.fromkeys(("users_20", "users_5"), "few users"),
    "popularity": "popularity",
}
CLEAN_SET = "corrupt_0"
FOLDS = (2, 5, 10)
FOLD_SEEDS = 5
NULLS = {"quick": 1, "full": 3}  # worlds
BUILDERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "co_click": ("co_click", {}),
    "distilled": ("co_click", {"distil": "content"}),
    "sparse_id": ("sparse_id", {}),
}
NOISE = ("noise", "corrupt_100")
FORMS = ("residual", "joint")
LARGE = 0.002
SURE = 2.0  # standard errors
COST = {"events": 200_000, "users": 3_000, "items": 2_000}
FIRST_SEED = 100


class EstimatorPart:
    """Whether LIS ranks, bounds and explains what aligning content on preference data brings.

    Worlds of 60,000 events and 1,000 users, 500 items (*dense*) or 2,000 (*sparse*), everything
    else by default but for the content: 32 dimensions, of which 8 are of taste and the others
    larger ones that are not (`content_nuisance` 1.5), as in embeddings that were trained for
    something else. All 29 members of `data_sets.FAMILY`.

    *Truth*: the content is aligned on each data set by what is before half of the log's time, by
    the contrastive head and by ridge, and shown as an aligned arm in the windows after it. The
    gain over the clean arm is the AIS; the clean arm has the raw content. *LIS*: the crossfit arm
    of each data set over the same clean arm, in the same windows, residual form, horizon all, 5
    folds, 3 replicates, its vectors distilled through the content (but for `category_level`).

    - `spearman_crossfit_ais`: rank correlation over the family, mean over worlds, with the
      contrastive head's AIS; `_large` within the sets whose AIS is above 0.002; beside them
      `spearman_naive_ais`, what the paper's LIS gives, and `_ridge`, with the other method's AIS.
    - `pairs_ordered`: pairs of sets whose AIS differ by more than 2 standard errors that LIS puts
      in the same order.
    - `bound_held`: (world, set) of which the lower end of the paired interval of AIS - LIS
      is not above 0; `bound_half_width` the mean half-width.
    - `folds_stability`: lis_crossfit of the clean data set with 2, 5 and 10 folds, 5 fold seeds
      each: difference of the means of 5 and 10 folds over their standard error.
    - `cause_named`: corrupted, stale, few-user and popularity-only sets of which `describe`
      names the planted cause first; `clean_accused` is how often it accuses clean data.
    - `null_max`: largest |lis_crossfit - placebo| of two noise sets over builders and forms, mean
      over worlds; every one is in the detail. In the residual form the clean arm has the content.
    - `lis_cost`: CPU seconds of a crossfit arm with its builds over those of a clean arm, joint
      form, 200,000 events, 20 windows, 5 folds, one replicate; `lis_cost_residual` likewise.

    Seeds from 100.
    """

    name: ClassVar[str] = "estimator"

    def tasks(self, quick: bool) -> Sequence[Task]:
        size = "quick" if quick else "full"
        worlds = [
            Task(self.name, density, FIRST_SEED + world, {"world": settings, "run": RUN})
            for density, settings in DENSITIES.items()
            for world in range(WORLDS[size][density])
        ]
        dense = DENSITIES["dense"]
        folds = [
            Task(self.name, f"folds_{count}", FIRST_SEED, {"world": dense, "folds": count})
            for count in FOLDS
        ]
        nulls = [
            Task(self.name, f"null_{form}", FIRST_SEED + world, {"world": dense, "form": form})
            for form in FORMS
            for world in range(NULLS[size])
        ]
        costs = [
            Task(self.name, f"cost_{form}", FIRST_SEED, {"world": COST, "form": form})
            for form in FORMS
        ]
        return [*worlds, *folds, *nulls, *costs]

    def play(self, task: Task) -> Result:
        what, world = task.case.split("_")[0], task.settings["world"]
        if what == "folds":
            return _folds(task.seed, world, task.settings["folds"])
        if what == "null":
            return _null(task.seed, world, task.settings["form"])
        if what == "cost":
            return _cost(task.seed, world, task.settings["form"])
        return family_world(task.seed, world, task.settings["run"])

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        by = {key.split("/", 1)[1]: result for key, result in results.items()}
        worlds = [one for key, one in by.items() if key.split("/")[0] in DENSITIES]
        return [
            *_ranked(worlds),
            *_bounds(worlds),
            *_causes(worlds),
            _stability(by),
            _null_max(by),
            *_costs(by),
        ]


def _folds(seed: int, world: Mapping[str, Any], folds: int) -> Result:
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


def _null(seed: int, world: Mapping[str, Any], form: str) -> Result:
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


def _cost(seed: int, world: Mapping[str, Any], form: str) -> Result:
    """Return the CPU seconds of a clean run, and of one with a crossfit arm of each builder."""
    found = {}
    with temporary_world(SyntheticSpec(seed=seed, **world)) as dataset:
        for builder in ("", "", "co_click", "sparse_id"):  # the first one warms everything up
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


def _all(played: Any, score: str) -> list[dict[str, Any]]:
    scores = played.family().scores()
    return [one for one in scores if (one["score"], one["slice"]) == (score, "all")]


def _column(world: Result, what: str, among: Sequence[str] | None = None) -> list[float]:
    return [float(world["sets"][name][what][0]) for name in among or world["sets"]]


def _correlation(world: Result, first: str, second: str, among: Sequence[str]) -> float | None:
    if len(among) < 3:
        return None
    return float(spearmanr(_column(world, first, among), _column(world, second, among)).statistic)


def _ranked(worlds: Sequence[Result]) -> list[Figure]:
    first, second = (f"ais_{method}" for method in METHODS)
    found = []
    for name, score, truth, large, target in (
        ("spearman_crossfit_ais", "lis_crossfit", first, False, ">= 0.9"),
        ("spearman_crossfit_ais_large", "lis_crossfit", first, True, ">= 0.8"),
        ("spearman_crossfit_ais_ridge", "lis_crossfit", second, False, ""),
        ("spearman_naive_ais", "lis", first, False, ""),
        ("spearman_naive_ais_large", "lis", first, True, ""),
    ):
        values = []
        for world in worlds:
            sets = [s for s, own in world["sets"].items() if not large or own[truth][0] > LARGE]
            value = _correlation(world, score, truth, sets)
            if value is not None:
                values.append(value)
        found.append(mean(name, values, target, f"{len(values)} worlds"))
    return [*found, *_pairs_ordered(worlds)]


def _pairs_ordered(worlds: Sequence[Result]) -> list[Figure]:
    right = of = 0
    for world in worlds:
        values = {name: own["lis_crossfit"][0] for name, own in world["sets"].items()}
        for one, other, difference, error in world["pairs"]:
            if error and abs(difference) > SURE * error:
                of += 1
                right += (values[one] > values[other]) == (difference > 0)
    return [proportion("pairs_ordered", right, of, ">= 0.95")]


def _bounds(worlds: Sequence[Result]) -> list[Figure]:
    found = []
    for method, ending, target in zip(METHODS, ("", "_ridge"), (">= 0.95", ""), strict=True):
        excess = [own[f"excess_{method}"] for world in worlds for own in world["sets"].values()]
        held = sum(low <= 0 for _, low, _ in excess)
        halves = [(high - low) / 2 for _, low, high in excess]
        found.append(proportion(f"bound_held{ending}", held, len(excess), target))
        target = "<= 0.002" if target else ""
        found.append(mean(f"bound_half_width{ending}", halves, target, f"{len(halves)} cases"))
    return found


def _causes(worlds: Sequence[Result]) -> list[Figure]:
    named = [(cause, world["causes"][name]) for world in worlds for name, cause in PLANTED.items()]
    wrong = Counter(f"{said} for {cause}" for cause, said in named if said != cause)
    detail = f"{len(named) - wrong.total()} of {len(named)}"
    said = "; ".join(f"{count} {words}" for words, count in sorted(wrong.items()))
    accused = sum(world["causes"][CLEAN_SET] != "none" for world in worlds)
    return [
        proportion(
            "cause_named",
            len(named) - wrong.total(),
            len(named),
            ">= 0.9",
            f"{detail}; {said}" if said else detail,
        ),
        proportion("clean_accused", accused, len(worlds)),
    ]


def _stability(by: Mapping[str, Result]) -> Figure:
    name, target = "folds_stability", "<= 1"
    means = {count: by.get(f"folds_{count}/{FIRST_SEED}") for count in FOLDS}
    few, many = means[FOLDS[1]], means[FOLDS[2]]
    if few is None or many is None:
        return Figure(name, None, target=target, detail="no cases")
    error = statistics.fmean([few["standard_error"], many["standard_error"]])
    said = ", ".join(
        f"{count} folds {one['value']:+.5f} ({one['standard_error']:.5f})"
        for count, one in means.items()
        if one is not None
    )
    return Figure(name, abs(few["value"] - many["value"]) / error, target=target, detail=said)


def _null_max(by: Mapping[str, Result]) -> Figure:
    name, target = "null_max", "<= 0.001"
    values: dict[str, list[float]] = {}
    for key, one in by.items():
        if key.startswith("null_"):
            form = key.split("/")[0].removeprefix("null_")
            for data, value in one["values"].items():
                values.setdefault(f"{form} {data}", []).append(value)
    if not values:
        return Figure(name, None, target=target, detail="no cases")
    means = {case: statistics.fmean(own) for case, own in values.items()}
    worst = max(means, key=lambda case: abs(means[case]))
    own, t = values[worst], math.nan
    half = None
    if len(own) > 1:
        t = student_quantile(0.5 + CONFIDENCE / 2, len(own) - 1)
        half = t * statistics.stdev(own) / math.sqrt(len(own))
    largest = abs(means[worst])
    return Figure(
        name,
        largest,
        None if half is None else max(0.0, largest - half),
        None if half is None else largest + half,
        target,
        "; ".join(f"{case} {value:+.5f}" for case, value in means.items()),
    )


def _costs(by: Mapping[str, Result]) -> list[Figure]:
    found = []
    for form, ending, target in (("joint", "", "<= 2"), ("residual", "_residual", "<= 0.6")):
        seconds = by.get(f"cost_{form}/{FIRST_SEED}")
        for builder, more, asked in (("co_click", "", target), ("sparse_id", "_sparse_id", "")):
            name = f"lis_cost{ending}{more}"
            if seconds is None:
                found.append(Figure(name, None, target=asked, detail="no cases"))
                continue
            value = (seconds[builder] - seconds["clean"]) / seconds["clean"]
            detail = f"clean arm {seconds['clean']:.1f} s, with one of {builder} more "
            detail += f"{seconds[builder]:.1f} s"
            found.append(Figure(name, value, target=asked, detail=detail))
    return found
