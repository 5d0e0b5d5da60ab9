"""Wall times lie in ``timings.jsonl`` alone; all else ends in the same bytes after any kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.errors import RunError
from lis_sim.training.api import Run, execute, prepare
from lis_sim.training.folder import RunFolder, timed
from tests.unit.training.worlds import config, run

CLEAN: dict[str, Any] = {"arms": ["clean"], "replicates": 1, "preferences": []}
SUMMARY = {"schema": 1, "engine": "local", "windows": 2, "arms": []}


class KilledError(Exception):
    """Stands for the end of the process."""


def test_killed_before_its_summary_a_run_ends_with_the_same_bytes(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed before: no engine was left to say how many workers there were, and on what."""
    whole = run(world, tmp_path / "whole" / "run", **CLEAN)
    out = tmp_path / "killed" / "run"

    def killed(folder: RunFolder, summary: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_summary", killed)
        with pytest.raises(KilledError):
            run(world, out, **CLEAN)
    again = execute(prepare(config(world, **CLEAN), out))
    assert (again.summary["workers"], again.summary["device"]) == (1, "cpu")
    for name in ("summary.json", "engine.json", "windows.jsonl", "config.yaml", "run.json"):
        assert (out / name).read_bytes() == (whole.folder / name).read_bytes()


def times(folder: Path, *seconds: float) -> None:
    lines = (json.dumps({"window": k, "seconds": one}) for k, one in enumerate(seconds))
    (folder / "timings.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_seconds_are_those_of_the_windows_that_count(tmp_path: Path) -> None:
    times(tmp_path, 0.25, 0.5)
    found = timed(tmp_path, SUMMARY)
    assert list(found) == ["schema", "engine", "seconds", "windows", "arms"]
    assert found["seconds"] == 0.75
    assert timed(tmp_path, SUMMARY | {"seconds": 9.0})["seconds"] == 9.0  # of an earlier version


@pytest.mark.parametrize("seconds", [(), (0.5,), (0.5, 0.5, 0.5)])
def test_without_all_windows_there_are_no_seconds(
    tmp_path: Path, seconds: tuple[float, ...]
) -> None:
    times(tmp_path, *seconds)
    assert timed(tmp_path, SUMMARY)["seconds"] is None
    (tmp_path / "timings.jsonl").unlink()
    assert timed(tmp_path, SUMMARY)["seconds"] is None


def test_a_broken_line_of_times_is_told(tmp_path: Path) -> None:
    times(tmp_path, 0.5, 0.5)
    with (tmp_path / "timings.jsonl").open("a") as file:
        file.write('{"window": 2, "seconds": "long"}\n')
    with pytest.raises(RunError, match=r"timings\.jsonl, line 3"):
        timed(tmp_path, SUMMARY)


def test_a_run_that_is_opened_has_its_seconds(world: Dataset, tmp_path: Path) -> None:
    found = run(world, tmp_path / "run", **CLEAN)
    lines = (tmp_path / "run" / "timings.jsonl").read_text().splitlines()
    assert found.summary["seconds"] == sum(json.loads(line)["seconds"] for line in lines) > 0
    assert Run.open(tmp_path / "run").summary == found.summary
