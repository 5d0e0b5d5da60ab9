"""Fed a run's scores, ``score`` finds the run's numbers: all of them, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.scoring.api import score_file
from lis_sim.training.api import Run
from tests.unit.scoring.conftest import ARMS, Played
from tests.unit.training.worlds import WINDOWS

OF_A_RUN: dict[str, Any] = {"logits": True, "horizon": "all", "form": "residual", "folds": 2}
SAME = (
    *("events", "windows", "warmup_windows", "windows_undefined", "replicates", "folds", "horizon"),
    *("form", "minimum_effect", "label_rate", "arms", "scores", "verdicts"),
)


def check_same(scored: Run, run: Run) -> None:
    for key in SAME:
        assert scored.summary[key] == run.summary[key], key
    ours, theirs = list(scored.records()), list(run.records())
    assert len(ours) == len(theirs) == run.summary["windows"]
    for one, other in zip(ours, theirs, strict=True):
        # A file has no features to measure; all else is there.
        drift = [event for event in other["drift"] if event["kind"] != "measure"]
        assert one == other | {"measures": [], "drift": drift}


@pytest.mark.parametrize("row_group_rows", [None, 97], ids=["one row group", "many row groups"])
def test_preference_data_in_several_replicates(
    row_group_rows: int | None, played: Played, tmp_path: Path
) -> None:
    path = played.written(tmp_path / "scores.parquet", row_group_rows)
    stream = {"window": {"count": WINDOWS}}
    scored = score_file(path, out=tmp_path / "scored", stream=stream, **OF_A_RUN)
    check_same(scored, played.run)
    found = scored.summary
    assert {one["slice"] for one in found["scores"]} == {"all", "cold", "warm"}
    assert found["scores"][0]["standard_error_items"] is not None
    assert found["scores"][0]["standard_error_training"] is not None


def test_a_representation_with_a_cut(played_aligned: Played, tmp_path: Path) -> None:
    path = played_aligned.written(tmp_path / "scores.parquet")
    (cut,) = {one["trained_until"] for one in played_aligned.run.summary["scores"]} - {None}
    scored = score_file(
        path,
        out=tmp_path / "scored",
        stream={"window": {"duration": "2d"}},
        trained_until={"content": cut},
        **OF_A_RUN,
    )
    check_same(scored, played_aligned.run)
    found = scored.summary
    assert [one["arm"] for one in found["arms"] if one["slice"] == "all"] == ["clean", *ARMS]
    windows = {one["score"]: one["windows"] for one in found["scores"] if one["slice"] == "all"}
    assert windows["ais"] < windows["lis_crossfit"]
    assert "realised" in windows


def test_scores_that_are_no_logits_have_no_log_loss(played: Played, tmp_path: Path) -> None:
    path = played.written(tmp_path / "scores.parquet")
    settings = OF_A_RUN | {"logits": False, "stream": {"window": {"count": WINDOWS}}}
    scored = score_file(path, out=tmp_path / "scored", **settings)
    for key in ("scores", "verdicts"):
        assert scored.summary[key] == played.run.summary[key]
    nothing = {"log_loss": None, "calibration": None}
    for one, other in zip(scored.summary["arms"], played.run.summary["arms"], strict=True):
        pooled = {"auc_pooled": None} if "auc_pooled" in other else {}
        assert one == other | nothing | pooled
    for record in scored.records():
        assert {arm["log_loss"] for arm in record["arms"]} == {None}
        assert {arm["cumulative"]["log_loss"] for arm in record["arms"]} == {None}
        assert "calibration" not in {one["series"] for one in record["series"]}
