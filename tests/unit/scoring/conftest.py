"""Two small runs played once, with the scores that their cells gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.representations import write_table
from lis_sim.training.api import Run, prepare
from tests.unit.scoring.captured import Captured, write
from tests.unit.training import worlds

ARMS = ("leaked_crossfit:co_click", "placebo:co_click", "aligned:content", "placebo:content")


@dataclass(frozen=True)
class Played:
    run: Run
    table: pa.Table

    def written(self, path: Path, row_group_rows: int | None = None) -> Path:
        return write(self.table, path, row_group_rows)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return a run of preference data alone, two replicates, equal-count windows."""
    return _played(tmp_path_factory, lambda world: None)


@pytest.fixture(scope="session")
def played_aligned(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return a run with a representation that was trained on the first half of its log.

    Windows of a day, one replicate.
    """
    return _played(
        tmp_path_factory,
        _cut_in_the_middle,
        representations=["content"],
        arms=["clean", *ARMS],
        replicates=1,
        stream={"window": {"duration": "2d"}, "step_events": 200, "cold_support": 5},
    )


def _played(
    factory: pytest.TempPathFactory, change: Callable[[Dataset], object], **settings: Any
) -> Played:
    folder = factory.mktemp("played")
    world = worlds.make_world(folder / "world")
    change(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIS_SIM_CACHE", str(folder / "cache"))
        prepared = prepare(worlds.config(world, **settings), folder / "run")
        return Played(*Captured(patch).play(prepared))


def _cut_in_the_middle(world: Dataset) -> None:
    table = world.representation("content")
    cut_us = (world.start_us + world.end_us) // 2
    path = world.path / "representations" / "content.parquet"
    path.unlink()
    write_table(path, replace(table, trained_until_us=cut_us))
