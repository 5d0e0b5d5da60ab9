"""What an action must be, what it earns, and which settings are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from envs.log import MemoryLog
from envs.replay import ReplayEnv
from envs.reward import log_loss_reward
from lis_sim.data.windows import WindowRule
from lis_sim.errors import ConfigError, PolicyError, RunError
from tests.unit.envs.logs import SCHEMA, World, play, random_events, same, windows_of


def small_env(**changes: int) -> ReplayEnv:
    events = random_events(10, seed=7)
    settings = {"step_events": 4, "arms": 2, **changes}
    return World(events, windows_of(events.time_us, []), settings).env()


def action_with(arm: int, column: int, value: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    action = np.zeros((2, 4), np.float32)
    action[arm, column] = value
    return action


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (action_with(1, 2, np.nan), r"arm 1 scored row 2 \(column 2\) with nan; accepted: finite"),
        (action_with(0, 3, np.inf), r"arm 0 scored row 3 \(column 3\) with inf"),
        (action_with(0, 0, -np.inf), r"arm 0 scored row 0 .* with -inf"),
        (np.zeros((2, 3), np.float32), r"float32 array of shape \(2, 3\); accepted: .* \(2, 4\)"),
        (np.zeros((1, 4), np.float32), r"shape \(1, 4\); accepted: .* \(2, 4\)"),
        (np.zeros((2, 4)), r"a float64 array of shape \(2, 4\); accepted: a float32"),
        ([[0.0] * 4] * 2, "a float64 array"),
        (None, "an? object array|object array"),
    ],
)
def test_a_wrong_action_is_refused_and_changes_nothing(action: Any, message: str) -> None:
    env = small_env()
    env.reset()
    with pytest.raises(PolicyError, match=message):
        env.step(action)
    assert env.step(np.zeros((2, 4), np.float32))[4]["revealed"]["row"].tolist() == [0, 1, 2, 3]


def test_scores_of_padding_are_ignored() -> None:
    env = small_env()
    observation, _ = env.reset()
    while observation["count"] == 4:
        observation, *_ = env.step(np.zeros((2, 4), np.float32))
    assert observation["count"] == 2
    action = action_with(1, 2, np.nan)
    observation, reward, over, truncated, info = env.step(action)
    assert (over, truncated, observation["count"]) == (True, False, 0)
    assert info["revealed"]["score"].tolist() == [[0, 0], [0, 0]]
    assert reward == pytest.approx(-np.log(2))


def test_writing_to_what_was_returned_changes_nothing_later() -> None:
    honest, env = play(small_env()), small_env()
    observation, info = env.reset()
    action = np.zeros((2, 4), np.float32)
    steps = 0
    while observation["count"]:
        for column in observation.values():
            if isinstance(column, np.ndarray):
                column[:] = 0
        observation, _, _, _, info = env.step(action)
        for column in info["revealed"].values():
            column[:] = 1
        action[:] = steps
        steps += 1
        assert same(observation, honest.observations[steps])
        assert info["next_row"] == honest.rows[steps]
    assert steps == len(honest.infos)
    assert same(play(env).infos, honest.infos), "the log itself has changed"


def test_the_reward_is_minus_the_mean_log_loss() -> None:
    draw = np.random.Generator(np.random.Philox(key=3))
    score = draw.normal(size=(50, 2)).astype(np.float32)
    label = draw.integers(0, 2, 50).astype(np.float32)
    expected = np.mean([log_loss(label, 1 / (1 + np.exp(-score[:, arm]))) for arm in range(2)])
    assert log_loss_reward(score, label) == pytest.approx(-expected, rel=1e-5)


def test_the_reward_of_extreme_scores_is_finite() -> None:
    largest = np.finfo(np.float32).max
    score = np.array([[largest], [-largest]], np.float32)
    assert log_loss_reward(score, np.array([1, 0], np.float32)) == 0
    assert log_loss_reward(score, np.array([0, 1], np.float32)) == pytest.approx(-largest)


def test_rows_never_scored_earn_nothing() -> None:
    score = np.array([[np.nan, np.nan], [0, 0]], np.float32)
    assert log_loss_reward(score, np.array([1, 1], np.float32)) == pytest.approx(-np.log(2))
    assert log_loss_reward(score[:1], np.ones(1, np.float32)) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step_events": 0}, "step_events is 0; accepted: 1 or more"),
        ({"arms": 0}, "arms is 0; accepted: 1 or more"),
        ({"label_delay_us": -1}, "label_delay_us is -1; accepted: 0 or more"),
        ({"pending_events": 3}, "pending_events is 3; accepted: 4 or more"),
        ({"history": 0}, "history length is 0; give at least 1"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        small_env(**changes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start_windw": 1}, "unknown reset option 'start_windw'; did you mean 'start_window'"),
        ({"start_window": 1}, "start_window is 1; accepted: 0 to 0"),
        ({"start_window": "0"}, "start_window is '0'; accepted: a window's index"),
        ({"start_window": 0.5}, "start_window is 0.5; accepted: a window's index"),
    ],
)
def test_reset_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        small_env().reset(options=options)


def test_a_rule_needs_a_dataset_folder() -> None:
    events = random_events(5, seed=0)
    with pytest.raises(ConfigError, match="MemoryLog is no dataset folder to plan them from"):
        ReplayEnv(MemoryLog(events, SCHEMA), WindowRule(count=2))


def test_stepping_without_a_step_shown_is_refused() -> None:
    env = small_env()
    action = np.zeros((2, 4), np.float32)
    with pytest.raises(RunError, match=r"call reset\(\)"):
        env.step(action)
    play(env)
    with pytest.raises(RunError, match="the log ended"):
        env.step(action)
