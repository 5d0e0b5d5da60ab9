"""The figures of the estimator study, from the results of its tasks."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from scipy.stats import spearmanr

from lis_sim.experiments.estimator_design import (
    CLEAN_SET,
    FIRST_SEED,
    FOLDS,
    LARGE,
    PLANTED,
    SURE,
)
from lis_sim.experiments.estimator_world import METHODS
from lis_sim.experiments.figure import Figure, mean, proportion
from lis_sim.experiments.part import Result
from lis_sim.scores.interval import CONFIDENCE
from lis_sim.scores.student import student_quantile


def _column(world: Result, what: str, among: Sequence[str] | None = None) -> list[float]:
    return [float(world["sets"][name][what][0]) for name in among or world["sets"]]


def _correlation(world: Result, first: str, second: str, among: Sequence[str]) -> float | None:
    if len(among) < 3:
        return None
    return float(spearmanr(_column(world, first, among), _column(world, second, among)).statistic)


def ranked(worlds: Sequence[Result]) -> list[Figure]:
    """Return how far LIS ranks the data sets as the gain reached does."""
    found = []
    head, ridge = METHODS
    first, second = f"ais_{head}", f"ais_{ridge}"
    asked: tuple[tuple[str, str, str, bool, str], ...] = (
        ("spearman_crossfit_ais", "lis_crossfit", first, False, ">= 0.9"),
        ("spearman_crossfit_ais_large", "lis_crossfit", first, True, ">= 0.8"),
        ("spearman_crossfit_ais_ridge", "lis_crossfit", second, False, ""),
        ("spearman_horizon_all_ais", "lis_crossfit_all", first, False, ""),
        ("spearman_horizon_all_ais_large", "lis_crossfit_all", first, True, ""),
        ("spearman_naive_ais", "lis", first, False, ""),
        ("spearman_naive_ais_large", "lis", first, True, ""),
        ("spearman_methods", first, second, False, ""),
    )
    for name, score, truth, large, target in asked:
        values = []
        for world in worlds:
            sets = [s for s, own in world["sets"].items() if not large or own[truth][0] > LARGE]
            value = _correlation(world, score, truth, sets)
            if value is not None:
                values.append(value)
        found.append(mean(name, values, target, f"{len(values)} worlds"))
    return [*found, _fits_agree(worlds, f"fits_{head}"), *_pairs_ordered(worlds)]


def static_ranked(both: Sequence[tuple[Result, Mapping[str, float]]]) -> Figure:
    """Return how far a static benchmark ranks as the gain reached does, by world and its gains."""
    truth = f"ais_{next(iter(METHODS))}"
    values = [
        float(spearmanr(list(gains.values()), _column(world, truth, list(gains))).statistic)
        for world, gains in both
    ]
    return mean("spearman_static_ais", values, "", f"{len(values)} worlds")


def _fits_agree(worlds: Sequence[Result], fits: str) -> Figure:
    """Return the rank correlation of the gains of two fits that differ by their luck alone."""
    values = []
    for world in worlds:
        by_fit = zip(*(own[fits] for own in world["sets"].values()), strict=True)
        values += [float(spearmanr(a, b).statistic) for a, b in combinations(by_fit, 2)]
    return mean("spearman_fits", values, "", f"{len(values)} pairs")


def _pairs_ordered(worlds: Sequence[Result]) -> list[Figure]:
    right = of = 0
    for world in worlds:
        values = {name: own["lis_crossfit"][0] for name, own in world["sets"].items()}
        for one, other, difference, error in world["pairs"]:
            if error and abs(difference) > SURE * error:
                of += 1
                right += (values[one] > values[other]) == (difference > 0)
    return [proportion("pairs_ordered", right, of, ">= 0.95")]


def bounds(worlds: Sequence[Result]) -> list[Figure]:
    """Return how often LIS bounds the gain reached, and how wide the intervals are."""
    cases = [
        (name, own[f"excess_{method}"])
        for world in worlds
        for name, own in world["sets"].items()
        for method in METHODS
    ]
    broken = Counter(name for name, (_, low, _) in cases if low > 0)
    said = "; ".join(f"{count} {name}" for name, count in broken.most_common())
    held = len(cases) - broken.total()
    halves = [(high - low) / 2 for _, (_, low, high) in cases]
    detail = f"{held} of {len(cases)}" + (f"; not: {said}" if said else "")
    return [
        proportion("bound_held", held, len(cases), ">= 0.95", detail),
        mean("bound_half_width", halves, "<= 0.002", f"{len(halves)} cases"),
    ]


def causes(worlds: Sequence[Result]) -> list[Figure]:
    """Return how often the planted cause is named, and clean data accused."""
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


def stability(by: Mapping[str, Result]) -> Figure:
    """Return how far 5 and 10 folds are apart, in standard errors."""
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


def null_max(by: Mapping[str, Result]) -> Figure:
    """Return the largest mean over worlds of what noise seems to bring."""
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


def costs(by: Mapping[str, Result]) -> list[Figure]:
    """Return what a crossfit arm costs beside a clean one, by form and builder."""
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
