"""One world of the estimator study: what the family seems to bring, and what alignment reaches."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from lis_sim.alignment import align_rolling
from lis_sim.data.dataset import Dataset
from lis_sim.experiments.data_sets import members
from lis_sim.experiments.gains import family_spec
from lis_sim.experiments.part import Result
from lis_sim.experiments.playing import Played, play, run_settings, temporary_world
from lis_sim.experiments.tables import add_table
from lis_sim.hashing import purpose_key
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.describe import describe_all
from lis_sim.scores import first_window_after
from lis_sim.scores.accumulate import Accumulator

CONTENT = "content"
METHODS = {"contrastive": 3, "ridge": 1}  # and how often each is fitted: a head has its own luck
CUTS = (0.4, 0.7)  # of the log's time: aligned on what is before, shown until the next one
ALIGNED = "causal"  # the arm that sees a table's newest version before the window
UNSURE = {"sureness": 0.01}  # any gain on what was left out is taken, not only a sure one
Contrast = Mapping[str, float]


def family_world(seed: int, world: Mapping[str, Any], run: Mapping[str, Any]) -> Result:
    """Return what LIS and alignment say of every data set of ``run["family"]``.

    All over the clean arm with raw content, in the windows after the first cut.
    """
    names = list(run["family"])
    with temporary_world(family_spec(seed, world, names)) as dataset:
        specs = _specs(names)
        causes = {one.name: one.cause for one in describe_all(dataset, specs, seed)}
        aligned = _add_aligned(dataset, specs, seed)
        settings = {key: value for key, value in run.items() if key != "family"} | {
            "content": CONTENT,
            "preferences": [*(_distilled(one.model_dump()) for one in members(names)), *aligned],
            "arms": [
                "clean",
                *(f"{kind}:{name}" for name in names for kind in ("leaked", "leaked_crossfit")),
                *(f"{ALIGNED}:{one['name']}" for one in aligned),
            ],
        }
        sums = _sums(dataset, seed, settings)
        longest = {"horizon": "all", "arms": ["clean", *(f"leaked_crossfit:{n}" for n in names)]}
        gains = _gains(sums, names, _sums(dataset, seed, settings | longest))
    return {"sets": gains, "pairs": _pairs(sums, names), "causes": causes}


def _sums(dataset: Dataset, seed: int, settings: dict[str, Any]) -> Accumulator:
    return _after(cuts_of(dataset)[0], play(run_settings(dataset, seed, settings), dataset))


def _specs(names: Sequence[str]) -> list[PreferenceSpec]:
    return [
        PreferenceSpec(one.name, one.kind, one.settings, one.per_user) for one in members(names)
    ]


def _distilled(preference: dict[str, Any]) -> dict[str, Any]:
    return {**preference, "settings": {**preference["settings"], "distil": CONTENT}}


def _of_items(spec: PreferenceSpec) -> bool:
    exposure = spec.settings.get("behaviour") == "exposure"
    return not exposure and spec.settings.get("level", "item") == "item"


def cuts_of(dataset: Dataset) -> list[int]:
    """Return the times by which content is aligned, in microseconds."""
    span = dataset.end_us - dataset.start_us
    return [int(dataset.start_us + cut * span) for cut in CUTS]


def _add_aligned(
    dataset: Dataset, specs: Sequence[PreferenceSpec], seed: int
) -> list[dict[str, Any]]:
    """Align the content on every data set by every method; return them as tables by version.

    What a ``causal`` arm sees of such a table is the newest version before the window.
    """
    content = dataset.representation(CONTENT)
    found = []
    for spec in specs:
        for method in METHODS:
            possible = method if _of_items(spec) else "ridge"  # the head needs items passed over
            for fit, name in enumerate(_fits(spec.name, method)):
                own_seed = purpose_key(seed, "alignment fit", fit)
                tables = align_rolling(
                    dataset, content, spec, cuts_of(dataset), possible, own_seed, name=name,
                    settings=UNSURE,
                )  # fmt: skip
                for table in tables:
                    add_table(dataset, table)
                versions = [table.name for table in tables]
                found.append({"name": name, "kind": "table", "settings": {"tables": versions}})
    return found


def _fits(name: str, method: str) -> list[str]:
    return [f"{name}_{method}_{fit}" for fit in range(METHODS[method])]


def _after(cut_us: int, played: Played) -> Accumulator:
    """Return the sums of the windows after the first cut and the warm-up, of all arms together."""
    family = played.plan.family
    first = max(family.warmup, first_window_after(played.plan.windows, cut_us))
    sums = Accumulator(family.arms, family.replicates)
    for window, cells in enumerate(played.windows):
        if window >= first:
            sums.add(window, cells)
    return sums


def _gains(
    sums: Accumulator, names: Sequence[str], of_all: Accumulator
) -> dict[str, dict[str, Any]]:
    """Return the gains of every data set; ``of_all`` are the sums of a run with horizon all."""
    found = {}
    for name in names:
        crossfit, own = f"leaked_crossfit:{name}", {}
        for method in METHODS:
            reached = _reached(name, method)
            own[f"ais_{method}"] = _interval(sums, reached | {"clean": -1.0})
            own[f"excess_{method}"] = _interval(sums, reached | {crossfit: -1.0})
            own[f"fits_{method}"] = [
                sums.estimate({arm: 1.0, "clean": -1.0}).value for arm in reached
            ]
        own["lis_crossfit"] = _interval(sums, {crossfit: 1.0, "clean": -1.0})
        own["lis_crossfit_all"] = _interval(of_all, {crossfit: 1.0, "clean": -1.0})
        own["lis"] = _interval(sums, {f"leaked:{name}": 1.0, "clean": -1.0})
        found[name] = own
    return found


def _reached(name: str, method: str) -> dict[str, float]:
    """Return the arms of all fits of ``method``, each with its share of their mean."""
    return {f"{ALIGNED}:{fit}": 1.0 / METHODS[method] for fit in _fits(name, method)}


def _pairs(sums: Accumulator, names: Sequence[str]) -> list[list[Any]]:
    """Return (one, other, difference of their AIS, its standard error) by the first method.

    The error holds the luck of the log, of the ranker's training and of the alignment's own: the
    variance between fits, pooled over all data sets.
    """
    method, fits = next(iter(METHODS.items()))
    luck = 2.0 * statistics.fmean(_between(sums, _reached(one, method)) for one in names) / fits
    found = []
    for one, other in combinations(names, 2):
        below = {arm: -share for arm, share in _reached(other, method).items()}
        difference = sums.estimate(_reached(one, method) | below)
        error = difference.standard_error
        whole = None if error is None else math.sqrt(error**2 + luck)
        found.append([one, other, difference.value, whole])
    return found


def _between(sums: Accumulator, arms: Iterable[str]) -> float:
    values = (sums.estimate({arm: 1.0}).value for arm in arms)
    return statistics.variance(value for value in values if value is not None)


def _interval(sums: Accumulator, contrast: Contrast) -> list[float | None]:
    one = sums.estimate(contrast)
    return [one.value, one.low, one.high]
