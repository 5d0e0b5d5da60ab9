"""The embedding table: growth, hashing, row-wise Adagrad."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import DataError
from policies.embedding import Columns, EmbeddingTable, hashed
from tests.unit.policies.reference import slow_adagrad
from tests.unit.policies.worlds import same_bits, same_state

GROUPS = (Columns(3, deviation=0.5, rate=0.2), Columns(1, deviation=0.0, rate=0.7))
FIELDS = ("user", "item")


def table(hash_bits: int | None = None, seed: int = 0) -> EmbeddingTable:
    return EmbeddingTable(FIELDS, GROUPS, seed=seed, initial_square=0.5, hash_bits=hash_bits)


def values(of: EmbeddingTable, ids: list[tuple[int, int]]) -> np.ndarray[tuple[int, ...], np.dtype]:
    return of.gather(torch.from_numpy(of.rows(np.array(ids, np.int32)))).numpy()


IDS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), min_size=1, max_size=12)


@given(IDS, st.randoms(use_true_random=False))
def test_a_table_grown_in_any_order_equals_one_made_at_once(
    ids: list[tuple[int, int]], shuffle: st.DrawFn
) -> None:
    grown, at_once = table(), table()
    order = list(ids)
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    for one in order:
        values(grown, [one])
    at_once.rows(np.array([[3000, 3000]], np.int32))
    assert same_bits(values(grown, ids), values(at_once, ids))


def test_rows_are_distinct_between_ids_and_fields() -> None:
    ids = np.stack([np.arange(1500), np.arange(1500)], axis=1).astype(np.int32)
    rows = table().rows(ids)
    assert len(np.unique(rows)) == rows.size


def test_first_values_have_the_spread_asked_for_and_depend_on_the_seed() -> None:
    ids = [(k, k) for k in range(4000)]
    first = values(table(), ids)
    np.testing.assert_allclose(first[:, :, :3].std(), 0.5, rtol=0.02)
    assert (first[:, :, 3] == 0).all()
    assert not np.allclose(first[:, 0], first[:, 1]), "fields start from different numbers"
    assert not np.allclose(first, values(table(seed=1), ids))


@given(IDS, st.sampled_from([None, 4]))
def test_rows_of_one_field_are_those_of_all(
    ids: list[tuple[int, int]], hash_bits: int | None
) -> None:
    """Whichever of the two makes the table grow."""
    first, second = table(hash_bits), table(hash_bits)
    both = np.array(ids, np.int32)
    alone = first.rows_of(1, both[:, 1].copy())
    assert (alone == first.rows(both)[:, 1]).all()
    rows = second.rows(both)
    assert (second.rows_of(1, both[:, 1].copy()) == rows[:, 1]).all()
    assert first.rows_of(1, np.empty(0, np.int32)).shape == (0,)
    with pytest.raises(DataError, match="id -4 is negative"):
        first.rows_of(1, np.array([3, -4], np.int32))


def test_further_rows_step_with_the_others() -> None:
    """The squares of all come first, also of a row that is among both."""
    one, other = table(), table()
    rows = torch.from_numpy(one.rows(np.array([[0, 1], [2, 1]], np.int32)).ravel())
    further = torch.from_numpy(one.rows_of(1, np.array([1, 5], np.int32)))
    other.rows(np.array([[0, 1], [2, 1]], np.int32))
    gradient = torch.arange(24.0).view(6, 4)
    one.step_with(rows, gradient[:4], further, gradient[4:])
    other.step(torch.cat([rows, further]), gradient)
    assert same_state(one.state_dict("t"), other.state_dict("t"))


@given(
    rows=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    seed=st.integers(0, 1000),
    steps=st.integers(1, 3),
)
def test_squares_of_the_whole_batch_come_before_any_step(
    rows: list[int], seed: int, steps: int
) -> None:
    """Few rows, so that nearly every batch repeats some."""
    draw = np.random.Generator(np.random.Philox(key=seed))
    own = table()
    own.rows(np.array([[255, 0]], np.int32))
    weight, square = own.weight.numpy().copy(), own.square.numpy().copy()
    groups = [(group.count, group.rate) for group in GROUPS]
    for _ in range(steps):
        gradient = draw.normal(size=(len(rows), 4)).astype(np.float32)
        own.step(torch.tensor(rows), torch.from_numpy(gradient))
        weight, square = slow_adagrad(weight, square, rows, gradient.astype(np.float64), groups)
    np.testing.assert_allclose(own.weight.numpy(), weight, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(own.square.numpy(), square, rtol=1e-5)


def test_a_zero_gradient_moves_nothing() -> None:
    own = table()
    rows = torch.from_numpy(own.rows(np.array([[3, 4], [3, 4]], np.int32))).flatten()
    before = own.state_dict("t")
    own.step(rows, torch.zeros(4, 4))
    assert same_state(before, own.state_dict("t"))


@pytest.mark.parametrize("bits", [1, 4, 9])
def test_hash_bits_bound_the_table(bits: int) -> None:
    own = table(bits)
    ids = np.arange(100_000, dtype=np.int32).reshape(-1, 2)
    rows = own.rows(ids)
    for field in range(2):
        assert len(np.unique(rows[:, field])) == 2**bits
    most = 2 * max(2**bits, 256)
    assert len(own.state_dict("t")["t.weight"]) <= most
    assert (rows == own.rows(ids)).all()


def test_hashing_spreads_ids_evenly_and_by_seed() -> None:
    ids = np.arange(64_000, dtype=np.int32)
    counts = np.bincount(hashed(ids, 6, seed=0), minlength=64)
    assert len(counts) == 64
    assert abs(counts - 1000).max() < 150  # almost five standard deviations
    assert (hashed(ids, 6, seed=0) != hashed(ids, 6, seed=1)).mean() > 0.9


def test_the_largest_hash_fits_an_id() -> None:
    assert hashed(np.arange(10_000, dtype=np.int32), 30, seed=0).min() >= 0


def test_a_negative_id_is_refused() -> None:
    with pytest.raises(DataError, match="id -1 is negative; ids are dense indices from 0"):
        table().rows(np.array([[0, 0], [5, -1]], np.int32))


def test_a_restored_table_grows_on_as_the_first_would() -> None:
    first = table()
    first.rows(np.array([[300, 5]], np.int32))
    saved = first.state_dict("t")
    second = table()
    second.load_state_dict("t", saved)
    later = [(5000, 900), (300, 5)]
    assert same_bits(values(first, later), values(second, later))
    assert same_state(first.state_dict("t"), second.state_dict("t"))
