"""Stop, restore, continue equals never stopping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import ConfigError, RunError
from tests.unit.envs.logs import World, play, random_events, same, windows_of, worlds


@given(worlds(), st.data())
def test_resuming_from_a_state_equals_continuing(world: World, data: st.DataObject) -> None:
    window = data.draw(st.integers(0, len(world.windows) - 1))
    never_stopped, saved = world.env(), world.env()
    whole = play(never_stopped)
    play(saved, until_window=window)
    state = saved.state_dict()
    resumed = world.env()
    resumed.load_state_dict(state)
    rest = play(resumed)
    assert same(rest.observations, whole.observations[-len(rest.observations) :])
    assert same(rest.infos, whole.infos[-len(rest.infos) :])
    assert rest.rewards == whole.rewards[-len(rest.rewards) :]
    assert same(resumed.state_dict(), never_stopped.state_dict())


@given(worlds(), st.data())
def test_resuming_without_a_state_equals_continuing(world: World, data: st.DataObject) -> None:
    window = data.draw(st.integers(0, len(world.windows) - 1))
    first_row = world.windows[window].start_row
    whole, rest = play(world.env()), play(world.env(), options={"start_window": window})
    for one, other in zip(
        rest.observations, whole.observations[-len(rest.observations) :], strict=True
    ):
        assert same(one, other)
    for one, other in zip(rest.infos, whole.infos[-len(rest.infos) :], strict=True):
        scored, never_scored = one["revealed"].pop("score"), one["revealed"]["row"] < first_row
        expected = other["revealed"].pop("score")
        assert same(one, other)
        assert np.isnan(scored[:, never_scored]).all()
        assert same(scored[:, ~never_scored], expected[:, ~never_scored])
    assert np.isfinite(rest.rewards).all()


@given(worlds())
def test_a_second_reset_starts_afresh(world: World) -> None:
    env = world.env()
    first, second = play(env), play(env)
    assert same(first.observations, second.observations)
    assert same(first.infos, second.infos)


def some_world() -> World:
    events = random_events(60, seed=5)
    return World(events, windows_of(events.time_us, [20, 40]), {"step_events": 6, "arms": 2})


def test_a_loaded_state_is_used_once() -> None:
    env = some_world().env()
    play(env, until_window=1)
    env.load_state_dict(env.state_dict())
    assert env.reset()[1]["next_window"] == 1
    assert env.reset()[1]["next_window"] == 0


def test_a_state_is_not_changed_by_playing_on() -> None:
    env = World(
        some_world().events, some_world().windows, {"step_events": 6, "label_delay_us": 9}
    ).env()
    play(env, until_window=1)
    state = env.state_dict()
    copy = {name: array.copy() for name, array in state.items()}
    env.load_state_dict(state)
    play(env)
    assert same(state, copy)


def test_the_state_of_a_midst_of_a_window_is_refused() -> None:
    env = some_world().env()
    env.reset()
    env.step(np.zeros((2, 6), np.float32))
    with pytest.raises(RunError, match="row 6 is inside window 0; save where info"):
        env.state_dict()


@pytest.mark.parametrize(
    ("start_window", "changes", "error", "message"),
    [
        (2, {}, RunError, "saved state is of window 1 at row .*; this run starts window 2"),
        (1, {"history": 7}, RunError, r"accepted: int32 of shape \(any, 7\)"),
        (1, {"arms": 1, "label_delay_us": 5}, RunError, "scores of 2 arms; this environment has 1"),
        (3, {}, ConfigError, "start_window is 3; accepted: 0 to 2"),
        (-1, {}, ConfigError, "start_window is -1; accepted: 0 to 2"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(
    start_window: int, changes: dict[str, int], error: type[Exception], message: str
) -> None:
    env = some_world().env(label_delay_us=5)
    play(env, until_window=1)
    world = some_world()
    other = replace(world, settings={**world.settings, **changes}).env()
    other.load_state_dict(env.state_dict())
    with pytest.raises(error, match=message):
        other.reset(options={"start_window": start_window})
