"""What reaches an arm, and what must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.types import RepresentationTable
from tests.unit.training.worlds import (
    WINDOWS,
    Columns,
    changed_world,
    plan_of,
    played,
    run,
    same_arrays,
)

FORMS = ("residual", "joint")


@pytest.mark.parametrize("form", FORMS)
def test_the_future_reaches_neither_clean_nor_causal(
    world: Dataset, tmp_path: Path, form: str
) -> None:
    """Garbled from window 3 on: the windows before it are the same, to the last bit."""
    plan = plan_of(world, form=form)
    from_row = plan.windows[3].start_row

    def garble(columns: Columns) -> None:
        random = np.random.Generator(np.random.Philox(key=5))
        for name in ("user", "item", "label", "category", "device", "surface"):
            columns[name][from_row:] = random.permutation(columns[name][from_row:])
        columns["label"][from_row:] = 1 - columns["label"][from_row:]

    garbled = changed_world(world, tmp_path / "garbled", garble)
    before, after = played(plan, windows=3), played(plan_of(garbled, form=form), windows=3)
    for true, other in zip(before, after, strict=True):
        for key in true:
            if key[0] in ("clean", "causal:co_click"):
                assert same_arrays(true[key], other[key]), key
    leaked = ("leaked:co_click", 0)
    assert not same_arrays(before[2][leaked], after[2][leaked])  # the garbling is to be seen


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_representation_scores_exactly_zero(
    world: Dataset, tmp_path: Path, form: str
) -> None:
    same = changed_world(world, tmp_path / "world", lambda columns: None)
    items = np.arange(world.schema.items, dtype=np.int32)
    nothing = RepresentationTable("nothing", items, np.zeros((len(items), 6), np.float32))
    write_table(same.path / "representations" / "nothing.parquet", nothing)
    found = run(
        same, tmp_path / "run", form=form, preferences=[], representations=["nothing"]
    ).summary
    ais = {s["slice"]: s["value"] for s in found["scores"] if s["score"] == "ais"}
    assert ais == {"all": 0.0, "cold": 0.0, "warm": 0.0}
    aucs = {a["arm"]: a["auc"]["value"] for a in found["arms"] if a["slice"] == "all"}
    assert aucs["aligned:nothing"] == aucs["clean"] != 0.5


@pytest.mark.parametrize("form", FORMS)
def test_arms_are_equal_before_learning(world: Dataset, form: str) -> None:
    """Each window is one step, so the first window is scored before anything was learned."""
    stream = {"window": {"count": WINDOWS}, "step_events": 2400, "cold_support": 5}
    first, second = played(plan_of(world, form=form, stream=stream), windows=2)
    for replicate in (0, 1):
        arms = [key for key in first if key[1] == replicate]
        assert len(arms) == 5
        assert all(same_arrays(first[arm], first["clean", replicate]) for arm in arms)
        assert not same_arrays(second["leaked:co_click", replicate], second["clean", replicate])


def test_lis_grows_with_a_planted_leak(world: Dataset, tmp_path: Path) -> None:
    """A share of the events shows an item that lives shortly and only ever gets one label."""
    names = world.schema.items

    def lis(share: float) -> float:
        def plant(columns: Columns) -> None:
            random = np.random.Generator(np.random.Philox(key=7))
            rows = np.flatnonzero(random.random(len(columns["item"])) < share)
            columns["item"] %= names // 5  # the others are free for the plants
            plants = np.arange(names // 5, names)
            each = len(plants) // 2
            short = plants[: 2 * each : 2][rows * each // len(columns["item"])]
            columns["item"][rows] = short + columns["label"][rows].astype(np.int32)

        planted = changed_world(world, tmp_path / f"planted-{share}", plant)
        arms = ["clean", "leaked:co_click"]
        found = run(planted, tmp_path / f"run-{share}", arms=arms).summary["scores"]
        return float(next(s["value"] for s in found if s["score"] == "lis" and s["slice"] == "all"))

    found = [lis(share) for share in (0.0, 0.3, 0.6)]
    assert found[0] < found[1] < found[2]
    assert found[2] > found[0] + 0.02
