"""The history against a list per user."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.data.history import History
from lis_sim.errors import ConfigError, DataError, RunError
from lis_sim.types import Int32
from tests.unit.envs.logs import same

USERS = 12
blocks = st.lists(
    st.lists(st.tuples(st.integers(0, USERS - 1), st.integers(0, 99)), max_size=30), max_size=6
)


def arrays(block: list[tuple[int, int]]) -> tuple[Int32, Int32]:
    pairs = np.array(block, np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@given(blocks, st.integers(1, 5))
def test_it_equals_a_list_per_user(events: list[list[tuple[int, int]]], length: int) -> None:
    history = History(length)
    lists: dict[int, list[int]] = defaultdict(list)
    for block in events:
        history.append(*arrays(block))
        for user, item in block:
            lists[user].insert(0, item)
        items, lengths = history.recent(np.arange(USERS, dtype=np.int32))
        for user in range(USERS):
            recent = lists[user][:length]
            assert items[user].tolist() == recent + [-1] * (length - len(recent))
            assert lengths[user] == len(recent)
        assert items.dtype == lengths.dtype == np.int32


@given(blocks, st.integers(1, 5))
def test_one_block_or_many_is_the_same(events: list[list[tuple[int, int]]], length: int) -> None:
    whole, parts = History(length), History(length)
    whole.append(*arrays([pair for block in events for pair in block]))
    for block in events:
        parts.append(*arrays(block))
        parts.recent(np.array([USERS + 40], np.int32))  # reading an unseen user leaves no trace
    assert same(whole.state_dict(), parts.state_dict())


@given(blocks, blocks)
def test_saved_and_loaded_it_goes_on_the_same(
    before: list[list[tuple[int, int]]], after: list[list[tuple[int, int]]]
) -> None:
    one, other = History(3), History(3)
    for block in before:
        one.append(*arrays(block))
    other.load_state_dict(one.state_dict())
    for block in after:
        one.append(*arrays(block))
        other.append(*arrays(block))
    assert same(one.state_dict(), other.state_dict())


def test_what_it_returned_does_not_change() -> None:
    history, user = History(2), np.zeros(1, np.int32)
    history.append(user, np.array([4], np.int32))
    items, lengths = history.recent(user)
    state = history.state_dict()
    history.append(user, np.array([5], np.int32))
    assert (items.tolist(), lengths.tolist()) == ([[4, -1]], [1])
    assert state["items"].tolist() == [[4, -1]]


def test_memory_grows_with_users_and_not_with_events() -> None:
    history = History(4)
    draw = np.random.Generator(np.random.Philox(key=1))
    for _ in range(50):
        user = draw.integers(0, 1000, 2000, dtype=np.int32)
        history.append(user, user)
    assert history.state_dict()["items"].nbytes == 1000 * 4 * 4


def test_wrong_inputs() -> None:
    with pytest.raises(ConfigError, match="history length is 0; give at least 1"):
        History(0)
    with pytest.raises(DataError, match="got 2 users and 1 items"):
        History(3).append(np.zeros(2, np.int32), np.zeros(1, np.int32))
    with pytest.raises(RunError, match="shape \\(0, 4\\); accepted: int32 of shape \\(any, 3\\)"):
        History(3).load_state_dict(History(4).state_dict())
