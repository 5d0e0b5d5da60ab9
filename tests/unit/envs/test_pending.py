"""The label delay: a story, and the bound of the buffer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.pending import Columns, PendingLabels
from lis_sim.errors import ConfigError
from lis_sim.types import EventBlock, Window
from tests.unit.envs.logs import World, play, random_events, same, windows_of


def columns(first_row: int, label_times: list[int]) -> Columns:
    rows = np.arange(first_row, first_row + len(label_times))
    return {"row": rows, "label_time_us": np.array(label_times, np.int64)}


def test_a_day_of_delayed_labels() -> None:
    """Ada clicks at 9:00 and 9:20; a label takes half an hour. Ben comes at 9:40."""
    minute = 60_000_000
    ada, ben = 0, 1
    events = EventBlock(
        first_row=0,
        user=np.array([ada, ada, ben, ada], np.int32),
        item=np.array([5, 6, 7, 8], np.int32),
        time_us=np.array([0, 20, 40, 60]) * minute,
        label=np.ones(4, np.float32),
        categorical=np.zeros((4, 2), np.int32),
        numeric=np.zeros((4, 1), np.float32),
    )
    settings = {"step_events": 1, "history": 2, "label_delay_us": 30 * minute}
    played = play(World(events, (Window(0, 0, 4, 0, 60 * minute + 1),), settings).env())
    shown = [observation["history"][0].tolist() for observation in played.observations]
    revealed = [info["revealed"]["row"].tolist() for info in played.infos]
    # At 9:20 Ada's first click is still unknown; at 10:00 both are known, Ben's is not.
    assert shown == [[-1, -1], [-1, -1], [-1, -1], [6, 5], [-1, -1]]
    assert revealed == [[], [0], [1], []]
    assert played.infos[-1]["timed_out"].tolist() == [2, 3]
    assert [info["settled_row"] for info in played.infos] == [0, 1, 2, 4]


def test_label_times_of_the_log_are_used() -> None:
    events = random_events(40, seed=2, label_time=True)
    assert events.label_time_us is not None
    played = play(World(events, windows_of(events.time_us, []), {"step_events": 8}).env())
    for info in played.infos:
        revealed = info["revealed"]
        assert same(revealed["label_time_us"], events.label_time_us[revealed["row"]])


def test_a_delay_beside_label_times_of_the_log_is_refused() -> None:
    events = random_events(10, seed=2, label_time=True)
    env = World(events, windows_of(events.time_us, []), {"label_delay_us": 3}).env()
    with pytest.raises(ConfigError, match="label_delay_us is 3, but the log says itself"):
        env.reset()


def test_the_oldest_step_times_out_when_the_buffer_is_full() -> None:
    pending = PendingLabels(capacity=5)
    pending.add(columns(0, [90, 10, 80]))
    assert pending.reveal(20)["row"].tolist() == [1]
    pending.add(columns(3, [95, 99]))
    assert pending.expire().tolist() == []
    pending.add(columns(5, [97]))
    assert pending.expire().tolist() == [0, 2]
    assert pending.first_row == 3
    assert pending.reveal(98)["row"].tolist() == [3, 5]
    assert pending.expire_all().tolist() == [4]
    assert pending.first_row is None


def test_a_full_buffer_stays_bounded_over_a_long_log() -> None:
    events = random_events(3000, seed=4)
    settings = {"step_events": 16, "label_delay_us": 10**9, "pending_events": 64}
    played = play(World(events, windows_of(events.time_us, []), settings).env())
    for info in played.infos:
        assert info["next_row"] - info["settled_row"] <= 64
    assert sum(len(info["timed_out"]) for info in played.infos) == 3000


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=6), min_size=1, max_size=8),
    st.integers(6, 20),
)
def test_saved_and_loaded_it_goes_on_the_same(steps: list[list[int]], capacity: int) -> None:
    one, other = PendingLabels(capacity), PendingLabels(capacity)
    row = 0
    for k, label_times in enumerate(steps):
        loaded = PendingLabels(capacity)
        loaded.load_state_dict(other.state_dict())
        other = loaded
        for pending in (one, other):
            pending.add(columns(row, [k * 4 + t for t in label_times]))
        row += len(label_times)
        assert same(one.reveal(k * 4 + 10), other.reveal(k * 4 + 10))
        assert same(one.expire(), other.expire())
        assert one.first_row == other.first_row
