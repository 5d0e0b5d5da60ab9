"""What is wrong with a run is said before anything trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lis_sim.config import DataConfig
from lis_sim.data.dataset import Dataset
from lis_sim.data.locking import locked
from lis_sim.errors import ConfigError, DataError, LisSimError
from lis_sim.training import source
from lis_sim.training.api import local_device, prepare
from lis_sim.training.source import default_cache, open_source
from tests.unit.training.worlds import changed_record, config, settings

SYNTHETIC = {"events": 300, "users": 20, "items": 10}


def test_a_delay_beside_the_logs_own_is_refused(world: Dataset, tmp_path: Path) -> None:
    delayed = changed_record(world, tmp_path / "delayed", label_time=True)
    stream = {"window": {"count": 6}, "label_delay": "1h"}
    with pytest.raises(ConfigError, match=r"label_delay is given, but .*delayed says itself when"):
        prepare(config(delayed, stream=stream))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": "soon"}, r"horizon is 'soon'; accepted: 'all', 0 or a positive number"),
        ({"horizon": "-1d"}, r"horizon is '-1d'; accepted"),
        ({"stream": {"label_delay": "soon"}}, r"stream\.label_delay is 'soon'; accepted: a pos"),
        ({"stream": {"label_delay": "600w"}}, r"label_delay is '600w'; accepted: at most ten y"),
        ({"stream": {"window": {"duration": "2y"}}}, r"stream\.window\.duration is '2y'; accep"),
        ({"stream": {"window": {"count": 2}, "warmup": 0.9}}, "of 2 windows leaves none to score"),
        ({"policy": {"name": "deepfn"}}, r"policy 'deepfn' is not known.*mean 'deepfm'"),
        ({"policy": {"settings": {"dims": 4}}}, r"policy\.dims is not a setting.*mean 'dim'"),
        ({"policy": {"settings": {"dim": "4"}}}, r"policy\.dim is '4'; accepted: a whole number"),
        ({"policy": {"settings": {"dense_rate": -1}}}, r"policy\.dense_rate is -1; accepted"),
        (
            {"preferences": [{"name": "x", "kind": "co_clik"}]},
            r"preference 'x' has kind 'co_clik'.*mean 'co_click'",
        ),
        (
            {"preferences": [{"name": "x", "settings": {"rang": 8}}]},
            r"preference 'x': 'rang' is not a setting of co_click",
        ),
        (
            {"preferences": [{"name": "x", "settings": {"rank": "8"}}]},
            r"rank is '8'; accepted",
        ),
        (
            {"preferences": [{"name": "x", "kind": "table", "settings": {"tables": ["nix"]}}]},
            r"has no representation 'nix'.*it has: content",
        ),
        ({"representations": ["contents"]}, r"no representation 'contents'; did you mean 'conten"),
    ],
)
def test_wrong_settings_are_told_before_anything_trains(
    world: Dataset, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(LisSimError, match=message):
        prepare(config(world, **changes))


def test_a_typo_does_not_wait_for_the_import(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "open_source", None)
    with pytest.raises(ConfigError, match="horizon is 'soon'"):
        prepare(config(world, horizon="soon"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"event": 3}, r"data\.synthetic\.event is not a setting; did you mean 'events'\?"),
        ({"events": "1e5"}, r"data\.synthetic\.events is '1e5'; accepted: a whole number"),
        ({"events": 1.5}, r"data\.synthetic\.events is 1\.5; accepted: a whole number"),
        ({"taste": True}, r"data\.synthetic\.taste is True; accepted: a number"),
        ({"events": 0}, r"synthetic\.events is 0; accepted: 1 or more"),
    ],
)
def test_wrong_worlds_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_source(DataConfig(synthetic=given))


def test_a_world_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_source(DataConfig(synthetic=SYNTHETIC))
    assert first.path.is_relative_to(default_cache())
    monkeypatch.setattr(source, "write_synthetic", None)
    assert open_source(DataConfig(synthetic=SYNTHETIC)) == first


def test_a_world_is_not_made_while_another_process_makes_it(tmp_path: Path) -> None:
    made = open_source(DataConfig(synthetic=SYNTHETIC, cache=str(tmp_path / "one")))
    with (
        locked(made.path, wait=True),
        pytest.raises(BlockingIOError),
        locked(made.path, wait=False),
    ):
        pass


def test_an_unset_variable_names_the_public_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIS_SIM_NOWHERE", raising=False)
    data = DataConfig(source="${LIS_SIM_NOWHERE}/kuairand_pure", preset="kuairand")
    with pytest.raises(DataError, match=r"LIS_SIM_NOWHERE is not set.*the data: https://\S+"):
        open_source(data)


def test_missing_files_name_the_public_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIS_SIM_NOWHERE", str(tmp_path))
    data = DataConfig(source="${LIS_SIM_NOWHERE}/nothing", preset="kuairand")
    with pytest.raises(LisSimError, match=r"https://\S+"):
        open_source(data)


def test_paths_become_absolute(
    world: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers of an engine run in other folders than the command."""
    monkeypatch.chdir(world.path.parent)
    relative = settings(world) | {"data": {"source": world.path.name}}
    prepared = prepare(config(world, **relative), Path("runs") / "one")
    assert prepared.plan.dataset == world.path
    assert prepared.folder.path == world.path.parent / "runs" / "one"


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert local_device("auto") == "cpu"
    with pytest.raises(LisSimError, match=r"training\.device is cuda but torch sees no GPU"):
        local_device("cuda")
