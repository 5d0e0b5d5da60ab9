"""Other bytes in whatever a run reads make another run."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lis_sim.config import RunConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.preferences import PairTable, pairs_path, write_pairs
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.training.identity import run_identity


def config(**preference: object) -> RunConfig:
    return RunConfig.model_validate(
        {"name": "x", "data": {"synthetic": {}}, "preferences": [preference]}
    )


def world(folder: Path) -> Dataset:
    return write_synthetic(SyntheticSpec(events=300, users=20, items=10), folder)


def test_other_pairs_make_another_run(tmp_path: Path) -> None:
    dataset = world(tmp_path / "world")
    ends = np.array([0], np.int32), np.array([1], np.int32)
    mine = config(name="mine", kind="pairs", settings={"pairs": "p"})
    found = []
    for weight in (1.0, 2.0, 1.0):
        pairs = PairTable("p", *ends, np.array([weight]), trained_until_us=5)
        write_pairs(pairs_path(dataset.path, "p"), pairs)
        found.append(run_identity(mine, dataset))
    assert found[0] == found[2] != found[1]


def test_another_builder_of_ones_own_makes_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world(tmp_path / "world")
    module = tmp_path / "my_identity_module.py"
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for text in ("def build(): ...\n", "def build(): return\n"):
        module.write_text(text)
        sys.modules.pop(module.stem, None)
        own = config(name="own", kind="my_identity_module:build", settings={"dimensions": 2})
        found.append(run_identity(own, dataset))
    sys.modules.pop(module.stem)
    assert found[0] != found[1]
