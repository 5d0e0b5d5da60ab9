"""Benchmarks of whole runs, over logs of a few thousand events."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import decoding, two_workers
from benchmarks.alone import PEAK, alone
from benchmarks.import_memory import MEMORY_LIMIT
from benchmarks.memory_ratio import Setting
from benchmarks.raw_log import RawLogSpec, write_raw_log
from benchmarks.scale_cases import Case, measured
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import RunError

pytestmark = pytest.mark.slow


def test_a_case_is_played_in_a_process_of_its_own(tmp_path: Path) -> None:
    case = Case("items", "five arms", 12_000, arms=5, items=500, uniform=True)
    found = measured(case, tmp_path)
    assert (found["x"], found["events"], found["windows"]) == (500, 12_000, 1)
    assert found[PEAK] >= found["start_mib"] > 0
    assert found["cpu_seconds"] > 0
    assert found["stages"]["score"] > 0


def test_a_case_that_fails_is_told(tmp_path: Path) -> None:
    settings = {"log": str(tmp_path / "none"), "arms": ["clean"], "window_events": 10}
    with pytest.raises(RunError, match="ended with exit code 1"):
        alone("benchmarks.scale_case", settings)


def test_a_raw_log_is_imported_whole_and_sorted(tmp_path: Path) -> None:
    spec = RawLogSpec(rows=3_000, users=50, items=40, file_rows=2_000)
    write_raw_log(spec, tmp_path / "raw")
    settings = {"raw": str(tmp_path / "raw"), "out": str(tmp_path / "log")}
    size = {"rows": 3_000, "users": 50, "items": 40, "file_rows": 2_000}
    found = alone("benchmarks.import_log_part", {**settings, "memory_limit": MEMORY_LIMIT, **size})
    assert found["rows"] == 3_000
    assert found[PEAK] > 0
    log = Dataset.open(tmp_path / "log")
    assert any("earlier than the row before" in one for one in log.record.blemishes)


def test_memory_is_compared_between_two_lengths() -> None:
    setting = Setting("ratio", 50, 64, 6_000, "<= 1.2", short=3_000, items=40, window_events=3_000)
    figure = setting.figure()
    assert figure.value is not None
    assert 0.5 < figure.value < 2.0
    assert "6,000 events" in figure.detail
    assert "3,000" in figure.detail


def test_reading_is_measured_three_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "EVENTS", 3_000)
    monkeypatch.setattr(decoding, "PAIRS", 1)
    found = {figure.name: figure.value for figure in decoding.figures()}
    assert len(found) == 6
    assert all(value is not None and value > 0 for value in found.values())


def test_users_over_two_workers_are_scored_as_by_one(tmp_path: Path) -> None:
    log = str(
        write_synthetic(SyntheticSpec(events=20_000, users=900, items=300), tmp_path / "log").path
    )
    one, two = (two_workers.played(log, shards, 2_000) for shards in (1, 2))
    assert two.auc == pytest.approx(one.auc, abs=1e-3)
    assert one.seconds > 0 < two.seconds
    assert all(two_workers.bare_seconds(log, size, 2_000) > 0 for size in (1, 2))
