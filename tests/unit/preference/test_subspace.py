"""Block power iterations against the exact decomposition."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.preference.subspace import align, leading_images, orthonormal
from lis_sim.types import Float64


def rotation(random: np.random.Generator, size: int) -> Float64:
    return np.linalg.qr(random.standard_normal((size, size)))[0]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_many_rounds_give_the_singular_vectors(seed: int, rank: int) -> None:
    random = np.random.default_rng(seed)
    sizes = np.array([8.0, 5.0, 3.0, 2.0, 0.5, 0.1])
    left, right = rotation(random, 9), rotation(random, 7)
    exact = left[:, :6] * sizes @ right[:6]
    start = random.standard_normal((7, rank + 2))
    found = leading_images(sp.csr_array(exact), start, rounds=60, rank=rank)
    for j in range(rank):
        assert np.isclose(abs(found[:, j] @ right[j]), sizes[j], rtol=1e-6)
        assert np.isclose(np.linalg.norm(found[:, j]), sizes[j], rtol=1e-6)


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_directions_that_are_not_there_are_zero(seed: int, rank: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.uniform(0.5, 5.0, rank)  # a nearly missing direction may count as missing
    exact = rotation(random, 8)[:, :rank] * sizes @ rotation(random, 6)[:rank]
    start = random.standard_normal((6, 7))
    found = leading_images(sp.csr_array(exact), start, rounds=3, rank=6)
    assert (np.linalg.norm(found, axis=0) > 0).sum() == rank
    assert np.allclose(found @ found.T, exact.T @ exact, atol=1e-6 * np.square(exact).sum())


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(-8, 8))
def test_a_basis_spans_its_block_whatever_the_lengths(seed: int, rank: int, power: int) -> None:
    random = np.random.default_rng(seed)
    block = random.standard_normal((20, rank)) @ random.standard_normal((rank, 5))
    block[:, 0] *= 10.0**power
    basis = orthonormal(block)
    gram = basis.T @ basis
    assert np.allclose(gram, np.diag(np.round(np.diag(gram))), atol=1e-4)
    assert round(np.trace(gram)) == rank
    assert np.allclose(basis @ (basis.T @ block), block, atol=1e-4 * np.abs(block).max(axis=0))


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_align_is_the_best_rotation(seed: int, rank: int) -> None:
    random = np.random.default_rng(seed)
    points, reference = random.standard_normal((2, 12, rank))
    turned = align(points, reference)
    assert np.allclose(turned @ turned.T, points @ points.T)
    for _ in range(5):
        other = points @ rotation(random, rank)
        assert np.sum((turned - reference) ** 2) <= np.sum((other - reference) ** 2) + 1e-9


def test_nothing_stays_nothing() -> None:
    empty = sp.csr_array((4, 5))
    assert not leading_images(empty, np.ones((5, 3)), rounds=2, rank=2).any()
    assert not orthonormal(np.zeros((5, 3))).any()
