"""The placebo: same marginals, another item."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.preference import Horizon
from lis_sim.preference.placebo import placebo_permutation
from tests.unit.preference.worlds import ITEMS, plan_of, random_log, served, windows_of


@given(st.lists(st.integers(0, 50), min_size=1, max_size=120), st.integers(0, 9))
def test_a_permutation_within_deciles_of_support(support: list[int], seed: int) -> None:
    counts = np.array(support)
    found = placebo_permutation(counts, seed)
    assert sorted(found) == list(range(len(counts)))
    order = np.argsort(counts, kind="stable")
    groups = max(1, min(10, len(counts) // 5))
    rank = np.empty(len(counts), int)
    rank[order] = np.arange(len(counts))
    decile = np.concatenate([[i] * len(g) for i, g in enumerate(np.array_split(order, groups))])
    assert (decile[rank[found]] == decile[rank]).all()
    assert (placebo_permutation(counts, seed) == found).all()


def test_replicates_have_permutations_of_their_own() -> None:
    counts = np.arange(500)
    first, second = placebo_permutation(counts, 0), placebo_permutation(counts, 1)
    assert (first != second).mean() > 0.9
    assert (first == np.arange(500)).mean() < 0.1


def test_one_permutation_for_all_folds_and_windows() -> None:
    log = random_log(6, events=400)
    plan = plan_of(windows_of(log), Horizon(None))
    support = np.bincount(log.item, minlength=ITEMS)
    shown = served(log, plan)
    for replicate, seed in enumerate(plan.seeds):
        order = placebo_permutation(support, seed)
        for window in shown:
            true = window["leaked_crossfit:co_click", replicate]
            placebo = window["placebo:co_click", replicate]
            assert (placebo.vectors == true.vectors[:, order]).all()
            assert (placebo.supported == true.supported[:, order]).all()
            assert (np.sort(placebo.vectors, axis=1) == np.sort(true.vectors, axis=1)).all()
