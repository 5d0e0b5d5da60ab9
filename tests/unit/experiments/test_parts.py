"""The parts: their tasks, tiny worlds played through them, and figures of made-up results."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.experiments.catalogue import PARTS
from lis_sim.experiments.coverage import CoveragePart
from lis_sim.experiments.designs import DESIGNS
from lis_sim.experiments.nulls import NullPart
from lis_sim.experiments.part import Part, Task
from lis_sim.experiments.placebo import PlaceboPart
from lis_sim.experiments.power import PowerPart, power_figures
from lis_sim.experiments.scheduling import play_one

WINDOWS = 4
TINY_WORLD = {"users": 40, "items": 30}
OWN = (NullPart(), CoveragePart(), PlaceboPart(), PowerPart())


def tiny(task: Task) -> Task:
    """Return ``task`` in a world that plays in a fraction of a second."""
    stream = {"window": {"count": WINDOWS}, "step_events": 100, "warmup": 0.25}
    run = {**task.settings["run"], "folds": 2, "stream": stream, "policy": {"name": "popularity"}}
    world = {**task.settings["world"], **TINY_WORLD, "events": 100 * WINDOWS}
    return replace(task, settings={"world": world, "run": run})


@pytest.mark.parametrize("part", PARTS, ids=lambda part: str(part.name))
@pytest.mark.parametrize("quick", [True, False])
def test_tasks_are_told_apart_and_use_reported_seeds(part: Part, quick: bool) -> None:
    tasks = part.tasks(quick)
    assert len({task.key for task in tasks}) == len(tasks) > 0
    assert {task.part for task in tasks} == {part.name}
    assert min(task.seed for task in tasks) >= 100
    json.dumps([dict(task.settings) for task in tasks])


@pytest.mark.parametrize("part", PARTS, ids=lambda part: str(part.name))
def test_no_results_give_undefined_figures(part: Part) -> None:
    figures = part.figures({}, quick=False)
    assert figures
    assert all(figure.value is None for figure in figures)


def test_issue_asks_for_these_figures() -> None:
    names = {figure.name for part in OWN for figure in part.figures({}, quick=False)}
    asked = {"null_coverage", "anytime_false_alarm", "anytime_power", "placebo_cost"}
    assert asked | {f"coverage_{design}" for design in DESIGNS} <= names


@pytest.mark.parametrize("part", OWN, ids=lambda part: part.name)
def test_a_tiny_world_plays_and_plays_the_same_again(part: Part) -> None:
    for case in dict.fromkeys(task.case for task in part.tasks(True)):
        task = tiny(next(task for task in part.tasks(True) if task.case == case))
        first, again = play_one(part, task), play_one(part, task)
        assert first.error is None
        assert first.result == again.result
        assert part.figures({task.key: first.result or {}}, True)
        if part.name == "coverage":
            break  # the designs differ in numbers only


def test_enough_worlds() -> None:
    assert len(NullPart().tasks(True)) >= 200
    assert len(NullPart().tasks(False)) >= 1000
    assert len(PlaceboPart().tasks(True)) >= 20


@pytest.mark.parametrize(("error", "expected"), [(1.0, 0.95), (0.5, 1.0), (2.0, 0.67)])
def test_coverage_of_intervals_of_known_width(error: float, expected: float) -> None:
    """Draws with spread 1 and half-width 1.96 / error about a truth of each catalogue's own."""
    random = np.random.default_rng(0)
    results: dict[str, Any] = {}
    for catalogue in range(10):
        for draw in range(80):
            value = 100.0 * catalogue + random.standard_normal()
            interval = [value, value - 1.96 / error, value + 1.96 / error]
            results[f"coverage/cold_start/{1000 * catalogue + draw}"] = {"lis_crossfit": interval}
    found = {f.name: f for f in CoveragePart().figures(results, False)}["coverage_cold_start"]
    assert found.value == pytest.approx(expected, abs=0.03)


def test_undefined_intervals_are_left_out_of_coverage() -> None:
    results = {
        f"coverage/cold_start/{seed}": {"lis_crossfit": [0.0, low, 1.0]}
        for seed, low in enumerate([-1.0, None, -1.0])
    }
    found = {f.name: f for f in CoveragePart().figures(results, False)}["coverage_cold_start"]
    assert "2 of 2 draws" in found.detail


def null_result(low: float, high: float, alarm: int | None) -> dict[str, Any]:
    return {
        "value": 0.0,
        "low": low,
        "high": high,
        "fixed_alarm": alarm,
        "anytime_alarm": alarm,
        "anytime_known": True,
    }


def test_null_figures_count_worlds_by_kind() -> None:
    results = {
        "nulls/clean/100": null_result(-1.0, 1.0, None),
        "nulls/clean/101": null_result(0.5, 1.0, 7),
        "nulls/noise/100": null_result(-2.0, 2.0, None),
        "nulls/noise/101": null_result(-1.0, 1.0, None),
    }
    found = {figure.name: figure.value for figure in NullPart().figures(results, False)}
    assert found["null_coverage"] == 0.75
    assert found["null_coverage_clean"] == 0.5
    assert found["null_coverage_noise"] == 1.0
    assert found["anytime_false_alarm"] == 0.25


def stream(fixed_from: int, anytime_from: int, windows: int = 10) -> dict[str, Any]:
    return {
        "events": [100 * (window + 1) for window in range(windows)],
        "value": [0.003] * windows,
        "fixed": [window >= fixed_from for window in range(windows)],
        "anytime": [window >= anytime_from for window in range(windows)],
    }


def test_power_counts_detections_by_twice_the_events() -> None:
    """The fixed test detects 4 of 5 at window 3 (400 events): 800 events are window 7."""
    results = [stream(3, 7), stream(3, 4), stream(3, 8), stream(2, 2), stream(9, 9)]
    power, truth = power_figures([results])
    assert power.value == pytest.approx(3 / 5)
    assert power.detail == "3 of 5 by 800 events, fixed needs 400"
    assert truth.value == pytest.approx(0.003)


def test_every_catalogue_has_its_own_time() -> None:
    power, _ = power_figures([[stream(3, 7)], [stream(1, 4)]])
    assert power.value == 0.5  # the second one's time ended at window 3


def test_power_is_undefined_where_the_fixed_test_has_none() -> None:
    (power,) = power_figures([[stream(99, 99), stream(1, 1)]])
    assert (power.value, power.met) == (None, None)
    assert "streams are short" in power.detail


def test_power_says_when_streams_end_too_early() -> None:
    power, _ = power_figures([[stream(8, 9)]])
    assert "end before twice that" in power.detail
