"""How soon the anytime-valid sequence finds a small effect that is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, mean, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import Played, play, run_settings, temporary_world
from lis_sim.scores import LisFamily

STREAMS = {"quick": 20, "full": 60}
# Chosen on seeds 0 to 29. Gains of a world with little quality and many users who are alike
# neither fade, as the ranker learns the items, nor differ much between worlds.
WORLD = {
    "events": 51_000,
    "users": 1_000,
    "items": 200,
    "taste": 0.645,
    "quality": 0.18,
    "popularity": 0.3,
    "activity_tail": 10.0,
    "born_before": 1.0,
    "recency": 0.0,
    "exposure_skill": 0.0,
    "drift": 0.0,
    "mood": 0.0,
}
WARMUP = 4  # of the 34 windows
RUN = {
    "stream": {"window": {"count": 34}, "step_events": 1500, "warmup": WARMUP / 34},
    "arms": ["clean", "leaked_crossfit:co_click"],
    "replicates": 5,
}
SCORE = "lis_crossfit"
POWER = 0.8
FIRST_SEED = 100


class PowerPart:
    """Streams whose true `lis_crossfit` is about 0.003, watched after every window.

    The fixed-sample test looks once, at a number of events chosen in advance, and detects when
    its 95 % interval lies above 0. The events it *needs* are those of the first window at which
    it detects in 80 % of the streams. `anytime_power` is the share of streams in which the
    anytime-valid sequence, looked at after every window, has excluded 0 by twice those events.
    Events are counted after the warm-up. `anytime_power_truth` is the mean score over streams
    at that time: what there was to be found.

    A world of 51,000 events, 1,000 users who are about equally active and 200 items that are
    all there from the start; 34 windows of which 4 warm up. Every stream has its own catalogue,
    users and training seeds, from 100. Five replicates: with the default of three the training
    part rests on two degrees of freedom, and the sequence pays for that more than one look does
    (on seeds 0 to 29 it detected 73 % by 1.9 times the events).
    """

    name = "power"

    def tasks(self, quick: bool) -> Sequence[Task]:
        return [
            Task(self.name, "effect", seed, {"world": WORLD, "run": RUN})
            for seed in range(FIRST_SEED, FIRST_SEED + STREAMS["quick" if quick else "full"])
        ]

    def play(self, task: Task) -> Result:
        with temporary_world(SyntheticSpec(seed=task.seed, **task.settings["world"])) as dataset:
            played = play(run_settings(dataset, task.seed, task.settings["run"]), dataset)
        return watched(played)

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        return power_figures(list(results.values()))


def watched(played: Played) -> dict[str, Any]:
    """Return, for every window past the warm-up, the events so far and what was known."""
    family = LisFamily(played.plan.family)
    events, values, fixed, anytime = [], [], [], []
    for window, cells in enumerate(played.windows):
        family.add(window, cells)
        if window < played.plan.family.warmup:
            continue
        (score,) = (s for s in family.scores() if (s["score"], s["slice"]) == (SCORE, "all"))
        events.append(score["positives"] + score["negatives"])
        values.append(score["value"])
        fixed.append(_above_zero(score["low"]))
        anytime.append(_above_zero(score.get("anytime_low")))
    return {"events": events, "value": values, "fixed": fixed, "anytime": anytime}


def power_figures(results: Sequence[Result]) -> list[Figure]:
    """Return the figures from what :func:`watched` returned of every stream."""
    name, target = "anytime_power", f">= {POWER}"
    needed = _needed(results)
    if needed is None:
        detail = f"the fixed-sample test reaches {POWER:.0%} at no window: the streams are short"
        return [Figure(name, None, target=target, detail=detail)]
    events = [
        math.fsum(column) / len(results) for column in zip(*_all(results, "events"), strict=True)
    ]
    by = [window for window, count in enumerate(events) if count <= 2 * events[needed]]
    long_enough = 2 * events[needed] <= events[-1] * 1.0001
    found = sum(any(one["anytime"][window] for window in by) for one in results)
    detail = (
        f"{found} of {len(results)} streams by {events[by[-1]]:,.0f} events; the fixed-sample "
        f"test needs {events[needed]:,.0f}"
    )
    if not long_enough:
        detail += "; the streams end before twice that"
    return [
        proportion(name, found, len(results), target, detail),
        mean("anytime_power_truth", [one["value"][by[-1]] for one in results]),
    ]


def _needed(results: Sequence[Result]) -> int | None:
    for window, column in enumerate(zip(*_all(results, "fixed"), strict=True)):
        if sum(column) >= POWER * len(column):
            return window
    return None


def _all(results: Sequence[Result], what: str) -> list[list[Any]]:
    return [one[what] for one in results]


def _above_zero(low: float | None) -> bool:
    return low is not None and low > 0
