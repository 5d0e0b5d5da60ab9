"""The binned AUC against the exact one, and shards against the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lis_sim.errors import ConfigError, DataError, LisSimError, PolicyError
from lis_sim.scores import Auc, BinnedAuc, auc, auc_influence

# Dense near 0 so that bins are shared, wide enough for the outer bins to take what lies beyond.
LOGITS = st.floats(-0.01, 0.01) | st.floats(-40, 40) | st.sampled_from([-16.0, 0.0, 16.0, 3e38])
EVENTS = st.lists(st.tuples(LOGITS, st.booleans(), st.integers(0, 5)), max_size=40)
BIN_COUNTS = st.sampled_from([1, 7, 1024, 65_536])
Events = list[tuple[float, bool, int]]


def arrays(events: Events, dtype: Any = np.float64) -> tuple[NDArray[Any], ...]:
    return (
        np.array([e[0] for e in events], dtype),
        np.array([e[1] for e in events], np.float32),
        np.array([e[2] for e in events], np.int32),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(events=EVENTS, bins=BIN_COUNTS)
def test_the_exact_auc_lies_within_the_bound(dtype: Any, events: Events, bins: int) -> None:
    logit, label, _ = arrays(events, dtype)
    exact, found = auc(logit, label), BinnedAuc.of(logit, label, bins)
    assert (found.auc.positives, found.auc.negatives) == (exact.positives, exact.negatives)
    if exact.value is None:
        assert found.auc.value is None
        assert found.error is None
        return
    assert found.auc.value is not None
    assert found.error is not None
    assert abs(found.auc.value - exact.value) <= found.error + 1e-15


def test_the_bound_is_reached_and_no_larger_than_it_must_be() -> None:
    one_bin = BinnedAuc.of(np.array([0.1, 0.2]), np.array([0, 1]), bins=1)
    assert (one_bin.auc.value, one_bin.error) == (0.5, 0.5)
    assert auc(np.array([0.1, 0.2]), np.array([0, 1])).value == 1.0
    apart = BinnedAuc.of(np.array([0.1, 0.2]), np.array([0, 1]))
    assert (apart.auc.value, apart.error) == (1.0, 0.0)


@given(events=EVENTS, parts=st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_shards_equal_the_whole(events: Events, parts: list[int]) -> None:
    logit, label, user = arrays(events)
    whole = BinnedAuc.of(logit, label, 1024)
    of_row = np.array(parts[: len(events)], np.int64)
    shards = [np.flatnonzero(of_row == part) for part in range(4)]
    merged = BinnedAuc.empty(1024)
    for rows in shards:
        merged = merged + BinnedAuc.of(logit[rows], label[rows], 1024)
    assert np.array_equal(merged.counts, whole.counts)
    assert (merged.auc, merged.error) == (whole.auc, whole.error)

    added = np.zeros(6)
    for rows in shards:
        users, influence = merged.influence(logit[rows], label[rows], user[rows])
        added[users] += influence
    users, influence = whole.influence(logit, label, user)
    assert added[users] == pytest.approx(influence, abs=1e-12)


@given(events=EVENTS, folds=st.integers(1, 4))
def test_users_kept_whole_have_the_bytes_of_the_whole(events: Events, folds: int) -> None:
    logit, label, user = arrays(events)
    whole = BinnedAuc.of(logit, label, 1024)
    users, influence = whole.influence(logit, label, user)
    for fold in range(folds):
        rows, own = user % folds == fold, users % folds == fold
        found = whole.influence(logit[rows], label[rows], user[rows])
        assert found[0].tolist() == users[own].tolist()
        assert found[1].tobytes() == influence[own].tobytes()


@given(events=EVENTS, bins=BIN_COUNTS)
def test_its_influence_is_the_exact_one_of_binned_scores(events: Events, bins: int) -> None:
    logit, label, user = arrays(events)
    place = np.floor((logit + 16.0) * (bins / 32.0)).clip(0, bins - 1)
    expected = auc_influence(place, label, user)
    found = BinnedAuc.of(logit, label, bins)
    users, influence = found.influence(logit, label, user)
    assert found.auc == expected[0]
    assert users.tolist() == expected[1].tolist()
    assert influence.tobytes() == expected[2].tobytes()


def test_pairs_beyond_64_bits_are_counted() -> None:
    many = 10**10
    counts = np.array([[many, 0], [many, many], [0, many]], np.int64)
    assert BinnedAuc(counts).auc == Auc(0.875, 2 * many, 2 * many)
    assert BinnedAuc(counts).error == 0.125


@pytest.mark.parametrize(
    ("logit", "label", "bins", "error", "message"),
    [
        ([0.0, np.nan], [0, 1], 8, PolicyError, r"score nan at event 1"),
        ([0.0], [0, 1], 8, PolicyError, r"shape \(1,\) for 2 events"),
        ([0.0, 0.0], [0, 2], 8, DataError, r"label 2 at event 1"),
        ([0.0, 0.0], [0, 1], 0, ConfigError, r"got 0 bins; accepted is 1 or more"),
    ],
)
def test_wrong_input(
    logit: list[float], label: list[int], bins: int, error: type[LisSimError], message: str
) -> None:
    with pytest.raises(error, match=message):
        BinnedAuc.of(np.array(logit), np.array(label), bins)


def test_shards_of_other_bins_are_refused() -> None:
    with pytest.raises(ConfigError, match="counts of 8 and of 9 bins; accepted are shards"):
        BinnedAuc.empty(8) + BinnedAuc.empty(9)
