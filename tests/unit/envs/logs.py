"""Small random logs and a player that records everything a replay said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from envs.log import MemoryLog
from envs.replay import ReplayEnv
from lis_sim.types import CategoricalColumn, EventBlock, Schema, Window

SCHEMA = Schema(
    users=5,
    items=9,
    categorical=(CategoricalColumn("tab", 4), CategoricalColumn("constant", 1)),
    numeric=("age",),
)


@dataclass(frozen=True)
class World:
    """A log, windows that fit it, and the settings to replay it with."""

    events: EventBlock
    windows: tuple[Window, ...]
    settings: Mapping[str, int]

    def env(self, events: EventBlock | None = None, **changes: Any) -> ReplayEnv:
        log = MemoryLog(self.events if events is None else events, SCHEMA)
        return ReplayEnv(log, self.windows, **{**self.settings, **changes})


def random_events(rows: int, seed: int, label_time: bool = False) -> EventBlock:
    """Return ``rows`` events with ties in time, of users that occur several times in a step."""
    draw = np.random.Generator(np.random.Philox(key=seed))
    time_us = np.cumsum(draw.integers(0, 4, rows)).astype(np.int64) + 100
    return EventBlock(
        first_row=0,
        user=draw.integers(0, SCHEMA.users, rows, dtype=np.int32),
        item=draw.integers(0, SCHEMA.items, rows, dtype=np.int32),
        time_us=time_us,
        label=draw.integers(0, 2, rows).astype(np.float32),
        categorical=np.stack([draw.integers(0, 4, rows), np.zeros(rows)], axis=1).astype(np.int32),
        numeric=draw.normal(size=(rows, 1)).astype(np.float32),
        label_time_us=time_us + draw.integers(0, 20, rows) if label_time else None,
    )


def windows_of(
    time_us: np.ndarray[Any, np.dtype[np.int64]], cuts: Sequence[int]
) -> tuple[Window, ...]:
    """Return windows that end at ``cuts`` (row numbers), each moved to the end of its tie."""
    rows = sorted({int(np.searchsorted(time_us, time_us[cut - 1], "right")) for cut in cuts})
    ends = [*(row for row in rows if row < len(time_us)), len(time_us)]
    starts = [0, *ends[:-1]]
    edges = [int(time_us[row]) for row in starts] + [int(time_us[-1]) + 1]
    return tuple(
        Window(k, start, end, edges[k], edges[k + 1])
        for k, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a log of up to 60 events, its windows and settings."""
    rows = draw(st.integers(1, 60))
    label_time = draw(st.booleans())
    events = random_events(rows, draw(st.integers(0, 10_000)), label_time)
    cuts = draw(st.lists(st.integers(1, rows), max_size=5))
    step_events = draw(st.integers(1, 9))
    settings = {
        "step_events": step_events,
        "arms": draw(st.integers(1, 3)),
        "history": draw(st.integers(1, 4)),
        "label_delay_us": 0 if label_time else draw(st.sampled_from([0, 0, 1, 7, 10_000])),
        "pending_events": draw(st.sampled_from([step_events, 12 + step_events, 1000])),
    }
    return World(events, windows_of(events.time_us, cuts), settings)


@dataclass
class Played:
    """Everything a replay said, in order; entry ``k`` of ``infos`` came after action ``k``."""

    observations: list[dict[str, Any]]
    rows: list[int]  # first row of each observation
    infos: list[dict[str, Any]]
    rewards: list[float]


def play(
    env: ReplayEnv, options: dict[str, Any] | None = None, until_window: int | None = None
) -> Played:
    """Replay to the end, or until ``until_window`` is shown, with scores that name row and arm."""
    observation, info = env.reset(options=options)
    said = Played([observation], [info["next_row"]], [], [])
    action = np.empty((env.arms, env.step_events), np.float32)  # one buffer, as a loop would
    while observation["count"] and info["next_window"] != until_window:
        action[:] = scores_of(env, said.rows[-1])
        observation, reward, _, _, info = env.step(action)
        said.observations.append(observation)
        said.rows.append(info["next_row"])
        said.infos.append(info)
        said.rewards.append(reward)
    return said


def scores_of(env: ReplayEnv, first_row: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return an action in which arm ``a`` scores row ``r`` with ``a + r / 1000``."""
    rows = first_row + np.arange(env.step_events)
    return (np.arange(env.arms)[:, None] + rows / 1000).astype(np.float32)


def garbled(events: EventBlock, row: int) -> EventBlock:
    """Return ``events`` with every label at or after ``row`` flipped."""
    label = events.label.copy()
    label[row:] = 1 - label[row:]
    return replace(events, label=label)


def same(one: Any, other: Any) -> bool:
    """Return whether two observations or infos, or lists of them, are bit-identical."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return bool(one == other)
