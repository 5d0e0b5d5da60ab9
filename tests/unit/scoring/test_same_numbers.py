"""Fed a run's scores, ``score`` finds the run's numbers: all of them, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.scoring.api import score_file
from lis_sim.training.api import Run
from tests.unit.scoring.captured import write
from tests.unit.scoring.conftest import Played
from tests.unit.training.worlds import WINDOWS

OF_A_RUN: dict[str, Any] = {
    "stream": {"window": {"count": WINDOWS}},
    "logits": True,
    "horizon": "all",
    "form": "residual",
    "folds": 2,
}


@pytest.fixture(params=[None, 97], ids=["one row group", "many row groups"])
def scored(request: pytest.FixtureRequest, played: Played, tmp_path: Path) -> Run:
    path = write(played.table, tmp_path / "scores.parquet", request.param)
    return score_file(path, out=tmp_path / "scored", **OF_A_RUN)


def test_the_summary_is_that_of_the_run(scored: Run, played: Played) -> None:
    for key in ("arms", "scores", "verdicts"):
        assert scored.summary[key] == played.run.summary[key], key
    same = ("events", "windows", "warmup_windows", "windows_undefined", "replicates", "folds")
    for key in (*same, "horizon", "form", "minimum_effect", "label_rate"):
        assert scored.summary[key] == played.run.summary[key], key
    assert len(scored.summary["scores"]) > 10


def test_every_window_is_that_of_the_run(scored: Run, played: Played) -> None:
    ours, theirs = scored.windows(), played.run.windows()
    assert len(ours) == len(theirs) == WINDOWS
    for one, other in zip(ours, theirs, strict=True):
        # A file has no features to measure; all else is there.
        assert one == other | {"measures": []}
