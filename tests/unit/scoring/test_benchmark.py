"""What the benchmark of ``lis-sim score`` measures is what it says."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.score_file import ScoreLogSpec, write_score_log
from benchmarks.score_file_part import measure


def test_all_rows_are_scored_in_five_arms(tmp_path: Path) -> None:
    spec = ScoreLogSpec(rows=3_000, users=50, items=20, group_rows=700)
    path = write_score_log(spec, tmp_path / "scores.parquet")
    assert pq.read_metadata(path).num_row_groups == 5
    found = measure(str(path), str(tmp_path / "run"), window_events=500)
    assert found["events"] == 3_000
    assert found["core_seconds"] > 0.0
    assert (tmp_path / "run" / "windows.jsonl").read_text().count('"arm": "placebo:likes"') >= 6
