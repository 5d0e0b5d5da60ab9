"""What changed of an array is found, kept as its rows, and put together to the same array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lis_sim.errors import RunError
from lis_sim.training.checkpoints import changes as checkpoint_changes
from lis_sim.training.checkpoints.changes import Fingerprints, narrowed
from lis_sim.training.checkpoints.state import merged, packed, unpacked
from lis_sim.types import ChangedRows
from tests.unit.training.worlds import same_arrays

FILE = Path("checkpoints/window-000003/stream.safetensors")
SHAPES = st.sampled_from([(), (1,), (3,), (2, 2)])
DTYPES = st.sampled_from(["u1", "i2", "f4", "i8", "?"])


@pytest.fixture(autouse=True)
def _every_array_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_changes, "LARGE", 1)


def grown(array: NDArray[Any], rows: int, axis: int) -> NDArray[Any]:
    shape = list(array.shape)
    shape[axis] = rows
    new = np.zeros(shape, array.dtype)
    common = [slice(0, min(a, b)) for a, b in zip(array.shape, shape, strict=True)]
    new[tuple(common)] = array[tuple(common)]
    return new


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_chain_of_changes_gives_the_array_itself(data: st.DataObject) -> None:
    """Whatever grows, shrinks, turns or changes its type from save to save."""
    draw = np.random.Generator(np.random.Philox(key=data.draw(st.integers(0, 99))))
    axis = data.draw(st.integers(0, 1))
    width = data.draw(SHAPES)
    shape = [*width[:axis], data.draw(st.integers(0, 400)), *width[axis:]]
    axis = min(axis, len(shape) - 1)
    array = draw.integers(0, data.draw(st.integers(1, 2)), shape).astype(data.draw(DTYPES))
    chain: list[dict[str, Any]] = []
    prints: dict[str, Fingerprints] | None = None
    for _ in range(data.draw(st.integers(1, 5))):
        if data.draw(st.booleans()):
            array = grown(array, data.draw(st.integers(0, 500)), axis)
        array = array.copy()
        for place in draw.integers(0, max(1, array.nbytes), data.draw(st.integers(0, 4))):
            array.reshape(-1).view(np.uint8)[int(place) : int(place) + 1] ^= 1
        state, prints = narrowed({"x": array}, prints)
        chain.insert(0, dict(unpacked(FILE, packed(state))))
        assert same_arrays(merged(chain), {"x": array})
        assert merged(chain)["x"].shape == array.shape


def test_few_changes_cost_few_rows() -> None:
    table = np.zeros((10_000, 16), np.float32)
    _, prints = narrowed({"t": table}, None)
    table[[3, 777, 9_999]] += 1.0
    state, _ = narrowed({"t": table}, prints)
    assert isinstance(state["t"], ChangedRows)
    assert state["t"].rows.tolist() == [3, 777, 9_999]


def test_small_numbers_are_looked_at_in_blocks() -> None:
    counts = np.ones(10_000)
    _, prints = narrowed({"c": counts}, None)
    assert prints["c"].prints.nbytes * 8 <= counts.nbytes
    counts[17] = 2.0
    state, _ = narrowed({"c": counts}, prints)
    assert isinstance(state["c"], ChangedRows)
    assert state["c"].rows.tolist() == list(range(16, 24))


def test_zeros_are_not_saved() -> None:
    counts = np.zeros((1, 10_000))
    counts[0, [17, 42]] = 1.0, -0.0
    _, prints = narrowed({"c": counts}, None)
    counts[0, 99] = 1.0
    for before in (None, prints):
        state, _ = narrowed({"c": counts}, before)
        assert isinstance(state["c"], ChangedRows)
        assert (state["c"].alone, state["c"].rows.tolist()) == (True, [17, 42, 99])
        chain = [unpacked(FILE, packed(state)), {"c": np.ones(3)}]
        assert same_arrays(merged(chain), {"c": counts})


def test_rows_that_come_after_rows_alone_are_zeros() -> None:
    new = ChangedRows(6, np.array([3]), np.array([7.0]))
    base = ChangedRows(4, np.array([1]), np.array([5.0]), alone=True)
    assert merged([{"x": new}, {"x": base}])["x"].tolist() == [0.0, 5.0, 0.0, 7.0, 0.0, 0.0]


def test_what_mostly_changed_is_kept_whole() -> None:
    table = np.zeros((1_000, 16))
    _, prints = narrowed({"t": table}, None)
    table[:600] += 1.0
    assert narrowed({"t": table}, prints)[0]["t"] is table


def test_small_arrays_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_changes, "LARGE", 100)
    assert narrowed({"x": np.ones(12), "y": np.ones(13)}, None)[1].keys() == {"y"}


@pytest.mark.parametrize("bit", [0, 31, 63])
def test_every_bit_of_a_word_matters(bit: int) -> None:
    words = np.zeros(64, np.uint64)
    before = Fingerprints.of(words).prints
    for word in range(64):
        other = words.copy()
        other[word] = np.uint64(1) << np.uint64(bit)
        assert (Fingerprints.of(other).prints != before).sum() == 1


def rows(length: int, *places: int, axis: int = 0, width: int = 2) -> dict[str, NDArray[Any]]:
    change = ChangedRows(length, np.array(places, np.int64), np.ones((len(places), width)), axis)
    return packed({"x": change})


BROKEN = {
    "a stranger": {"weight": np.zeros(2)},
    "no values": {k: v for k, v in rows(3, 1).items() if k != "values/x"},
    "no length": {k: v for k, v in rows(3, 1).items() if k != "length/x"},
    "past the end": rows(3, 3),
    "negative": rows(3, -1),
    "repeated": rows(3, 1, 1),
    "too few values": rows(3, 0, 1) | {"values/x": np.ones((1, 2))},
    "no such axis": rows(3, 1, axis=2),
    "rows as floats": rows(3, 1) | {"rows/x": np.ones(1)},
    "length of three": rows(3, 1) | {"length/x": np.ones(3, np.int64)},
    "a number": rows(3, 1) | {"values/x": np.ones(())},
}


@pytest.mark.parametrize("arrays", BROKEN.values(), ids=BROKEN)
def test_a_file_of_something_else_is_refused(arrays: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(RunError, match=r"window-000003/stream\.safetensors has .*; accepted: a p"):
        unpacked(FILE, arrays)


HUGE = np.array([1 << 60, 0])
UNFIT: dict[str, tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]] = {
    "more zeros than there are": (
        {"alone/x": np.zeros(0, np.int32), "values/x": np.ones((0, 2)), "length/x": HUGE},
        {},
    ),
    "another type": (rows(3, 1), {"whole/x": np.zeros((3, 2), np.float32)}),
    "another width": (rows(3, 1), {"whole/x": np.zeros((3, 4))}),
    "rows that nobody has": (rows(5, 4), {"whole/x": np.zeros((3, 2))}),
    "fewer axes": (rows(3, 1, axis=1), {"whole/x": np.zeros(3)}),
    "no rows": (rows(3, 1), {"whole/x": np.zeros(())}),
    "nothing": (rows(3, 1), {"whole/y": np.zeros(3)}),
}


@pytest.mark.parametrize("case", UNFIT)
def test_changes_of_something_else_are_refused(case: str) -> None:
    newest, base = UNFIT[case]
    chain = [unpacked(FILE, newest), unpacked(FILE, base)]
    with pytest.raises(RunError, match="'x'"):
        merged(chain)


def test_changes_along_the_longest_axis_merge() -> None:
    base = np.arange(8.0).reshape(2, 4)
    change = ChangedRows(5, np.array([1, 4]), np.array([[9.0, 8.0], [7.0, 6.0]]), axis=1)
    found = merged([{"x": change}, {"x": base}])["x"]
    assert found.tolist() == [[0.0, 9.0, 2.0, 3.0, 7.0], [4.0, 8.0, 6.0, 7.0, 6.0]]
