"""A search through Ray Tune: killed, interrupted and failing, it comes to the same end."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.search.ledger import TrialRecord, read_ledger
from tests.slow.commands import Command, end_session, kill_driver, until
from tests.unit.search.simulated import outcome
from tests.unit.training.worlds import settings

pytestmark = [pytest.mark.slow, pytest.mark.ray]
DRAW = "preferences.own.settings.draw"
STREAM = {"window": {"count": 14}, "step_events": 400, "cold_support": 5, "warmup": 0.2}


@pytest.fixture
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="t"))
    yield folder
    shutil.rmtree(folder)


def searching(world: Dataset, folder: Path, temporary: Path, fails: Path, **search: Any) -> Command:
    """Return a search of five draws of preference data, the second of which may fail."""
    own = {"draw": 0, "dimensions": 4, "fails_with": str(fails)}
    kind = "tests.unit.search.sometimes:build"
    group = {
        "space": {DRAW: {"choice": [1, 2, 3, 4, 5]}},
        "objective": "lis_crossfit",
        "algorithm": "grid",
        "stopping": {"kind": "halving", "first": 1, "reduction": 2},
        "concurrent": 2,
    }
    run = settings(
        world,
        stream=STREAM,
        preferences=[{"name": "own", "kind": kind, "settings": own}],
        monitoring={"enabled": False},
        drift={"enabled": False},
        replicates=1,
    )
    folder.mkdir()
    return Command(folder, run | {"search": group | search}, temporary, "tune")


def ledger(command: Command) -> list[TrialRecord]:
    return read_ledger(command.out / "trials.jsonl")


def lines(command: Command) -> int:
    path = command.out / "trials.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def ends(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, told = process.communicate(timeout=600)
    return process.returncode, out, told


def begun(command: Command, count: int) -> subprocess.Popen[str]:
    """Start the search and wait until its ledger has ``count`` lines."""
    process = command.start()
    until(lambda: lines(command) >= count or process.poll() is not None, patience=300.0)
    assert process.poll() is None, process.communicate()[1]
    return process


def test_killed_interrupted_and_failing_it_comes_to_the_same_end(
    world: Dataset, tmp_path: Path, temporary: Path
) -> None:
    fails = tmp_path / "fails"
    fails.touch()
    whole = searching(world, tmp_path / "whole", temporary, fails)
    code, out, told = ends(whole.start("--json"))
    assert code == 0, told
    assert json.loads(out)["trials"]["failed"] == 1
    expected = ledger(whole)
    assert [one.status for one in expected[:2]] == ["finished", "failed"]
    assert expected[1].error is not None
    assert "no vectors today" in expected[1].error

    broken = searching(world, tmp_path / "broken", temporary, fails)
    process = begun(broken, 8)
    kill_driver(process)
    ended = {one.trial: one for one in ledger(broken) if one.ended}
    process = begun(broken, lines(broken) + 4)
    process.send_signal(signal.SIGINT)
    code, _, told = ends(process)
    end_session(process)
    assert (code, "the same command goes on" in told) == (130, True), told
    code, _, told = ends(broken.start("--json", "--set", "search.concurrent=1"))
    assert code == 0, told
    assert outcome(ledger(broken)) == outcome(expected)
    assert ledger(broken)[0] == ended.get(0, ledger(broken)[0])
    assert list(temporary.glob("lis-ray-*")) == []


def test_a_config_that_makes_no_run_ends_the_search_at_once(
    world: Dataset, tmp_path: Path, temporary: Path
) -> None:
    """The config as written has the draw that fails, and no other is played to its end."""
    fails = tmp_path / "fails"
    fails.touch()
    command = searching(world, tmp_path / "s", temporary, fails)
    command.settings["preferences"][0]["settings"]["draw"] = 1
    code, _, told = ends(command.start())
    assert code == 1, told
    assert "makes no run" in told
    assert "UnfitError: draw 1: no vectors today" in " ".join(told.split())
    baseline, *others = ledger(command)
    assert baseline.status == "failed"
    assert {one.status for one in others} <= {"running"}
