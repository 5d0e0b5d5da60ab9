"""One tiny world played once, with the scores that its cells gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from lis_sim.training.api import Run, prepare
from tests.unit.scoring.captured import Captured
from tests.unit.training import worlds


@dataclass(frozen=True)
class Played:
    run: Run
    table: pa.Table
    replicates: int


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played")
    world = worlds.make_world(folder / "world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIS_SIM_CACHE", str(folder / "cache"))
        prepared = prepare(worlds.config(world), folder / "run")
        run, table = Captured(patch).play(prepared)
    return Played(run, table, prepared.plan.config.replicates)


@pytest.fixture
def scores(played: Played, tmp_path: Path) -> Path:
    """Return the scores of the world's run as a file."""
    from tests.unit.scoring.captured import write

    return write(played.table, tmp_path / "scores.parquet")
