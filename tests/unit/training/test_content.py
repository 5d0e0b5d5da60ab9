"""Runs whose every arm has raw content, the clean one included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.errors import LisSimError
from lis_sim.training.api import execute, prepare
from lis_sim.training.loop import PrequentialLoop
from lis_sim.training.plan import Cell
from tests.unit.training.test_resume import KilledError, end_at
from tests.unit.training.worlds import (
    changed_record,
    config,
    history,
    plan_of,
    played,
    run,
    same_arrays,
)

CONTENT = {"content": "content", "replicates": 1}


def test_the_clean_arm_knows_more_with_content(world: Dataset, tmp_path: Path) -> None:
    without = run(world, tmp_path / "without", replicates=1, preferences=[])
    with_it = run(world, tmp_path / "with", preferences=[], **CONTENT)
    assert [one.summary["content"] for one in (without, with_it)] == [None, "content"]
    auc = [one.summary["arms"][0]["auc"]["value"] for one in (without, with_it)]
    assert auc[1] > auc[0]


def test_the_clean_arm_is_the_same_wherever_it_is_trained(world: Dataset) -> None:
    plan = plan_of(world, **CONTENT)
    whole = played(plan, windows=4)
    (clean,) = (cell for cell in plan.cells if cell.arm.kind == "clean")
    others: list[Cell] = [cell for cell in plan.cells if cell != clean]
    for alone in ([clean], others):
        for window, cells in enumerate(played(plan, alone, windows=4)):
            assert all(same_arrays(arrays, whole[window][key]) for key, arrays in cells.items())


def test_a_killed_run_goes_on_to_the_same_bytes(world: Dataset, tmp_path: Path) -> None:
    undisturbed = history(run(world, tmp_path / "undisturbed", **CONTENT))
    one = prepare(config(world, **CONTENT), tmp_path / "killed")
    with pytest.MonkeyPatch.context() as patch:
        end_at(patch, PrequentialLoop, "run_window", 4)
        with pytest.raises(KilledError):
            execute(one)
    again = execute(prepare(config(world, **CONTENT), tmp_path / "killed"))
    assert history(again) == undisturbed


def test_other_content_is_another_run(world: Dataset, tmp_path: Path) -> None:
    own = changed_record(world, tmp_path / "world")
    settings = {"preferences": [{"name": "co_click", "settings": {"distil": "text"}}], **CONTENT}
    before = prepare(config(own, **settings), tmp_path / "run").identity
    assert set(before["data"]["representations"]) == {"content", "text"}
    for name in ("content", "text"):
        path = own.path / "representations" / f"{name}.parquet"
        table = own.representation(name)
        write_table(path, replace(table, vectors=2 * table.vectors))
        after = prepare(config(own, **settings), tmp_path / "run").identity
        assert after != before
        before = after


def test_noise_over_content_is_still_the_clean_arm_at_first(world: Dataset) -> None:
    first, second = played(plan_of(world, **CONTENT), windows=2)
    scores = {key: np.asarray(one["all/auc"]) for key, one in first.items() if "all/auc" in one}
    assert len({value.tobytes() for value in scores.values()}) <= 1
    assert not all(same_arrays(one, second["clean", 0]) for one in second.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"form": "joint"}, "form 'joint'; accepted: content with form residual"),
        ({"content": "nothing"}, "nothing"),
    ],
)
def test_content_that_cannot_be_had(world: Dataset, changes: dict[str, str], message: str) -> None:
    with pytest.raises(LisSimError, match=message):
        plan_of(world, **{**CONTENT, **changes})
