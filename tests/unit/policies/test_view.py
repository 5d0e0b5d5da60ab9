"""Which row of the table a user sees: folds, padding, items without a place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.hashing import fold_of
from lis_sim.types import Bool, Representation
from policies.view import RepresentationView, missing_flag
from tests.unit.policies.worlds import DIMENSIONS, representation


@given(
    folds=st.integers(1, 4),
    fold_seed=st.integers(0, 50),
    pairs=st.lists(st.tuples(st.integers(0, 10_000), st.integers(-1, 12)), min_size=1, max_size=20),
)
def test_every_user_sees_the_vectors_of_their_own_fold(
    folds: int, fold_seed: int, pairs: list[tuple[int, int]]
) -> None:
    shown = representation(folds=folds, items=8)
    view = RepresentationView.of(shown, fold_seed)
    flag = missing_flag(shown)
    user, item = np.array(pairs, np.int32).T
    seen = view.table[view.rows(user, item)]
    for k, (one, wanted) in enumerate(pairs):
        fold = int(fold_of(np.array([one], np.int32), fold_seed, folds)[0])
        vector, missing = np.zeros(DIMENSIONS), 0.0
        if 0 <= wanted < 8:
            vector, missing = shown.vectors[fold, wanted], flag[fold, wanted]
        assert seen[k].tolist() == [*vector, missing]


def test_a_history_is_looked_up_as_its_items_are() -> None:
    view = RepresentationView.of(representation(folds=3, items=8), fold_seed=1)
    user = np.arange(20, dtype=np.int32)
    history = (np.arange(100, dtype=np.int32).reshape(20, 5) % 11) - 1
    expected = np.stack([view.rows(user, history[:, h]) for h in range(5)], axis=1)
    assert view.rows(user, history).tolist() == expected.tolist()


def test_no_history_is_no_row() -> None:
    view = RepresentationView.of(representation(), fold_seed=1)
    assert view.rows(np.zeros(3, np.int32), np.empty((3, 0), np.int32)).shape == (3, 0)


@pytest.mark.parametrize("supported", [True, False])
def test_a_flag_that_says_the_same_of_every_item_is_exactly_zero(supported: bool) -> None:
    flag = missing_flag(_flags(np.full((2, 7), supported)))
    assert flag.tobytes() == np.zeros((2, 7), np.float32).tobytes()


def test_the_flag_is_centred_with_unit_rms() -> None:
    supported = np.arange(100)[None, :] % 3 > 0
    flag = missing_flag(_flags(supported))
    np.testing.assert_allclose([flag.mean(), (flag**2).mean()], [0.0, 1.0], atol=1e-6)
    assert (flag[~supported] > 0).all()


def test_a_rare_item_without_vector_does_not_stand_out_without_limit() -> None:
    supported = np.arange(10_000)[None, :] > 0
    assert missing_flag(_flags(supported)).max() == pytest.approx(4.0, rel=1e-3)


def _flags(supported: Bool) -> Representation:
    return Representation(np.zeros((*supported.shape, 1), np.float32), supported)
