"""A tiny world, the bytes its run must give, and commands that leave nothing behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from tests.slow.commands import Command
from tests.unit.training.worlds import history, run, settings

WINDOWS = 16
STREAM = {"window": {"count": WINDOWS}, "step_events": 200, "cold_support": 5}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    spec = SyntheticSpec(events=16_000, users=150, items=100, seed=1)
    return write_synthetic(spec, tmp_path_factory.mktemp("slow") / "world")


@pytest.fixture(scope="session")
def undisturbed(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return ``windows.jsonl`` of the local engine, in this process, never interrupted."""
    return history(run(world, tmp_path_factory.mktemp("undisturbed") / "run", stream=STREAM))


@pytest.fixture
def command(world: Dataset, tmp_path: Path) -> Iterator[Callable[..., Command]]:
    temporary = Path(tempfile.mkdtemp(prefix="t"))

    def make(engine: str, **changes: Any) -> Command:
        training = {
            "engine": engine,
            "device": "cpu",
            "checkpoint_windows": 2,
            "checkpoint_share": 1.0,
            "workers": 2,
        }
        return Command(
            tmp_path,
            settings(world, **({"stream": STREAM, "training": training} | changes)),
            temporary,
        )

    yield make
    shutil.rmtree(temporary)
