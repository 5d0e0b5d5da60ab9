"""Every registered environment of lis-sim keeps Gymnasium's contract."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import registry
from gymnasium.utils.env_checker import check_env

import envs
from envs import ENTRY_POINTS
from envs.log import MemoryLog
from envs.replay import ReplayEnv
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.windows import WindowRule
from lis_sim.types import EventBlock, Schema
from tests.unit.envs.logs import SCHEMA, play, random_events, same, windows_of

Maker = Callable[[], "gymnasium.Env[Any, Any]"]

SETTINGS: dict[str, dict[str, Any]] = {
    "at_once": {},
    "delayed": {"label_delay_us": 6, "pending_events": 40},
    "several_arms": {"arms": 4, "history": 1},
    "one_event_a_step": {"step_events": 1},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset folder as ``lis-sim data synthetic`` writes it."""
    folder = tmp_path_factory.mktemp("world") / "world"
    return write_synthetic(SyntheticSpec(events=2000, users=60, items=50), folder)


def in_memory(**settings: Any) -> gymnasium.Env[Any, Any]:
    events = random_events(50, seed=11)
    windows = windows_of(events.time_us, [13, 30])
    settings = {"step_events": 7, "history": 3, **settings}
    return gymnasium.make(
        "lis_sim/Replay-v0", dataset=MemoryLog(events, SCHEMA), windows=windows, **settings
    )


@pytest.fixture(params=["lis_sim/Replay-v0"])
def registered(request: pytest.FixtureRequest, world: Dataset) -> Maker:
    """Return a maker of each registered environment."""
    settings: dict[str, Any] = {
        "lis_sim/Replay-v0": {
            "dataset": world.path,
            "windows": WindowRule(count=3),
            "step_events": 256,
            "arms": 2,
        }
    }[request.param]
    return lambda: gymnasium.make(request.param, **settings)


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    """Gymnasium reports most faults as warnings: make them failures."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_every_registered_id_is_checked() -> None:
    ids = {name for name in registry if name.startswith("lis_sim/")}
    assert ids == ENTRY_POINTS.keys() == {"lis_sim/Replay-v0"}, (
        "add the new id to the fixture `registered`"
    )


def test_check_env(registered: Maker) -> None:
    check_env(registered().unwrapped)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_check_env_with_settings(settings: dict[str, Any]) -> None:
    check_env(in_memory(**settings).unwrapped)


def test_check_env_without_features() -> None:
    events = random_events(20, seed=1)
    bare = EventBlock(
        first_row=0,
        user=events.user,
        item=events.item,
        time_us=events.time_us,
        label=events.label,
        categorical=events.categorical[:, :0],
        numeric=events.numeric[:, :0],
    )
    log = MemoryLog(bare, Schema(users=SCHEMA.users, items=SCHEMA.items))
    windows = windows_of(events.time_us, [])
    env = gymnasium.make("lis_sim/Replay-v0", dataset=log, windows=windows, step_events=6)
    check_env(env.unwrapped)


def test_two_seeded_copies_stay_in_lock_step(registered: Maker) -> None:
    one, other = registered(), registered()
    one.action_space.seed(4)
    assert same(list(one.reset(seed=9)), list(other.reset(seed=9)))
    over = False
    while not over:
        action = one.action_space.sample()
        said, heard = one.step(action), other.step(action)
        assert said[0] in one.observation_space
        assert same(list(said), list(heard))
        over = bool(said[2] or said[3])


def test_every_step_passes_the_passive_checker(registered: Maker) -> None:
    env = registered()
    observation, _ = env.reset()
    steps = 0
    while observation["count"]:
        observation, reward, *_ = env.step(np.zeros(env.action_space.shape or (), np.float32))
        assert reward == pytest.approx(-np.log(2))
        steps += 1
    assert steps >= 8


def test_a_folder_and_its_rows_in_memory_replay_the_same(world: Dataset) -> None:
    (block,) = world.blocks()
    folder = ReplayEnv(world.path, WindowRule(count=4), step_events=300, label_delay_us=10**9)
    memory = ReplayEnv(
        MemoryLog(block, world.schema), folder.windows, step_events=300, label_delay_us=10**9
    )
    one, other = play(folder), play(memory)
    assert one.rows[-1] == world.rows
    assert same(one.observations, other.observations)
    assert same(one.infos, other.infos)


def test_importing_again_is_silent() -> None:
    importlib.reload(envs)
    assert ENTRY_POINTS.keys() <= registry.keys()
