"""Environments of a shard each show, between them, what one of all users shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.observation import batch_of
from lis_sim.user_shard import ALL_USERS, UserShard
from tests.unit.envs.logs import World, worlds

FEATURES = ("user", "item", "categorical", "numeric", "history")


@dataclass(frozen=True)
class Step:
    """What an environment said of a step, by row."""

    shown: dict[int, tuple[bytes, ...]]
    revealed: dict[int, tuple[int, float, float]]
    timed_out: set[int]
    told: tuple[Any, ...]  # what is the same for all shards


def steps(world: World, shard: UserShard, start_window: int = 0) -> list[Step]:
    env = world.env(shard=shard, pending_events=10_000)
    observation, info = env.reset(options={"start_window": start_window})
    found, ended = [], False
    while not ended:
        rows, first = info["next_rows"], (info["next_row"], info["next_events"])
        batch = batch_of(observation)
        assert len(batch) == len(rows)
        action = np.zeros((env.arms, env.step_events), np.float32)
        action[:, : len(rows)] = rows
        shown = {
            int(row): tuple(getattr(batch, name)[k].tobytes() for name in FEATURES)
            for k, row in enumerate(rows)
        }
        observation, _, ended, _, info = env.step(action)
        out = info["revealed"]
        revealed = {
            int(row): (int(out["user"][k]), float(out["label"][k]), float(out["score"][0, k]))
            for k, row in enumerate(out["row"])
        }
        told = (*first, info["window"], info["window_end"], info["clock_us"], ended)
        found.append(Step(shown, revealed, set(info["timed_out"].tolist()), told))
    return found


@given(worlds(), st.integers(2, 4), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_shards_are_the_whole(world: World, of: int, start_window: int) -> None:
    start_window = min(start_window, len(world.windows) - 1)
    whole = steps(world, ALL_USERS, start_window)
    parts = [steps(world, UserShard(index, of), start_window) for index in range(of)]
    assert {len(part) for part in parts} == {len(whole)}
    for k, step in enumerate(whole):
        own = [part[k] for part in parts]
        assert all(one.told == step.told for one in own)
        assert sum(len(one.shown) for one in own) == len(step.shown)
        assert {row: said for one in own for row, said in one.shown.items()} == step.shown
        scored = {row: said[:2] for one in own for row, said in one.revealed.items()}
        assert scored == {row: said[:2] for row, said in step.revealed.items()}
        assert set().union(*(one.timed_out for one in own)) == step.timed_out


@given(worlds())
@settings(max_examples=20, deadline=None)
def test_a_shard_sees_its_own_users_alone(world: World) -> None:
    for index in range(3):
        for step in steps(world, UserShard(index, 3)):
            users = [np.frombuffer(said[0], np.int32)[0] for said in step.shown.values()]
            assert all(user % 3 == index for user in users)


@given(worlds())
@settings(max_examples=20, deadline=None)
def test_a_shard_goes_on_from_its_own_state(world: World) -> None:
    """A state saved in the midst of the log gives the observations of a replay from its start."""
    window = len(world.windows) // 2
    shard = UserShard(1, 2)
    env = world.env(shard=shard, pending_events=10_000)
    observation, info = env.reset()
    while info["next_window"] < window:
        action = np.zeros((env.arms, env.step_events), np.float32)
        observation, _, _, _, info = env.step(action)
    again = world.env(shard=shard, pending_events=10_000)
    again.load_state_dict(env.state_dict())
    found, _ = again.reset(options={"start_window": window})
    assert all(np.array_equal(found[key], observation[key]) for key in observation)
