"""Saved as what changed, a recommender's state is what ``state_dict`` says, save by save."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.training.checkpoints.state import merged
from lis_sim.types import ChangedRows
from policies import CleanArm, Recommender, make_policy
from policies.base import SavedState, SavesChanges, saved_state
from policies.embedding import Columns, EmbeddingTable
from policies.popularity import Popularity
from tests.unit.policies.worlds import DIMENSIONS, SCHEMA, SETTINGS, random_step, same_state, view

ST_STEPPED = st.integers(0, 8)  # of the rows looked up


def deepfm(width: int | None = None) -> Recommender:
    return make_policy("deepfm", SCHEMA, seed=0, dimensions=width, settings=SETTINGS["deepfm"])


def seeing() -> Recommender:
    recommender = deepfm(DIMENSIONS)
    recommender.see(view())
    return recommender


def with_history() -> Recommender:
    return make_policy("din", SCHEMA, seed=0, settings=SETTINGS["din"])


MAKERS: dict[str, Callable[[], Recommender]] = {
    "clean": deepfm,
    "with history": with_history,
    "tower": seeing,
    "clean arm": lambda: CleanArm(deepfm(), per_user=4),
    "with content": lambda: CleanArm(deepfm(), per_user=4).with_content(view()),
}


def kept(value: NDArray[Any] | ChangedRows) -> NDArray[Any] | ChangedRows:
    """Return a copy of what may be a view."""
    return value if isinstance(value, ChangedRows) else value.copy()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@settings(max_examples=15, deadline=None)
@given(plan=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=8))
def test_changes_on_changes_are_the_whole_state(
    make: Callable[[], Recommender], plan: list[tuple[int, int]]
) -> None:
    """Two readers take turns in any order; each is told what changed since it last was."""
    recommender = make()
    assert isinstance(recommender, SavesChanges)
    readers: list[list[SavedState]] = [[], []]
    last: list[int | None] = [None, None]
    step = 0
    for save, (steps, reader) in enumerate(plan, 1):
        for _ in range(steps):
            batch, label = random_step(5, seed=step)
            recommender.score(batch)
            recommender.update(batch, label)
            step += 1
        if isinstance(recommender, CleanArm):
            recommender.end_window()
        saved = recommender.saved_state(save, last[reader])
        readers[reader].insert(0, {key: kept(value) for key, value in saved.items()})
        last[reader] = save
        again = make()
        again.load_state_dict(merged(readers[reader]))
        assert same_state(again.state_dict(), recommender.state_dict())


def test_a_table_says_the_few_rows_it_stepped_and_grew() -> None:
    recommender = deepfm()
    batch, label = random_step(200, seed=0)
    recommender.update(batch, label)
    saved_state(recommender, 1, None)
    batch, label = random_step(2, seed=1)
    recommender.update(batch, label)
    rows = saved_state(recommender, 2, 1)["table.weight"]
    assert isinstance(rows, ChangedRows)
    assert 1 <= len(rows.rows) <= 2 * 3  # user, item and one category of two events
    nothing = saved_state(recommender, 3, 2)["table.weight"]
    assert isinstance(nothing, ChangedRows)
    assert len(nothing.rows) == 0


@pytest.mark.parametrize("hash_bits", [None, 9])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_row_that_was_only_looked_up_costs_nothing(
    hash_bits: int | None, data: st.DataObject
) -> None:
    """However a table grew: its numbers follow from its ids, and it goes on as if never saved."""
    make = partial(
        EmbeddingTable, ("user", "item"), (Columns(2, 0.1, 0.1), Columns(1, 0.0, 0.1)), seed=0
    )
    table = make(hash_bits=hash_bits)
    ids = st.lists(st.tuples(*[st.integers(0, 2_000)] * 2), min_size=1, max_size=4)
    chain: list[SavedState] = []
    stepped: set[int] = set()
    for save in range(1, 1 + data.draw(st.integers(1, 4))):
        rows = table.rows(np.array(data.draw(ids), np.int32)).ravel()[: data.draw(ST_STEPPED)]
        table.step(torch.from_numpy(rows), torch.ones((len(rows), 3)))
        stepped |= set(rows.tolist())
        saved = table.saved_state("t", save, save - 1 or None)
        chain.insert(0, {key: kept(value) for key, value in saved.items()})
        again = make(hash_bits=hash_bits)
        again.load_state_dict("t", merged(chain))
        assert same_state(again.state_dict("t"), table.state_dict("t"))
    whole = again.saved_state("t", 9, None)["t.square"]
    assert isinstance(whole, ChangedRows)
    assert set(whole.rows.tolist()) == stepped


def test_a_recommender_that_marks_nothing_is_saved_whole() -> None:
    recommender = Popularity()
    recommender.update(*random_step(9, seed=0))
    assert not isinstance(recommender, SavesChanges)
    assert saved_state(recommender, 2, 1).keys() == recommender.state_dict().keys()


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("table.weight", (256, 9)),
        ("table.square", (1, 2)),
        ("dense.bias.weight", (1, 1)),
        ("dense.numeric.square", (1, 5)),
    ],
)
def test_a_state_of_other_settings_is_refused(key: str, shape: tuple[int, ...]) -> None:
    state = deepfm().state_dict()
    with pytest.raises(RunError, match=r"the saved .* the same settings"):
        deepfm().load_state_dict(state | {key: np.zeros(shape, np.float32)})


@pytest.mark.parametrize("wrong", [np.zeros((1, 1)), np.zeros(7), np.zeros(8, np.uint8)])
def test_weights_of_another_arm_are_refused(wrong: NDArray[Any]) -> None:
    arm = CleanArm(deepfm(), per_user=4).arm(DIMENSIONS)
    with pytest.raises(
        RunError, match=r"the saved 'pull' is .*; accepted: float64 of shape \(6,\)"
    ):
        arm.load_state_dict(arm.state_dict() | {"pull": wrong})
