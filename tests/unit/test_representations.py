"""What the benchmark of representations measures is what it says."""

from __future__ import annotations

import numpy as np

from benchmarks.representations import Moving, captured, exact_images
from lis_sim.preference.subspace import leading_images

RANK = 8
MATRICES = Moving.drawn(users=400, items=150, events=12_000)


def test_the_exact_images_hold_all_there_is_and_others_less() -> None:
    assert np.isclose(captured(MATRICES.now, exact_images(MATRICES.now, RANK), RANK), 1.0)
    anything = np.random.default_rng(0).standard_normal((150, RANK))
    assert captured(MATRICES.now, anything, RANK) < 0.5


def test_one_round_from_the_last_window_comes_near_the_exact_one() -> None:
    random = np.random.default_rng(0).standard_normal((150, RANK + 4))
    start = random.copy()
    start[:, :RANK] = leading_images(MATRICES.before, random, 8, RANK)
    warm = leading_images(MATRICES.now, start, 1, RANK)
    cold = leading_images(MATRICES.now, random, 1, RANK)
    near = captured(MATRICES.now, warm, RANK)
    assert 0.97 < near <= 1.0 + 1e-9
    assert captured(MATRICES.now, cold, RANK) < near


def test_shards_of_users_add_up() -> None:
    """Products of shards of users sum to the whole's: what a basis needs is additive."""
    matrix, block = MATRICES.now, np.random.default_rng(1).standard_normal((150, 5))
    whole = matrix.T @ (matrix @ block)
    parts = [matrix[at : at + 100] for at in range(0, 400, 100)]
    assert np.allclose(sum(part.T @ (part @ block) for part in parts), whole, rtol=1e-4, atol=1e-3)
