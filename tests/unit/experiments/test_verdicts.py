"""The worlds of known answers are built as they say, and their verdicts are counted right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lis_sim.data.synthetic import SyntheticSpec, make_world
from lis_sim.experiments.part import Task
from lis_sim.experiments.playing import temporary_world
from lis_sim.experiments.tables import (
    add_table,
    carried_over,
    noise_table,
    tables_of,
    truth_table,
    world_items,
)
from lis_sim.experiments.verdicts import CASES, KINDS, MINIMUM_EFFECT, VerdictPart
from lis_sim.preference import PreferenceSpec

SPEC = SyntheticSpec(events=400, users=25, items=20, seed=3, signals=("noise",))
PART = VerdictPart()


def tiny(task: Task) -> Task:
    world = task.settings["world"] | {"events": 200, "users": 20, "items": 15}
    run = task.settings["run"] | {
        "folds": 2,
        "replicates": 2,
        "stream": {"window": {"count": 2}, "step_events": 100},
    }
    return replace(task, settings={"world": world, "run": run})


@pytest.mark.parametrize("case", CASES)
def test_a_tiny_world_of_every_case_has_a_verdict(case: str) -> None:
    task = tiny(next(task for task in PART.tasks(True) if task.case == case))
    result = PART.play(task)
    with_table = CASES[case].table != "none"
    assert len(result["evidence"]) == (3 if with_table else 1)


def test_a_task_always_gives_the_same_result() -> None:
    task = tiny(next(task for task in PART.tasks(True) if task.case == "few_events_table"))
    assert PART.play(task) == PART.play(task)


def test_there_are_enough_worlds_and_no_two_cases_share_one() -> None:
    for quick, least in ((True, 8), (False, 40)):
        tasks = PART.tasks(quick)
        assert len({task.seed for task in tasks}) == len(tasks)
        kinds = [CASES[task.case].kind for task in tasks]
        assert all(kinds.count(kind) >= least for kind in KINDS)


def results(wrong: dict[str, str]) -> dict[str, Any]:
    """Return right verdicts for every world of the quick study but the first of some cases."""
    found: dict[str, Any] = {}
    for task in PART.tasks(True):
        first = not any(key.startswith(f"verdicts/{task.case}/") for key in found)
        verdict = wrong.get(task.case) if first else None
        found[task.key] = {"verdict": verdict or CASES[task.case].right, "evidence": {}}
    return found


def test_figures_count_right_answers_and_claims_on_noise() -> None:
    wrong = {"bad_table": "ship", "both_good": "inconclusive", "few_events_noise": "ship"}
    found = {figure.name: figure for figure in PART.figures(results(wrong), True)}
    assert found["verdict_right"].value == 38 / 40
    assert found["verdict_right"].met
    assert found["verdict_right_both_good"].value == 7 / 8
    assert found["verdict_right_both_good"].detail == "7 of 8; wrong: 1 inconclusive"
    assert found["verdict_right_bad_data"].value == 1.0
    noisy = sum(one.worlds[0] for one in CASES.values() if "noise" in (one.data, one.table))
    assert found["ship_on_noise"].value == 2 / noisy
    assert found["ship_on_noise"].met is False
    assert found["exceeded_on_noise"].value == 0.0


def test_nothing_claimed_on_noise_meets_the_target() -> None:
    found = {figure.name: figure for figure in PART.figures(results({}), True)}
    assert found["ship_on_noise"].value == 0.0
    assert found["ship_on_noise"].met


def test_every_world_is_judged_at_the_documented_minimum_effect() -> None:
    assert {task.settings["run"]["minimum_effect"] for task in PART.tasks(False)} == {
        MINIMUM_EFFECT
    }
    assert str(MINIMUM_EFFECT) in str(VerdictPart.__doc__)


def test_the_truth_table_holds_each_items_own_factors() -> None:
    factors = make_world(SPEC).factors
    with temporary_world(SPEC) as log:
        table = truth_table("truth", SPEC, log)
        original = [int(str(one)[1:]) for one in log.vocab("item").to_pylist()]
        np.testing.assert_allclose(table.vectors, factors[original], rtol=1e-6)
        noise = noise_table("noise", log, 3)
        assert table.trained_until_us == noise.trained_until_us == log.start_us - 1


def test_vectors_of_other_users_keep_their_items() -> None:
    others = replace(SPEC, population_seed=8, events=300)
    with temporary_world(SPEC) as log, temporary_world(others) as origin:
        table = tables_of(origin, [PreferenceSpec("model")])["model"]
        carried = carried_over(table, origin, log, 7)
        assert carried.trained_until_us == 7
        assert np.all(np.diff(carried.item) > 0)
        by_world = dict(zip(world_items(origin)[table.item], table.vectors, strict=True))
        for item, vector in zip(world_items(log)[carried.item], carried.vectors, strict=True):
            np.testing.assert_array_equal(vector, by_world[item])
        add_table(log, carried)
        np.testing.assert_array_equal(log.representation("model").vectors, carried.vectors)


def test_vectors_of_a_log_are_stamped_with_its_end_and_leave_unseen_items_out() -> None:
    with temporary_world(SPEC) as log:
        sets = [PreferenceSpec("all"), PreferenceSpec("early", settings={"until": 0.2})]
        tables = tables_of(log, sets)
        assert {table.trained_until_us for table in tables.values()} == {log.end_us}
        assert 0 < len(tables["early"].item) < len(tables["all"].item)
