"""The construction of pairs against dense eigenvectors, and what must not matter to it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.preference.pairs import PairVectors
from lis_sim.preference.pairs_matrix import PairSums, leading_directions
from lis_sim.preference.pairs_settings import PairsSettings
from lis_sim.types import Bool, Float64, Int32

SEEDS = st.integers(0, 10**6)
ITEMS = 30
EVERY = PairsSettings(rank=4, rounds=12, vector_strength=5.0)
SIGNED = PairsSettings(rank=4, rounds=12, signed=True)


def rows(seed: int, signed: bool = False) -> tuple[Int32, Int32, Float64]:
    random = np.random.default_rng(seed)
    first = random.integers(0, ITEMS - 3, 400).astype(np.int32)
    second = random.integers(0, ITEMS - 3, 400).astype(np.int32)
    return first, second, random.standard_normal(400) if signed else random.exponential(size=400)


def dense(first: Int32, second: Int32, weight: Float64, chosen: Bool) -> Float64:
    matrix = np.zeros((ITEMS, ITEMS))
    for a, b, w in zip(first[chosen], second[chosen], weight[chosen], strict=True):
        matrix[a, b] += w
        if a != b:
            matrix[b, a] += w
    return matrix


@given(seed=SEEDS)
def test_sums_are_those_of_the_chosen_rows(seed: int) -> None:
    first, second, weight = rows(seed, signed=True)
    chosen = np.random.default_rng(seed).random(400) < 0.3
    found = PairSums(first, second, ITEMS).matrix(chosen, weight)
    expected = dense(first, second, weight, chosen)
    assert np.allclose(found.toarray(), expected, rtol=0, atol=1e-12)
    assert found.nnz == np.count_nonzero(expected)
    alone = PairSums(first[chosen], second[chosen], ITEMS)
    same = alone.matrix(np.ones(int(chosen.sum()), bool), weight[chosen])
    for one, other in zip((found.data, found.indices, found.indptr),
                          (same.data, same.indices, same.indptr), strict=True):  # fmt: skip
        assert one.tobytes() == other.tobytes()


@settings(max_examples=10)
@given(seed=SEEDS, signed=st.booleans())
def test_directions_are_those_of_the_dense_matrix(seed: int, signed: bool) -> None:
    chosen = np.ones(400, bool)
    first, second, weight = rows(seed, signed)
    matrix = dense(first, second, weight, chosen)
    size = np.abs(matrix).sum(axis=1)
    support = size / (size.sum() / np.count_nonzero(matrix))
    scale = np.where(size > 0, 1 / np.sqrt(np.maximum(size, 1e-300)), 0)
    normalised = matrix * scale * scale[:, None]
    if not signed:
        normalised = normalised - np.outer(np.sqrt(size), np.sqrt(size)) / size.sum()
    values, vectors = np.linalg.eigh(normalised)
    kept = values[-4:] > 1e-9
    images = (vectors[:, -4:] * values[-4:] * kept) * (np.sqrt(support) / (support + 5))[:, None]
    found, supported = PairVectors(SIGNED if signed else EVERY, ITEMS, seed).build(
        PairSums(first, second, ITEMS).matrix(chosen, weight)
    )
    assert np.allclose(found @ found.T, images @ images.T, atol=1e-8 * np.abs(images).max())
    assert supported.tolist() == [True] * (ITEMS - 3) + [False] * 3


@pytest.mark.parametrize("signed", [False, True])
def test_neither_the_unit_nor_the_order_of_a_pair_matters(signed: bool) -> None:
    first, second, weight = rows(4, signed)
    chosen = np.ones(400, bool)
    construction = PairVectors(SIGNED if signed else EVERY, ITEMS, 0)
    one, _ = construction.build(PairSums(first, second, ITEMS).matrix(chosen, weight))
    turned, _ = construction.build(PairSums(second, first, ITEMS).matrix(chosen, 4.0 * weight))
    assert one.tobytes() == turned.tobytes()


def test_nothing_gives_nothing() -> None:
    vectors, supported = PairVectors(EVERY, ITEMS, 0).build(sp.csr_array((ITEMS, ITEMS)))
    assert not vectors.any()
    assert not supported.any()
    zero = PairSums(np.array([0], np.int32), np.array([1], np.int32), ITEMS)
    still, paired = PairVectors(EVERY, ITEMS, 0).build(zero.matrix(np.array([True]), np.zeros(1)))
    assert not still.any()
    assert paired.sum() == 2


def test_what_goes_apart_is_no_direction() -> None:
    """Two sides that are only paired across: an eigenvalue of -1, and nothing they share."""
    across = np.kron([[0.0, 1.0], [1.0, 0.0]], np.ones((4, 4)))
    start = np.random.default_rng(0).standard_normal((8, 4))
    expected = np.full(8, np.sqrt(1 / 8))
    found, values = leading_directions(sp.csr_array(across), start, 5, 3, expected)
    assert not found.any()
    assert not values.any()
