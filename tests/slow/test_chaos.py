"""The short form of ``make chaos``: real commands killed at random instants, and at places."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chaos import SETTINGS, WINDOWS
from benchmarks.chaos_case import Case
from benchmarks.chaos_commands import DRIVER
from benchmarks.chaos_kills import disturbed, reference
from benchmarks.chaos_points import try_points
from lis_sim.hashing import generator

pytestmark = pytest.mark.slow


@pytest.fixture
def root() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="c-"))
    yield folder
    shutil.rmtree(folder)


def test_killed_at_random_instants_a_command_ends_with_the_same_bytes(root: Path) -> None:
    training = {
        "engine": "local",
        "device": "cpu",
        "checkpoint_windows": 2,
        "checkpoint_share": 1.0,
    }
    settings = {**SETTINGS, "training": training}
    true = reference(Case(root / "undisturbed", settings, WINDOWS, root / "t0"))
    found = disturbed(
        Case(root / "killed", settings, WINDOWS, root / "t1"),
        true,
        (DRIVER, DRIVER),
        generator(0, "test of chaos"),
    )
    assert (found.broken, found.differing) == ("", [])
    assert found.kills
    assert {"windows.jsonl", "summary.json", "engine.json"} <= true.files.keys()
    assert b"seconds" not in true.files["summary.json"]


def test_killed_at_any_place_a_run_ends_with_the_same_bytes(root: Path) -> None:
    found = try_points(root, every=90, first=17)
    assert found.tried >= 4
    assert found.differing == []
