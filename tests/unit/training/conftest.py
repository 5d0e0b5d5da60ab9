"""One tiny world and one finished run of it, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.training.api import Run
from tests.unit.training import worlds


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return worlds.make_world(tmp_path_factory.mktemp("worlds") / "tiny")


@pytest.fixture(scope="session")
def finished(world: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the undisturbed run that others are compared with; nobody may change it."""
    return worlds.run(world, tmp_path_factory.mktemp("finished") / "tiny")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / "cache"))
