"""A run that reads decoded copies is the run that reads Parquet."""

from __future__ import annotations

from pathlib import Path

import pytest

from lis_sim.data import decode
from lis_sim.data.dataset import Dataset
from lis_sim.training.api import Run, execute, prepare
from tests.unit.training.worlds import config, history


def test_a_run_over_decoded_copies_gives_the_same_bytes(
    world: Dataset, finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"source": str(world.path), "decoded": True, "cache": str(tmp_path / "cache")}
    prepared = prepare(config(world, data=data), tmp_path / "run")
    assert prepared.identity == prepare(config(world)).identity
    assert prepared.plan.log.copies == tmp_path / "cache" / "decoded"
    # Planning has made the copies: no Parquet is read after it.
    monkeypatch.setattr(decode, "_read", None)
    assert history(execute(prepared)) == history(finished)
