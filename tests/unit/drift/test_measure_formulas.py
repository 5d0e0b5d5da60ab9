"""The formulas behind the measures, against oracles and on small worlds with known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import ks_2samp

from lis_sim.drift.embedding import COMPARED, Mmd, mean_shift, pooled, vector_sample
from lis_sim.drift.ks import ks_distance
from lis_sim.drift.newness import FirstSeen
from lis_sim.drift.psi import (
    BUCKETS,
    counts_between,
    counts_of,
    decile_edges,
    psi,
    together,
    top_values,
    value_counts,
)
from lis_sim.drift.psi_popularity import RECENT_WINDOWS, Popularity
from lis_sim.types import Float32, Float64, Int32, RepresentationTable

VALUES = hnp.arrays(np.float64, st.integers(4, 40), elements=st.integers(-5, 5).map(float))
INDEX = hnp.arrays(np.int32, st.integers(1, 60), elements=st.integers(0, 20))
COUNTS = hnp.arrays(np.int64, 6, elements=st.integers(1, 500))


@given(VALUES, VALUES)
def test_ks_is_scipys(one: Float64, other: Float64) -> None:
    expected = float(ks_2samp(one, other, method="asymp").statistic)
    assert ks_distance(np.sort(one), other) == pytest.approx(expected, abs=1e-12)


@given(COUNTS, COUNTS)
def test_psi_is_symmetric_and_takes_its_expectation_off(one: Float64, other: Float64) -> None:
    assert psi(one, other) == pytest.approx(psi(other, one))
    least = -(len(one) - 1) * (1 / one.sum() + 1 / other.sum())
    assert psi(one, other) >= least - 1e-12
    assert psi(one, one) == pytest.approx(-2 * (len(one) - 1) / one.sum())


@pytest.mark.parametrize("events", [200, 20_000])
def test_psi_is_nothing_on_average_when_nothing_changed(events: int) -> None:
    random = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    found = [
        psi(random.multinomial(8 * events, shares), random.multinomial(events, shares))
        for _ in range(400)
    ]
    expected = 9 * (1 / events + 1 / (8 * events))
    assert abs(np.mean(found)) < 0.15 * expected


def test_psi_of_many_events_is_the_population_index() -> None:
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])
    exact = float(((after - before) * np.log(after / before)).sum())
    found = psi((before * 1e9).astype(np.int64), (after * 1e9).astype(np.int64))
    assert found == pytest.approx(exact, rel=1e-6)


@given(VALUES, VALUES)
def test_every_number_falls_into_one_bucket(reference: Float64, present: Float64) -> None:
    edges = decile_edges(reference)
    counts = counts_between(edges, present)
    assert counts.sum() == len(present)
    for at, edge in enumerate(edges):
        assert counts[: at + 1].sum() == (present <= edge).sum()


@given(INDEX, INDEX, INDEX)
def test_every_value_is_a_top_value_or_another(one: Int32, two: Int32, present: Int32) -> None:
    usual = together([value_counts(one), value_counts(two)])
    assert usual.counts.tolist() == np.unique(np.append(one, two), return_counts=True)[1].tolist()
    top = top_values(usual)
    assert len(top) == min(BUCKETS - 1, len(usual.values))
    counts = counts_of(top, value_counts(present))
    assert counts.tolist() == [
        *((present == value).sum() for value in top),
        (~np.isin(present, top)).sum(),
    ]


@given(INDEX, INDEX)
def test_popularity_counts_every_event_once(recent: Int32, present: Int32) -> None:
    popularity = Popularity()
    assert popularity.counts(present).sum() == 0.0
    popularity.add(recent)
    counts = popularity.counts(present)
    assert counts.sum() == pytest.approx(len(present))
    assert counts[-1] == (~np.isin(present, recent)).sum()
    # The same events again are what the tenths were cut by.
    np.testing.assert_allclose(popularity.counts(recent)[:-1], len(recent) / BUCKETS)


def test_popularity_forgets_what_is_not_recent() -> None:
    popularity = Popularity()
    popularity.add(np.array([7], np.int32))
    for _ in range(RECENT_WINDOWS):
        assert popularity.counts(np.array([7], np.int32))[-1] == 0.0
        popularity.add(np.array([3], np.int32))
    assert popularity.counts(np.array([7], np.int32))[-1] == 1.0


@given(st.lists(st.lists(st.integers(0, 30), min_size=1), min_size=1), st.integers(1, 4))
def test_new_is_what_no_window_before_had(windows: list[list[int]], pieces: int) -> None:
    seen, before = FirstSeen(), set[int]()
    for at, window in enumerate(windows):
        parts = np.array_split(np.array(window, np.int32), pieces)
        found = sum(seen.new_events(part, at) for part in parts)
        assert found == sum(value not in before for value in window)
        before |= set(window)


def mmd_by_pairs(reference: Float32, present: Float32) -> float:
    """Return equation 3 of Gretton et al., pair by pair."""

    def squared(x: Float32, y: Float32) -> float:
        return float(((x.astype(float) - y.astype(float)) ** 2).sum())

    m, n = len(reference), len(present)
    scale = np.median([squared(reference[i], reference[j]) for i in range(m) for j in range(i)])

    def kernel(x: Float32, y: Float32) -> float:
        return math.exp(-squared(x, y) / (2 * scale))

    within = sum(kernel(x, y) for x in reference for y in reference) - m
    given_ = sum(kernel(x, y) for x in present for y in present) - n
    across = sum(kernel(x, y) for x in reference for y in present)
    return within / (m * (m - 1)) + given_ / (n * (n - 1)) - 2 * across / (m * n)


def test_mmd_is_the_sum_over_pairs() -> None:
    random = np.random.default_rng(3)
    one, other = (random.standard_normal((n, 3)).astype(np.float32) for n in (12, 9))
    assert Mmd(one).from_present(other) == pytest.approx(mmd_by_pairs(one, other), abs=1e-9)


def test_vectors_that_are_all_the_same_have_no_discrepancy() -> None:
    same = np.ones((30, 2), np.float32)
    assert Mmd(same).from_present(same) is None
    assert Mmd(np.eye(2, dtype=np.float32)).from_present(same[:1]) is None
    table = RepresentationTable("t", np.array([0], np.int32), same[:1])
    one = vector_sample(table, np.zeros(5, np.int32), np.random.default_rng(0))
    assert mean_shift(one, one) is None


def test_mean_shift_is_in_units_of_the_spread() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((500, 4)).astype(np.float32) * 3
    table = RepresentationTable("t", np.arange(500, dtype=np.int32), vectors)
    moved = RepresentationTable("t", table.item, vectors + np.array([3, 0, 0, 0], np.float32))
    usual = vector_sample(table, table.item, random)
    # One of four dimensions moves by its standard deviation: half of the length of the spread.
    assert mean_shift(usual, vector_sample(moved, table.item, random)) == pytest.approx(
        3 / np.sqrt(vectors.var(axis=0).sum()), rel=1e-5
    )


def test_pooled_vectors_are_those_of_all_windows() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((90, 4)).astype(np.float32)
    table = RepresentationTable("t", np.arange(90, dtype=np.int32), vectors)
    parts = [vector_sample(table, part, random) for part in np.split(table.item, (10, 40))]
    whole = pooled(parts)
    np.testing.assert_allclose(whole.mean, vectors.mean(axis=0), atol=1e-6)
    assert whole.square == pytest.approx(float(np.square(vectors).sum(axis=1).mean()), rel=1e-5)
    assert (whole.events, len(whole.few)) == (90, min(90, COMPARED))


def test_items_without_a_vector_are_left_out() -> None:
    table = RepresentationTable("t", np.array([2, 4], np.int32), np.eye(2, dtype=np.float32))
    random = np.random.default_rng(0)
    found = vector_sample(table, np.array([0, 2, 3, 4, 9], np.int32), random)
    assert (found.events, found.mean.tolist()) == (2, [0.5, 0.5])
    assert vector_sample(table, np.array([0, 9], np.int32), random).events == 0
    empty = RepresentationTable("t", np.empty(0, np.int32), np.empty((0, 2), np.float32))
    assert vector_sample(empty, np.array([0], np.int32), random).events == 0
