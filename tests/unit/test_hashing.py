"""Stateless random numbers: position decides, nothing that was drawn before does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.hashing import fold_of, generator, mix, purpose_key, uniform_rows

FOLDS_OF_SEED_0 = [2, 4, 0, 0, 2, 0, 2, 1, 0, 1]
ROW_OF_SEED_0 = [0.2807888, 0.325163, -0.41289803]


@given(
    key=st.integers(0, 2**128 - 1),
    first=st.integers(0, 5000),
    rows=st.integers(0, 40),
    columns=st.integers(1, 20),
)
def test_rows_do_not_depend_on_where_one_starts(
    key: int, first: int, rows: int, columns: int
) -> None:
    whole = uniform_rows(key, 0, first + rows, columns)
    part = uniform_rows(key, first, rows, columns)
    assert part.shape == (rows, columns)
    assert part.tobytes() == whole[first:].tobytes()


def test_rows_are_uniform_and_uncorrelated() -> None:
    draws = uniform_rows(purpose_key(0, "test"), 0, 40_000, 5)
    assert draws.dtype == np.float32
    assert abs(draws).max() <= 1.0
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=0.015)
    np.testing.assert_allclose(draws.var(axis=0), 1 / 3, atol=0.01)
    np.testing.assert_allclose(np.corrcoef(draws.T), np.eye(5), atol=0.025)
    np.testing.assert_allclose(np.corrcoef(draws[1:, 0], draws[:-1, 0])[0, 1], 0, atol=0.025)


def test_keys_differ_by_seed_and_by_every_word() -> None:
    keys = {
        purpose_key(seed, word, number)
        for seed in range(5)
        for word in ("user", "item")
        for number in range(5)
    }
    assert len(keys) == 50
    assert max(keys) < 2**128


def test_generators_of_a_purpose_repeat_and_of_others_differ() -> None:
    first = generator(3, "batch order", 0).permutation(50)
    assert (first == generator(3, "batch order", 0).permutation(50)).all()
    assert not (first == generator(3, "batch order", 1).permutation(50)).all()
    assert not (first == generator(4, "batch order", 0).permutation(50)).all()


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_mix_is_one_to_one_and_flips_half_of_the_bits(seed: int) -> None:
    ids = np.arange(20_000, dtype=np.int64)
    mixed = mix(ids, seed)
    assert len(np.unique(mixed)) == len(ids)
    flipped = np.bitwise_count(mixed[1:] ^ mixed[:-1])
    assert abs(float(flipped.mean()) - 32.0) < 0.3


@pytest.mark.parametrize("folds", [2, 5, 8])
def test_folds_are_balanced_and_differ_between_seeds(folds: int) -> None:
    user = np.arange(20_000, dtype=np.int32)
    fold = fold_of(user, 0, folds)
    share = np.bincount(fold, minlength=folds) / len(user)
    assert len(share) == folds
    np.testing.assert_allclose(share, 1 / folds, atol=0.015)
    same = (fold == fold_of(user, 1, folds)).mean()
    assert abs(same - 1 / folds) < 0.015


@given(st.lists(st.integers(0, 2**31 - 1), max_size=30), st.integers(0, 100))
def test_a_fold_depends_on_the_user_alone(users: list[int], seed: int) -> None:
    together = fold_of(np.array(users, np.int32), seed, 5).tolist()
    assert together == [int(fold_of(np.array([user], np.int32), seed, 5)[0]) for user in users]


def test_numbers_stay_what_they_are() -> None:
    """A change here changes every score ever recorded; say so in the changelog."""
    assert fold_of(np.arange(10, dtype=np.int32), 0, 5).tolist() == FOLDS_OF_SEED_0
    np.testing.assert_array_equal(
        uniform_rows(purpose_key(0, "embedding", "user"), 1, 1, 3)[0],
        np.array(ROW_OF_SEED_0, np.float32),
    )
