"""What three ways of looking say that each preference data set brings: gains of AUC over clean."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.data.world import DAY_US, START_US
from lis_sim.experiments.data_sets import members, signals_needed
from lis_sim.experiments.log_parts import part_of
from lis_sim.experiments.playing import play, run_settings, temporary_world
from lis_sim.experiments.static_split import split_log, static_aucs, training_rows
from lis_sim.experiments.tables import add_table, carried_over, tables_of
from lis_sim.preference import PreferenceSpec

WINDOWS = 8
STEP_EVENTS = 1024
REPLICATES = 2
STREAM_WARMUP = 0.625  # windows of the stream that start before 60 % of its time, not scored
_DAY_SECONDS = 86_400

Gains: TypeAlias = dict[str, float]  # AUC over clean by data set


@contextmanager
def first_half(spec: SyntheticSpec) -> Iterator[Dataset]:
    """Write the first half of the world's time as a log.

    The half of the time that the world lasts, not of that between first and last event: so a
    log of another population, cut into an even number of equal times, has a window that starts
    after this one's end (see :func:`cut_evenly`).
    """
    with temporary_world(spec) as log:
        times = np.concatenate(list(log.times()))
        early = times < START_US + spec.days * DAY_US // 2
        yield part_of(log, early, log.path.parent / "half")


def cut_evenly(days: float, warmup: float) -> dict[str, Any]:
    """Return the stream settings that cut a log of ``days`` into windows of equal time.

    >>> cut_evenly(28, 0.5)["window"]
    {'duration': '302400s'}
    """
    seconds = round(days * _DAY_SECONDS / WINDOWS)
    return {"window": {"duration": f"{seconds}s"}, "step_events": STEP_EVENTS, "warmup": warmup}


def family_spec(seed: int, world: Mapping[str, Any], names: Sequence[str]) -> SyntheticSpec:
    """Return the spec of a world that has the signals the data sets ``names`` need."""
    return SyntheticSpec(seed=seed, signals=signals_needed(names), **world)


def static_gains(half: Dataset, names: Sequence[str], seed: int) -> Gains:
    """Return the gains that a random split of ``half`` shows."""
    training = training_rows(half.rows, seed)
    train = part_of(half, training, half.path.parent / "train")
    tables = tables_of(train, _specs(names), seed)
    split = split_log(half, training)
    found = [static_aucs(split, tables, seed * REPLICATES + one) for one in range(REPLICATES)]
    return {name: statistics.fmean(one[name] - one["clean"] for one in found) for name in names}


def stream_gains(half: Dataset, names: Sequence[str], spec: SyntheticSpec) -> Gains:
    """Return the lis_crossfit over its placebo of every data set over ``half``.

    Only windows that start after the last ``until`` of the family (60 % of ``half``) count, so
    that a stale data set is stale in every one of them.
    """
    kinds = ("leaked_crossfit", "placebo")
    settings: dict[str, Any] = {
        "stream": cut_evenly(spec.days / 2, STREAM_WARMUP),
        "replicates": REPLICATES,
        "preferences": [one.model_dump() for one in members(names)],
        "arms": ["clean", *(f"{kind}:{name}" for name in names for kind in kinds)],
    }
    family = play(run_settings(half, spec.seed, settings), half).family()
    return _values(family.scores(), "lis_crossfit_over_placebo", "preference")


def reached_gains(
    half: Dataset, names: Sequence[str], spec: SyntheticSpec, population: int
) -> Gains:
    """Return the gains of the vectors of ``half`` among fresh users, after it has ended.

    Windows of an eighth of the world's time: the fifth starts right after ``half`` has ended,
    whoever the users are, and is the first that shows the vectors and the first that counts. A
    data set that gives no vector at all brings exactly nothing.
    """
    tables = tables_of(half, _specs(names), spec.seed)
    shown = [name for name in names if len(tables[name].item)]
    seed = spec.seed * 1000 + population
    fresh = replace(spec, population_seed=seed, signals=())
    with temporary_world(fresh) as log:
        for name in shown:
            add_table(log, carried_over(tables[name], half, log, half.end_us))
        settings: dict[str, Any] = {
            "stream": cut_evenly(spec.days, 0.5),
            "replicates": 1,
            "preferences": [],
            "representations": shown,
            "arms": ["clean", *(f"aligned:{name}" for name in shown)],
        }
        family = play(run_settings(log, seed, settings), log).family()
    return dict.fromkeys(names, 0.0) | _values(family.scores(), "ais", "representation")


def _values(scores: Sequence[Mapping[str, Any]], score: str, of: str) -> Gains:
    return {
        str(one[of]): float(one["value"])
        for one in scores
        if one["score"] == score and one["slice"] == "all"
    }


def _specs(names: Sequence[str]) -> list[PreferenceSpec]:
    return [
        PreferenceSpec(one.name, one.kind, one.settings, one.per_user) for one in members(names)
    ]
