"""One world of the estimator study: what the family seems to bring, and what alignment reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from lis_sim.alignment import align
from lis_sim.data.dataset import Dataset
from lis_sim.experiments.data_sets import members
from lis_sim.experiments.gains import family_spec
from lis_sim.experiments.part import Result
from lis_sim.experiments.playing import Played, play, run_settings, temporary_world
from lis_sim.experiments.tables import add_table
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.describe import describe_all
from lis_sim.scores.accumulate import Accumulator

CONTENT = "content"
METHODS = ("contrastive", "ridge")
CUT = 0.5  # of the log's time: aligned on what is before, judged on what is after
UNSURE = {"sureness": 0.01}  # any gain on what was left out is taken, not only a sure one
Contrast = Mapping[str, float]


def family_world(seed: int, world: Mapping[str, Any], run: Mapping[str, Any]) -> Result:
    """Return what LIS and alignment say of every data set of ``run["family"]``.

    All over the clean arm with raw content, in the windows after the cut.
    """
    names = list(run["family"])
    with temporary_world(family_spec(seed, world, names)) as dataset:
        specs = _specs(names)
        causes = {one.name: one.cause for one in describe_all(dataset, specs, seed)}
        aligned = _add_aligned(dataset, specs, seed)
        settings = {key: value for key, value in run.items() if key != "family"} | {
            "content": CONTENT,
            "preferences": [_distilled(one.model_dump()) for one in members(names)],
            "representations": aligned,
            "arms": [
                "clean",
                *(f"{kind}:{name}" for name in names for kind in ("leaked", "leaked_crossfit")),
                *(f"aligned:{name}" for name in aligned),
            ],
        }
        played = play(run_settings(dataset, seed, settings), dataset)
    return {"sets": _gains(played, names), "pairs": _pairs(played, names), "causes": causes}


def _specs(names: Sequence[str]) -> list[PreferenceSpec]:
    return [
        PreferenceSpec(one.name, one.kind, one.settings, one.per_user) for one in members(names)
    ]


def _distilled(preference: dict[str, Any]) -> dict[str, Any]:
    """Let a data set be distilled through the content, where vectors are made of items."""
    settings = dict(preference["settings"])
    if settings.get("level", "item") == "item":
        settings["distil"] = CONTENT
    return {**preference, "settings": settings}


def _of_items(spec: PreferenceSpec) -> bool:
    exposure = spec.settings.get("behaviour") == "exposure"
    return not exposure and spec.settings.get("level", "item") == "item"


def _add_aligned(dataset: Dataset, specs: Sequence[PreferenceSpec], seed: int) -> list[str]:
    """Align the content on every data set by every method; return the tables' names."""
    cut_us = int(dataset.start_us + CUT * (dataset.end_us - dataset.start_us))
    content = dataset.representation(CONTENT)
    names = []
    for spec in specs:
        for method in METHODS:
            name = f"{spec.name}_{method}"
            possible = method if _of_items(spec) else "ridge"  # the head needs items passed over
            table = align(
                dataset, content, spec, cut_us, possible, seed, name=name, settings=UNSURE
            )
            add_table(dataset, table)
            names.append(name)
    return names


def _over(played: Played) -> Accumulator:
    """Return the sums of the windows after the cut and the warm-up, of all arms together."""
    family = played.plan.family
    first = max([family.warmup, *(one.first_window for one in family.representations)])
    sums = Accumulator(family.arms, family.replicates)
    for window, cells in enumerate(played.windows):
        if window >= first:
            sums.add(window, cells)
    return sums


def _gains(played: Played, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    sums, found = _over(played), {}
    for name in names:
        crossfit, own = f"leaked_crossfit:{name}", {}
        for method in METHODS:
            reached = f"aligned:{name}_{method}"
            own[f"ais_{method}"] = _interval(sums, {reached: 1.0, "clean": -1.0})
            own[f"excess_{method}"] = _interval(sums, {reached: 1.0, crossfit: -1.0})
        own["lis_crossfit"] = _interval(sums, {crossfit: 1.0, "clean": -1.0})
        own["lis"] = _interval(sums, {f"leaked:{name}": 1.0, "clean": -1.0})
        found[name] = own
    return found


def _pairs(played: Played, names: Sequence[str]) -> list[list[Any]]:
    """Return (one, other, difference of their AIS, its standard error) of the first method."""
    sums, method = _over(played), METHODS[0]
    found = []
    for one, other in combinations(names, 2):
        contrast = {f"aligned:{one}_{method}": 1.0, f"aligned:{other}_{method}": -1.0}
        difference = sums.estimate(contrast)
        found.append([one, other, difference.value, difference.standard_error])
    return found


def _interval(sums: Accumulator, contrast: Contrast) -> list[float | None]:
    one = sums.estimate(contrast)
    return [one.value, one.low, one.high]
