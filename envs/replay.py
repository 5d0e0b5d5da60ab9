"""``lis_sim/Replay-v0``: a log replayed as if it were happening."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from envs.log import EventLog
from envs.observation import Action, Observation, action_space, observation_space
from envs.pending import Columns
from envs.playback import Playback
from envs.reward import log_loss_reward
from lis_sim.data.dataset import Dataset
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.errors import ConfigError, PolicyError, RunError, nearest
from lis_sim.types import Float32, Int64, Window
from lis_sim.user_shard import ALL_USERS, UserShard


class ReplayEnv(gymnasium.Env[Observation, Action]):
    """Shows a log's events step by step and reveals labels only after all arms have scored.

    One ``step(action)`` is the prequential protocol: the action holds every arm's scores of the
    events shown; then the labels whose time the clock has passed are revealed in ``info``; then
    engaged items enter the users' histories and the next events are shown. With two events a step
    and a label delay of 15::

        time       10   20 | 30   40 |   50
        step       -- 0 -- | -- 1 -- |  -2-
        clock           30 |      50 |    51     moves when the step has been scored
        label of        10 |   20 30 |           revealed then: label time < clock
        timed out                    | 40 50     never revealed: the log ended first

    Args:
        dataset: A dataset, its folder, or any :class:`envs.log.EventLog`.
        windows: The windows, or the rule that cuts them. They start at row 0 and leave no row out;
            they may stop before the log's end. No step crosses a window's edge, so a window's last
            step may be short: ``count`` and ``mask`` say so.
        step_events: Most events in a step, ``n``.
        arms: Rows of an action.
        history: Engaged items shown per event, ``H``.
        label_delay_us: Time from an event to its label; 0 for a log with its own ``label_time``.
        pending_events: Most events that wait for labels; the oldest time out beyond that.
        shard: The users whose events are shown; others see theirs in an environment of their own.
            Steps begin and end where they would for all users: one may show no event although the
            log has not ended (``count`` 0, not terminated). Rewards are those of the shard.

    Examples:
        The timeline above; user 0 engages with items 0 to 4, one after the other:

        >>> from envs.log import MemoryLog
        >>> from lis_sim.types import EventBlock, Schema
        >>> events = EventBlock(
        ...     first_row=0,
        ...     user=np.zeros(5, np.int32),
        ...     item=np.arange(5, dtype=np.int32),
        ...     time_us=np.array([10, 20, 30, 40, 50]),
        ...     label=np.ones(5, np.float32),
        ...     categorical=np.zeros((5, 0), np.int32),
        ...     numeric=np.zeros((5, 0), np.float32),
        ... )
        >>> log = MemoryLog(events, Schema(users=1, items=5))
        >>> env = ReplayEnv(
        ...     log, [Window(0, 0, 5, 10, 51)], step_events=2, history=3, label_delay_us=15
        ... )
        >>> observation, info = env.reset()
        >>> over = False
        >>> while not over:
        ...     print("shown", observation["item"].tolist(), observation["history"].tolist())
        ...     action = np.zeros((1, 2), np.float32)
        ...     observation, reward, over, _, info = env.step(action)
        ...     print("clock", info["clock_us"], "rows", info["revealed"]["row"].tolist())
        shown [0, 1] [[-1, -1, -1], [-1, -1, -1]]
        clock 30 rows [0]
        shown [2, 3] [[0, -1, -1], [0, -1, -1]]
        clock 50 rows [1, 2]
        shown [4, -1] [[2, 1, 0], [-1, -1, -1]]
        clock 51 rows []
        >>> info["timed_out"].tolist(), observation["count"]
        ([3, 4], 0)
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        dataset: EventLog | str | Path,
        windows: Sequence[Window] | WindowRule,
        *,
        step_events: int = 4096,
        arms: int = 1,
        history: int = 20,
        label_delay_us: int = 0,
        pending_events: int = 1_048_576,
        shard: UserShard = ALL_USERS,
    ) -> None:
        log = Dataset.open(dataset) if isinstance(dataset, str | Path) else dataset
        self._playback = Playback(
            log,
            _planned(log, windows),
            step_events=step_events,
            arms=arms,
            history=history,
            label_delay_us=label_delay_us,
            pending_events=pending_events,
            shard=shard,
        )
        self._state: Mapping[str, NDArray[Any]] | None = None
        self.observation_space = observation_space(log.schema, step_events, history)
        self.action_space = action_space(step_events, arms)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows being replayed."""
        return self._playback.windows

    @property
    def arms(self) -> int:
        """Rows of an action."""
        return self._playback.arms

    @property
    def step_events(self) -> int:
        """Most events in a step."""
        return self._playback.step_events

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Show the first step of window ``options["start_window"]`` (default 0).

        The observations from there on are those of a replay from the start: histories and pending
        labels come from the state loaded before, or else from replaying the rows before the window.
        In the second case the ``score`` of rows still pending is NaN when they are revealed, since
        nobody scored them.

        Args:
            seed: Seeds ``np_random``; a replay draws nothing from it.
            options: ``start_window``: index of the window to start with. Default: the window of the
                loaded state, or 0.

        Returns:
            observation, info: ``info["revealed"]`` holds no rows; ``info["window"]`` is the window
                about to start.

        Raises:
            ConfigError: For an unknown option or a window that does not exist.
            RunError: If the loaded state belongs to another window.
        """
        super().reset(seed=seed)
        state, self._state = self._state, None
        self._playback.start(_start_window(options, state), state)
        start = self.windows[self._playback.next_window]
        return self._playback.observation, self._info(
            window=start.index,
            window_end=False,
            clock_us=start.start_us,
            revealed=self._playback.nothing_revealed(),
            timed_out=np.zeros(0, np.int64),
        )

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Score the events shown, reveal what is due, show the next ones.

        Args:
            action: (arms, step_events) float32 logits; the first ``count`` columns must be finite,
                the rest is ignored. It is copied.

        Returns:
            observation: See :func:`envs.observation.observation_space`; ``count`` is 0 when the log
                has ended.
            reward: Minus the mean log loss over arms and revealed rows; 0.0 if none was revealed.
            terminated, truncated: Whether the log has ended; always False.
            info: ``revealed``: columns of the rows revealed now, ordered by label time, then row:
                ``row``, ``user``, ``item``, ``time_us``, ``label_time_us``, ``label``, the
                ``categorical``, ``numeric``, ``history`` and ``history_length`` that were shown
                with them, and ``score`` (arms, m), the action they got. ``timed_out``: rows whose
                label will never come. ``window``: of the step just scored; ``window_end``: whether
                it closed it. ``clock_us``. ``next_window``, ``next_row``: of the observation
                returned; ``next_rows`` (n,): of its events; ``next_events``: events of its step,
                those of other shards included. ``settled_row``: every row below it is revealed or
                timed out. ``waiting``: scored events whose labels are still to come.

        Raises:
            PolicyError: If the action has another shape or dtype, or a score that is not finite.
            RunError: Before the first reset, or after the log has ended.
        """
        shown = self._playback.step
        if shown is None:
            raise RunError("no step is being shown: not started, or the log ended; call reset()")
        score = self._checked(action, shown.rows)
        outcome = self._playback.advance(score)
        revealed = outcome.revealed
        info = self._info(
            window=outcome.step.window.index,
            window_end=outcome.step.last,
            clock_us=outcome.clock_us,
            revealed=revealed,
            timed_out=outcome.timed_out,
        )
        reward = log_loss_reward(revealed["score"], revealed["label"])
        return self._playback.observation, reward, self._playback.step is None, False, info

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return histories and pending labels, as flat named arrays.

        Raises:
            RunError: In the midst of a window.
        """
        return self._playback.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Let the next :meth:`reset` start from what :meth:`state_dict` returned."""
        self._state = dict(state)

    def close(self) -> None:
        """Stop reading the log."""
        self._playback.close()

    def _checked(self, action: Action, rows: Int64) -> Float32:
        """Return a copy of the scores (n, arms) of the events shown, which are ``rows`` (n,)."""
        count = len(rows)
        shape = (self.arms, self.step_events)
        action = np.asarray(action)
        if action.shape != shape or action.dtype != np.float32:
            raise PolicyError(
                f"action is a {action.dtype} array of shape {action.shape}; accepted: a float32 "
                f"array of shape {shape}, one logit per arm and row of the step"
            )
        score = np.array(action[:, :count].T, np.float32, order="C")
        if not np.isfinite(score).all():
            column, arm = np.argwhere(~np.isfinite(score))[0]
            row = int(rows[int(column)])
            raise PolicyError(
                f"arm {arm} scored row {row} (column {column}) with {score[column, arm]}; "
                f"accepted: finite logits in the first {count} columns; look for a diverged arm"
            )
        return score

    def _info(
        self, *, window: int, window_end: bool, clock_us: int, revealed: Columns, timed_out: Int64
    ) -> dict[str, Any]:
        shown = self._playback.step
        return {
            "revealed": {**revealed, "score": revealed["score"].T},
            "timed_out": timed_out,
            "window": window,
            "window_end": window_end,
            "clock_us": clock_us,
            "next_window": self._playback.next_window,
            "next_row": self._playback.next_row,
            "next_rows": np.zeros(0, np.int64) if shown is None else shown.rows,
            "next_events": 0 if shown is None else shown.step_events,
            "settled_row": self._playback.settled_row,
            "waiting": self._playback.waiting,
        }


def _planned(log: EventLog, windows: Sequence[Window] | WindowRule) -> Sequence[Window]:
    if not isinstance(windows, WindowRule):
        return windows
    if not isinstance(log, Dataset):
        raise ConfigError(
            f"windows is a rule, but {type(log).__name__} is no dataset folder to plan them from; "
            "give the windows themselves"
        )
    return plan_windows(log, windows)


def _start_window(
    options: Mapping[str, Any] | None, state: Mapping[str, NDArray[Any]] | None
) -> int:
    options = options or {}
    for name in options:
        if name != "start_window":
            raise ConfigError(
                f"unknown reset option {name!r}{nearest(str(name), ['start_window'])}; "
                "accepted: start_window"
            )
    default = 0 if state is None else int(state["next"][0])
    start = options.get("start_window", default)
    try:
        return operator.index(start)
    except TypeError:
        raise ConfigError(f"start_window is {start!r}; accepted: a window's index") from None
