"""Steps are cut inside windows; the padding of a short step says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.log import MemoryLog
from envs.observation import batch_of, revealed_batch
from envs.replay import ReplayEnv
from envs.steps import check_windows, cut_steps
from lis_sim.errors import DataError
from lis_sim.types import EventBlock, Window
from tests.unit.envs.logs import SCHEMA, World, play, random_events, same, windows_of, worlds


class SmallBlocks(MemoryLog):
    """A log that always comes in blocks of three rows."""

    def blocks(
        self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65536
    ) -> Iterator[EventBlock]:
        return super().blocks(start_row, end_row, 3)


@given(worlds(), st.data())
def test_steps_partition_the_rows_and_never_cross_a_window(
    world: World, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(world.windows) - 1))
    step_events = world.settings["step_events"]
    row = world.windows[first].start_row
    log = SmallBlocks(world.events, SCHEMA)
    for step in cut_steps(log, world.windows, first, step_events):
        events, window = step.events, step.window
        end = row + len(events)
        assert events.first_row == row
        assert window.start_row <= row < end <= window.end_row
        assert len(events) == step_events or step.last
        assert step.last == (end == window.end_row)
        expected = world.events.slice(row, end)
        for name in ("user", "item", "time_us", "label", "categorical", "numeric", "label_time_us"):
            assert same(getattr(events, name), getattr(expected, name)), name
        row = end
    assert row == len(world.events)


@given(worlds())
def test_window_and_window_end_belong_to_the_step_scored(world: World) -> None:
    played = play(world.env())
    for k, info in enumerate(played.infos):
        window = world.windows[info["window"]]
        assert window.start_row <= played.rows[k] < played.rows[k + 1] <= window.end_row
        assert info["window_end"] == (played.rows[k + 1] == window.end_row)
        if info["window_end"]:
            later = world.windows[info["window"] + 1 :]
            assert info["clock_us"] == (later[0].start_us if later else window.end_us)
    assert sum(info["window_end"] for info in played.infos) == len(world.windows)


@given(worlds())
def test_padding(world: World) -> None:
    played, n = play(world.env()), world.settings["step_events"]
    for k, observation in enumerate(played.observations):
        count = observation["count"]
        assert observation["mask"].tolist() == [1] * count + [0] * (n - count)
        for name in ("user", "item", "categorical", "history"):
            assert len(observation[name]) == n
            assert (observation[name][count:] == -1).all()
        assert (observation["numeric"][count:] == 0).all()
        assert (observation["history_length"][count:] == 0).all()
        events = world.events.slice(played.rows[k], played.rows[k] + count)
        batch = batch_of(observation)
        for name in ("user", "item", "categorical", "numeric"):
            assert same(getattr(batch, name), getattr(events, name))
    assert played.observations[-1]["count"] == 0


def test_a_revealed_batch_is_the_batch_that_was_scored_when_labels_come_at_once() -> None:
    events = random_events(30, seed=3)
    played = play(World(events, windows_of(events.time_us, [12]), {"step_events": 8}).env())
    for observation, info in zip(played.observations, played.infos, strict=False):
        shown, revealed = batch_of(observation), revealed_batch(info["revealed"])
        for name in ("user", "item", "categorical", "numeric", "history"):
            assert same(getattr(shown, name), getattr(revealed, name))


def test_windows_may_stop_before_the_log_ends() -> None:
    events = random_events(40, seed=1)
    windows = windows_of(events.time_us, [10, 20, 30])
    played = play(World(events, windows[:2], {"step_events": 4}).env())
    assert played.rows[-1] == windows[1].end_row
    assert played.infos[-1]["clock_us"] == windows[1].end_us


FIRST = Window(0, 0, 4, 100, 200)


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([], "no windows"),
        (
            [replace(FIRST, start_row=1)],
            "window 0 has rows .1, 4.; expected window 0 to start at row 0",
        ),
        ([FIRST, Window(1, 5, 9, 200, 300)], "expected window 1 to start at row 4"),
        ([FIRST, Window(1, 4, 4, 200, 300)], "at least one event"),
        ([FIRST, Window(2, 4, 9, 200, 300)], "window 2 .* expected window 1"),
        ([FIRST, Window(1, 4, 9, 150, 300)], "start at 200 or later"),
        ([replace(FIRST, end_us=100)], "end after it starts"),
        ([replace(FIRST, end_row=11)], "windows end at row 11, but the log has 10 rows"),
    ],
)
def test_windows_that_do_not_fit_are_refused(windows: list[Window], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_windows(windows, rows=10)


def test_windows_of_another_log_are_refused() -> None:
    events = random_events(10, seed=0)
    windows = [Window(0, 0, 10, int(events.time_us[0]), int(events.time_us[-1]))]
    with pytest.raises(DataError, match="outside window 0"):
        list(cut_steps(MemoryLog(events, SCHEMA), windows, 0, 4))


def test_a_log_that_ends_early_is_refused() -> None:
    events = random_events(10, seed=0)

    class Short(MemoryLog):
        def blocks(
            self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65536
        ) -> Iterator[EventBlock]:
            return super().blocks(start_row, 6, block_rows)

    with pytest.raises(DataError, match="row 6 should come next, but the log ended"):
        list(cut_steps(Short(events, SCHEMA), windows_of(events.time_us, []), 0, 4))


def test_rows_out_of_time_order_are_refused() -> None:
    events = random_events(5, seed=0)
    time_us = np.array([1, 2, 3, 2, 4])
    with pytest.raises(DataError, match=r"row 3: time 2 is before the row above \(3\)"):
        MemoryLog(replace(events, time_us=time_us), SCHEMA)


def test_reading_ahead_stops_when_the_environment_is_closed() -> None:
    events = random_events(20, seed=0)
    closed: list[bool] = []

    class Watched(MemoryLog):
        def blocks(
            self, start_row: int = 0, end_row: int | None = None, block_rows: int = 65536
        ) -> Iterator[EventBlock]:
            try:
                yield from super().blocks(start_row, end_row, 4)
            finally:
                closed.append(True)

    log = Watched(events, SCHEMA)
    env = ReplayEnv(log, windows_of(events.time_us, []), step_events=4)
    env.reset()
    assert not closed
    env.close()
    assert closed == [True]
