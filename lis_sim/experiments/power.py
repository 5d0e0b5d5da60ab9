"""How soon the anytime-valid sequence finds a small effect that is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, mean, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import Played, play, run_settings, temporary_world
from lis_sim.scores import LisFamily

STREAMS = {"quick": (1, 12), "full": (2, 20)}  # catalogues, streams of each
# Chosen on catalogues 0 and 1. Gains of a world with little quality and many users who are alike
# neither fade, as the ranker learns the items, nor differ much between worlds.
WORLD = {
    "events": 66_000,
    "users": 1_300,
    "items": 260,
    "taste": 0.6,
    "quality": 0.18,
    "popularity": 0.3,
    "activity_tail": 10.0,
    "born_before": 1.0,
    "recency": 0.0,
    "exposure_skill": 0.0,
    "drift": 0.0,
    "mood": 0.0,
}
WARMUP = 4  # of the 44 windows
RUN = {
    "stream": {"window": {"count": 44}, "step_events": 1500, "warmup": WARMUP / 44},
    "arms": ["clean", "leaked_crossfit:co_click"],
    "replicates": 5,
}
SCORE = "lis_crossfit"
POWER = 0.8
REPLICATES = (5, 3)
FIRST_CATALOGUE = 110  # at 100 and 101 taste was still 0.575, and the truth below 0.003
POPULATIONS = 1_000  # seeds between the first populations of two catalogues


class PowerPart:
    """Streams whose true `lis_crossfit` is about 0.003, watched after every window.

    The fixed-sample test looks once, at a number of events chosen in advance, and detects when
    its 95 % interval lies above 0. The events it *needs* are those of the first window at which
    it detects in 80 % of the streams over one catalogue: they have the same true score, and differ
    by their users and training seeds. `anytime_power` is the share of streams in which the
    anytime-valid sequence, looked at after every window, has excluded 0 by twice those events.
    Events are counted after the warm-up. `anytime_power_truth` is the mean score over streams
    at that time: what there was to be found.

    A world of 66,000 events, 1,300 users who are about equally active and 260 items that are
    all there from the start; 44 windows of which 4 warm up. Taste is weak, and there is neither
    drift nor mood, so that the gain does not fade; the knobs were set on seeds below 100.
    Catalogues from 110, populations from 1000 times the catalogue's seed.

    Five replicates. `anytime_power_3_replicates` are the same streams with the first three of
    them, which is the default of a run: the training part then rests on two degrees of freedom,
    and the sequence pays for that more than one look does.

    In theory a sequence of this kind detects with a power of 0.8 by twice the events. What it pays
    on top is for the training part, whose few degrees of freedom it must bear at every look, and
    for false alarms that do not come: `anytime_false_alarm` shows how much of its 5 % it leaves.
    """

    name = "power"

    def tasks(self, quick: bool) -> Sequence[Task]:
        catalogues, streams = STREAMS["quick" if quick else "full"]
        return [
            Task(
                self.name,
                f"catalogue_{catalogue}",
                POPULATIONS * catalogue + stream,
                {"world": {**WORLD, "seed": catalogue}, "run": RUN},
            )
            for catalogue in range(FIRST_CATALOGUE, FIRST_CATALOGUE + catalogues)
            for stream in range(streams)
        ]

    def play(self, task: Task) -> Result:
        spec = SyntheticSpec(population_seed=task.seed, **task.settings["world"])
        with temporary_world(spec) as dataset:
            played = play(run_settings(dataset, task.seed, task.settings["run"]), dataset)
        return {str(count): watched(played, count) for count in REPLICATES}

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        most, fewer = (_by_catalogue(results, str(count)) for count in REPLICATES)
        power, *truth = power_figures(most)
        with_fewer = replace(power_figures(fewer)[0], name="anytime_power_3_replicates", target="")
        return [power, with_fewer, *truth]


def watched(played: Played, replicates: int) -> dict[str, Any]:
    """Return, for every window past the warm-up, the events so far and what was known.

    Only the first ``replicates`` are looked at.
    """
    family = LisFamily(replace(played.plan.family, replicates=replicates))
    events, values, fixed, anytime = [], [], [], []
    for window, cells in enumerate(played.windows):
        family.add(window, {key: cell for key, cell in cells.items() if key[1] < replicates})
        if window < played.plan.family.warmup:
            continue
        (score,) = (s for s in family.scores() if (s["score"], s["slice"]) == (SCORE, "all"))
        events.append(score["positives"] + score["negatives"])
        values.append(score["value"])
        fixed.append(_above_zero(score["low"]))
        anytime.append(_above_zero(score.get("anytime_low")))
    return {"events": events, "value": values, "fixed": fixed, "anytime": anytime}


def power_figures(catalogues: Sequence[Sequence[Result]]) -> list[Figure]:
    """Return the figures from what :func:`watched` returned of every stream, by catalogue."""
    name, target = "anytime_power", f">= {POWER}"
    found, details, values = 0, [], []
    for results in catalogues:
        needed = _needed(results)
        if needed is None:
            detail = f"the fixed-sample test reaches {POWER:.0%} at no window: streams are short"
            return [Figure(name, None, target=target, detail=detail)]
        events = [
            math.fsum(column) / len(results)
            for column in zip(*_all(results, "events"), strict=True)
        ]
        by = [window for window, count in enumerate(events) if count <= 2 * events[needed]]
        own = sum(any(one["anytime"][window] for window in by) for one in results)
        found += own
        values += [one["value"][by[-1]] for one in results]
        details.append(_detail(own, len(results), events, by[-1], events[needed]))
    of = sum(len(results) for results in catalogues)
    return [
        proportion(name, found, of, target, "; ".join(details)),
        mean("anytime_power_truth", values),
    ]


def _detail(found: int, of: int, events: Sequence[float], last: int, needed: float) -> str:
    ends = "" if 2 * needed <= events[-1] * 1.0001 else " (streams end before twice that)"
    return f"{found} of {of} by {events[last]:,.0f} events, fixed needs {needed:,.0f}{ends}"


def _by_catalogue(results: Mapping[str, Result], count: str) -> list[list[Result]]:
    by: dict[str, list[Result]] = {}
    for key, result in results.items():
        by.setdefault(key.split("/")[1], []).append(result[count])
    return list(by.values())


def _needed(results: Sequence[Result]) -> int | None:
    for window, column in enumerate(zip(*_all(results, "fixed"), strict=True)):
        if sum(column) >= POWER * len(column):
            return window
    return None


def _all(results: Sequence[Result], what: str) -> list[list[Any]]:
    return [one[what] for one in results]


def _above_zero(low: float | None) -> bool:
    return low is not None and low > 0
