"""The prequential order of events: show, score, reveal, and only then the history moves on."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.log import EventLog
from envs.observation import Observation, observe
from envs.pending import Columns, PendingLabels
from envs.steps import Step, check_windows, cut_steps
from lis_sim.data.history import History
from lis_sim.errors import ConfigError, RunError
from lis_sim.plain.saved import saved
from lis_sim.types import EventBlock, Float32, Int64, Window
from lis_sim.user_shard import ALL_USERS, UserShard


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened when the clock moved past a step."""

    step: Step
    clock_us: int
    revealed: Columns
    timed_out: Int64  # (m,) rows whose label is never revealed


class Playback:
    """A log played step by step; :class:`envs.replay.ReplayEnv` is its Gymnasium face.

    ``step`` is the step being shown and ``observation`` what is shown of it; both None or empty
    once the log has ended.
    """

    def __init__(
        self,
        log: EventLog,
        windows: Sequence[Window],
        *,
        step_events: int,
        arms: int,
        history: int,
        label_delay_us: int,
        pending_events: int,
        shard: UserShard = ALL_USERS,
    ) -> None:
        _check_settings(step_events, arms, label_delay_us, pending_events)
        self.log = log
        self.windows = check_windows(windows, log.rows)
        self.step_events = step_events
        self.arms = arms
        self.history_length = history
        self.label_delay_us = label_delay_us
        self.pending_events = pending_events
        self.shard = shard
        self.step: Step | None = None
        self.observation: Observation = {}
        self._steps: Generator[Step] | None = None
        self._clear()

    def start(self, window: int, state: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Show the first step of ``window``, with everything the rows before it leave behind.

        Args:
            window: Index of the window to start with.
            state: What :meth:`state_dict` returned at that window's start; without it the rows
                before the window are played again, unscored, which gives the same observations.
        """
        if not 0 <= window < len(self.windows):
            raise ConfigError(f"start_window is {window}; accepted: 0 to {len(self.windows) - 1}")
        self.close()
        self._clear()
        if state is None:
            self._play(0)
            while self.step is not None and self.step.window.index < window:
                unscored = np.full((len(self.step.events), self.arms), np.nan, np.float32)
                self.advance(unscored)
            return
        self._load(window, state)
        self._play(window)

    def advance(self, score: Float32) -> Outcome:
        """Take the scores of the step shown, reveal what is due, show the next step.

        The clock stops where the next step begins, one microsecond past this step's last event
        if the two share a timestamp, and at the start of the next window when the step closes its
        own. Labels of an earlier ``label_time`` are revealed.

        Args:
            score: (n, arms) float32 logits of the step's events; NaN for unscored.
        """
        if self.step is None or self._steps is None:
            raise RunError("no step is being shown; call reset() first")
        step = self.step
        self._pending.add(self._columns(step.events, step.rows, score))
        following = next(self._steps, None)
        clock_us = _clock_after(step, following)
        revealed = self._pending.reveal(clock_us)
        timed_out = self._pending.expire()
        if following is None:
            timed_out = np.concatenate([timed_out, self._pending.expire_all()])
        engaged = np.flatnonzero(revealed["label"] > 0)
        self._history.append(revealed["user"][engaged], revealed["item"][engaged])
        self._show(following)
        return Outcome(step, clock_us, revealed, timed_out)

    def nothing_revealed(self) -> Columns:
        """Return the columns of :attr:`Outcome.revealed` without any rows."""
        if self.step is None:
            raise RunError("no step is being shown; call reset() first")
        nothing = np.zeros((0, self.arms), np.float32)
        return self._columns(self.step.events.slice(0, 0), self.step.rows[:0], nothing)

    @property
    def next_row(self) -> int:
        """First row of the step shown; the row after the last window once the log has ended."""
        return self.windows[-1].end_row if self.step is None else self.step.first_row

    @property
    def next_window(self) -> int:
        """Window of the step shown; the number of windows once the log has ended."""
        return len(self.windows) if self.step is None else self.step.window.index

    @property
    def settled_row(self) -> int:
        """Every row below it is either revealed or timed out."""
        waiting = self._pending.first_row
        return self.next_row if waiting is None else waiting

    @property
    def waiting(self) -> int:
        """How many scored events still wait for their labels."""
        return self._pending.waiting

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return history and pending labels at the edge of a window, as flat named arrays."""
        window = self.next_window
        if self.step is not None and self.next_row != self.windows[window].start_row:
            raise RunError(
                f"row {self.next_row} is inside window {window}; save where info['window_end'] "
                "is True or right after reset()"
            )
        state: dict[str, NDArray[Any]] = {"next": np.array([window, self.next_row], np.int64)}
        state.update({f"history.{name}": a for name, a in self._history.state_dict().items()})
        state.update({f"pending.{name}": a for name, a in self._pending.state_dict().items()})
        return state

    def close(self) -> None:
        """Stop reading; whatever reads ahead for this playback stops too."""
        if self._steps is not None:
            self._steps.close()
        self._steps, self.step = None, None

    def _clear(self) -> None:
        self._history = History(self.history_length, self.shard)
        self._pending = PendingLabels(self.pending_events)

    def _play(self, window: int) -> None:
        self._steps = cut_steps(self.log, self.windows, window, self.step_events, self.shard)
        self._show(next(self._steps))

    def _show(self, step: Step | None) -> None:
        self.step = step
        events = None if step is None else step.events
        self.observation = observe(events, self._history, self.log.schema, self.step_events)

    def _columns(self, events: EventBlock, rows: Int64, score: Float32) -> Columns:
        """Return what the revealed rows will say; the features are those that were shown."""
        shown, n = self.observation, len(events)
        return {
            "row": rows,
            "user": events.user.copy(),
            "item": events.item.copy(),
            "time_us": events.time_us.copy(),
            "label_time_us": self._label_time_us(events),
            "label": events.label.copy(),
            "categorical": shown["categorical"][:n],
            "numeric": shown["numeric"][:n],
            "history": shown["history"][:n],
            "history_length": shown["history_length"][:n],
            "score": score,
        }

    def _label_time_us(self, events: EventBlock) -> Int64:
        if events.label_time_us is None:
            return events.time_us + self.label_delay_us
        if self.label_delay_us:
            raise ConfigError(
                f"label_delay_us is {self.label_delay_us}, but the log says itself when each label "
                "was known (label_time); set label_delay_us to 0"
            )
        return events.label_time_us.copy()

    def _load(self, window: int, state: Mapping[str, NDArray[Any]]) -> None:
        at = tuple(saved(state, "next", np.int64, 2).tolist())
        if at != (window, self.windows[window].start_row):
            raise RunError(
                f"the saved state is of window {at[0]} at row {at[1]}; this run starts "
                f"window {window} at row {self.windows[window].start_row}; resume with the "
                "settings and the window of the save"
            )
        score = state.get("pending.score")
        if score is not None and score.shape[1] != self.arms:
            raise RunError(
                f"the saved state holds scores of {score.shape[1]} arms; this environment has "
                f"{self.arms}; resume with the arms of the save"
            )
        self._history.load_state_dict(_part(state, "history."))
        self._pending.load_state_dict(_part(state, "pending."))


def _part(state: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): a for name, a in state.items() if name.startswith(prefix)}


def _clock_after(step: Step, following: Step | None) -> int:
    past_last = step.last_us + 1
    if following is None:
        return max(step.window.end_us, past_last)
    if step.last:
        return following.window.start_us
    return max(following.first_us, past_last)


def _check_settings(step_events: int, arms: int, label_delay_us: int, pending_events: int) -> None:
    for name, value, least in (
        ("step_events", step_events, 1),
        ("arms", arms, 1),
        ("label_delay_us", label_delay_us, 0),
        ("pending_events", pending_events, step_events),
    ):
        if value < least:
            raise ConfigError(f"{name} is {value}; accepted: {least} or more")
