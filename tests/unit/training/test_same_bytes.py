"""Same seed, same bytes, however the run is cut up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.training.api import Run
from lis_sim.training.cluster.ranks import share
from tests.unit.training.worlds import history, plan_of, played, run, same_arrays


def test_same_seed_same_bytes(world: Dataset, finished: Run, tmp_path: Path) -> None:
    again = run(world, tmp_path / "again")
    assert history(again) == history(finished)
    timeless = {k: v for k, v in finished.summary.items() if k not in ("run", "seconds")}
    assert {k: again.summary[k] for k in timeless} == timeless


def test_another_seed_gives_other_bytes(world: Dataset, finished: Run, tmp_path: Path) -> None:
    assert history(run(world, tmp_path / "other", seed=1)) != history(finished)


@pytest.mark.parametrize("form", ["residual", "joint"])
def test_cells_spread_over_two_loops_are_the_cells_of_one(world: Dataset, form: str) -> None:
    plan = plan_of(world, form=form)
    together = played(plan, windows=3)
    halves = [played(plan, share(plan.cells, rank, 2), windows=3) for rank in (0, 1)]
    for window, cells in enumerate(together):
        apart: dict[Any, Any] = halves[0][window] | halves[1][window]
        assert apart.keys() == cells.keys()
        assert all(same_arrays(apart[key], cells[key]) for key in cells)
