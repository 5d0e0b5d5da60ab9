"""A search does not see what is reported: labels after its cut change nothing of its trials."""

from __future__ import annotations

from pathlib import Path

import pytest

from lis_sim.data.dataset import Dataset
from lis_sim.search.candidate import Cut, cut_of
from lis_sim.search.folder import SearchFolder
from lis_sim.search.later import run_later
from lis_sim.search.settings import TuneConfig
from tests.unit.search.searched import searched
from tests.unit.search.trials import RANK, SPACE, tune_of
from tests.unit.training import worlds

CANDIDATES = ({RANK: 4, "policy.settings.deviation": 0.05},)


def tune(world: Dataset) -> TuneConfig:
    arms = ["clean", "leaked:co_click", "leaked_crossfit:co_click"]
    search = {"objective": ["lis_crossfit", "lis", "log_loss:clean"], "space": SPACE}
    return tune_of(world, search, arms=arms, horizon="all")


def trials(folder: SearchFolder) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in folder.trials.glob("*/windows.jsonl")}


def relabelled(world: Dataset, out: Path, cut: Cut) -> Dataset:
    """Return the world with every label turned round that comes after the cut."""

    def change(columns: worlds.Columns) -> None:
        columns["label"][cut.events :] = 1 - columns["label"][cut.events :]

    return worlds.changed_world(world, out, change)


def test_labels_after_the_cut_change_no_byte_of_a_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, reported = [], []
    world = worlds.make_world(tmp_path / "world")
    for name in ("as it is", "relabelled"):
        monkeypatch.setenv("LIS_SIM_CACHE", str(tmp_path / f"cache {name}"))  # nothing is shared
        if name == "relabelled":
            world = relabelled(world, tmp_path / "other", cut_of(tune(world)))
        asked = tune(world)
        cut, folder, records = searched(asked, tmp_path / name, CANDIDATES)
        found.append(trials(folder))
        summary = run_later(asked, cut, folder, records)
        reported.append((folder.later / "baseline" / "windows.jsonl").read_bytes())
        assert summary["best"]
    assert len(found[0]) == 2
    assert found[0] == found[1]
    assert reported[0] != reported[1]  # the labels do matter to whoever sees them
