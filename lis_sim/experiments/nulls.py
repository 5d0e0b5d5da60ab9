"""Worlds in which nothing is to be found: how often an interval finds something."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.experiments.figure import Figure, proportion
from lis_sim.experiments.part import Result, Task
from lis_sim.experiments.playing import Cells, play, run_settings, temporary_world
from lis_sim.scores import FamilyPlan, LisFamily

REPLICATES = 3
WORLD = {"events": 8192, "users": 300, "items": 150}
RUN = {"stream": {"window": {"count": 16}, "step_events": 512, "warmup": 0.25}}
KINDS = ("clean", "noise")
CASES = {"quick": {"clean": 140, "noise": 60}, "full": {"clean": 700, "noise": 320}}
TARGETS = {"quick": "0.91 to 0.98", "full": "0.93 to 0.97"}
FIRST_SEED = 200


class NullPart:
    """Two things that are equal in truth are compared; an interval should contain 0.

    - Kind `clean`: three training seeds of the clean arm against three other seeds of it, in
      one run of six replicates over 8,192 events of 300 users on 150 items, 16 windows of
      which 4 warm up. The estimand is the difference of the expected AUCs: 0.
    - Kind `noise`: `lis_crossfit` of one noise data set against that of another. A noise data
      set is a coin per event that knows nothing. It is drawn anew for each of the three
      replicates: one drawn table is by chance better than another for the whole stream, so of
      two *given* noise tables the truth is not 0, while of two ways to draw them it is.

    `null_coverage` is the share of worlds whose final 95 % interval contains 0.
    `anytime_false_alarm` is the share of the same streams in which the anytime-valid sequence
    excluded 0 after any of the 12 windows past the warm-up; beside it, what the fixed-time
    interval does when it is looked at as often. Seeds from 200.

    Intervals of nothing are too wide rather than too narrow: what users and seeds move together
    is counted with the users and again with the training. Taking it out would give noise its
    95 %, and would take it from the designs of `coverage`, where it stands in for what no single
    run can see.
    """

    name = "nulls"

    def tasks(self, quick: bool) -> Sequence[Task]:
        return [
            Task(self.name, kind, seed, {"world": WORLD, "run": RUN})
            for kind, worlds in CASES["quick" if quick else "full"].items()
            for seed in range(FIRST_SEED, FIRST_SEED + worlds)
        ]

    def play(self, task: Task) -> Result:
        compared = _clean(task) if task.case == "clean" else _noise(task)
        stream = task.settings["run"]["stream"]
        return _peeked(compared, round(stream["warmup"] * stream["window"]["count"]))

    def figures(self, results: Mapping[str, Result], quick: bool) -> Sequence[Figure]:
        target = TARGETS["quick" if quick else "full"]
        found = [_coverage("null_coverage", list(results.values()), target)]
        for kind in KINDS:
            own = [one for key, one in results.items() if key.split("/")[1] == kind]
            found.append(_coverage(f"null_coverage_{kind}", own, target))
        return [*found, *_alarms(list(results.values()))]


def _clean(task: Task) -> list[Cells]:
    settings = {"arms": ["clean"], "preferences": [], "replicates": 2 * REPLICATES}
    with temporary_world(SyntheticSpec(seed=task.seed, **task.settings["world"])) as dataset:
        played = play(
            run_settings(dataset, task.seed, {**task.settings["run"], **settings}), dataset
        )
    return [
        {_place(replicate): cell for (_, replicate), cell in cells.items()}
        for cells in played.windows
    ]


def _noise(task: Task) -> list[Cells]:
    """Return the cells of noise data sets 1 to 3 as one arm and of 4 to 6 as the other."""
    signals = tuple(f"noise_{number}" for number in range(1, 2 * REPLICATES + 1))
    spec = SyntheticSpec(seed=task.seed, signals=signals, **task.settings["world"])
    compared: list[Cells] = []
    with temporary_world(spec) as dataset:
        for replicate in range(REPLICATES):
            pair = {f"leaked_crossfit:{name}": name for name in signals[replicate::REPLICATES]}
            settings = {
                "arms": ["clean", *pair],
                "preferences": [{"name": n, "settings": {"behaviour": n}} for n in pair.values()],
                "replicates": 1,
                "folds": 2,
            }
            seed = REPLICATES * task.seed + replicate  # other folds, weights and batches
            config = run_settings(dataset, seed, {**task.settings["run"], **settings})
            for window, cells in enumerate(play(config, dataset).windows):
                if replicate == 0:
                    compared.append({})
                for side, arm in enumerate(pair):
                    compared[window][_place(REPLICATES * side + replicate)] = cells[arm, 0]
    return compared


def _place(replicate: int) -> tuple[str, int]:
    """Return the arm and replicate that replicate ``replicate`` of 0 to 5 is compared as."""
    return ("leaked:other" if replicate >= REPLICATES else "clean"), replicate % REPLICATES


def _peeked(windows: Sequence[Cells], warmup: int) -> dict[str, Any]:
    """Return the last interval, and the first window after which each interval excluded 0."""
    plan = FamilyPlan(
        arms=("clean", "leaked:other"),
        replicates=REPLICATES,
        warmup=warmup,
        preferences=("other",),
        form="residual",
    )
    family = LisFamily(plan)
    alarms: dict[str, int | None] = {"": None, "anytime_": None}
    score: Mapping[str, Any] = {}
    for window, cells in enumerate(windows):
        family.add(window, cells)
        if window < warmup:
            continue
        (score,) = family.scores()
        for kind, first in alarms.items():
            low, high = score.get(f"{kind}low"), score.get(f"{kind}high")
            if first is None and low is not None and high is not None and not low <= 0 <= high:
                alarms[kind] = window
    return {
        "value": score["value"],
        "low": score["low"],
        "high": score["high"],
        "fixed_alarm": alarms[""],
        "anytime_alarm": alarms["anytime_"],
        "anytime_known": score.get("anytime_low") is not None,
    }


def _coverage(name: str, results: Sequence[Result], target: str) -> Figure:
    known = [one for one in results if one["low"] is not None]
    covered = sum(one["low"] <= 0 <= one["high"] for one in known)
    half = math.fsum(one["high"] - one["low"] for one in known) / 2 / max(len(known), 1)
    detail = f"{covered} of {len(known)} worlds; mean half-width {half:.4f}"
    return proportion(name, covered, len(known), target, detail)


def _alarms(results: Sequence[Result]) -> list[Figure]:
    known = [one for one in results if one["anytime_known"]]
    false = sum(one["anytime_alarm"] is not None for one in known)
    naive = sum(one["fixed_alarm"] is not None for one in results)
    words = f"of {len(results)} streams, looked at after each of 12 windows"
    return [
        proportion("anytime_false_alarm", false, len(known), "<= 0.05", f"{false} {words}"),
        proportion("fixed_time_false_alarm", naive, len(results), "", f"{naive} {words}"),
    ]
