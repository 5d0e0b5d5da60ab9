"""``co_click`` does what its formulas say, and finds what was planted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec
from lis_sim.preference.builder import Shown
from lis_sim.preference.co_click import CoClick
from lis_sim.preference.co_click_settings import CoClickSettings
from lis_sim.preference.evidence import Evidence
from lis_sim.preference.subspace import align
from lis_sim.types import Float32, Float64
from tests.unit.preference.worlds import evidence_from, shown_by

ITEMS = 30
NOTHING = evidence_from(*np.zeros((3, 0), np.int64))


def planted(events: int = 3000, groups: int = 3, seed: int = 0) -> Evidence:
    """Users and items of ``groups`` tastes: own taste is liked nine times in ten, else one."""
    random = np.random.default_rng(seed)
    user, item = random.integers(0, 60, events), random.integers(0, ITEMS, events)
    likes = np.where(user % groups == item % groups, 0.9, 0.1)
    return evidence_from(user, item, (random.random(events) < likes).astype(np.int64))


def cosine(left: Float64 | Float32, right: Float64 | Float32) -> Float64:
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.asarray((a * b).sum(axis=-1) / lengths)


def expected_vectors(evidence: Evidence, settings: CoClickSettings) -> tuple[Float64, Float64]:
    """Return directions and log odds from the docstrings' formulas, by event and exact SVD."""
    sizes = np.diff(evidence.start)
    labels = evidence.label.astype(np.float64)
    rate = np.zeros(ITEMS)
    support = np.zeros(ITEMS)
    overall = (labels.sum() + 1) / (len(evidence) + 2)
    for i in range(ITEMS):
        own = labels[evidence.item == i]
        support[i] = len(own)
        strength = settings.rate_strength
        rate[i] = (own.sum() + strength * overall) / (len(own) + strength)
    residual = np.zeros((len(sizes), ITEMS))
    for u, (first, end) in enumerate(zip(evidence.start, evidence.start[1:], strict=False)):
        item, label = evidence.item[first:end], labels[first:end]
        mean = (label - rate[item]).sum() / (end - first + settings.user_strength)
        for i, one in zip(item, label, strict=True):
            residual[u, i] += one - min(max(rate[i] + mean, 0.02), 0.98)
    by_user = residual / np.sqrt(sizes + settings.user_scale)[:, None]
    left, _, _ = np.linalg.svd(
        by_user / np.sqrt(np.maximum(support + settings.item_scale, 1)), full_matrices=False
    )
    shrunk = (support + settings.vector_strength)[:, None]
    directions = by_user.T @ left[:, : settings.rank] / shrunk
    return directions, np.log(rate / (1 - rate))


@pytest.mark.parametrize("strength", [0.1, 20.0], ids=["sure", "careful"])
@pytest.mark.parametrize("events", [120, 400, 3000])
def test_many_rounds_give_the_exact_vectors(events: int, strength: float) -> None:
    settings = CoClickSettings(
        rank=2, rounds=150, rate_strength=strength, user_strength=strength / 4
    )
    start = np.random.default_rng(1).standard_normal((ITEMS, 2)).astype(np.float32)
    evidence = planted(events)
    found = CoClick(settings, ITEMS, seed=5).build(evidence, start)
    directions, log_odds = expected_vectors(evidence, settings)
    expected = align(directions, start.astype(np.float64))
    assert np.allclose(found.directions, expected, atol=1e-4 * np.abs(expected).max())
    assert np.allclose(found.rate, log_odds, atol=1e-12)
    assert (found.supported == np.isin(np.arange(ITEMS), evidence.item)).all()


def met_by_taste(events: int = 4000, seed: int = 0) -> Evidence:
    """Users mostly meet items of their own of three tastes, some items more often."""
    random = np.random.default_rng(seed)
    user = random.integers(0, 60, events)
    often = np.sort(random.integers(0, 10, (events, 2)), axis=1)[:, 0]
    taste = np.where(random.random(events) < 0.7, user % 3, random.integers(0, 3, events))
    return evidence_from(user, 3 * often + taste, np.ones(events, np.int64))


def test_exposure_is_correspondence_analysis() -> None:
    evidence = met_by_taste()
    counts = np.zeros((60, ITEMS))
    np.add.at(counts, (np.repeat(np.arange(60), np.diff(evidence.start)), evidence.item), 1.0)
    users, items = counts.sum(axis=1), counts.sum(axis=0)
    residual = (counts - np.outer(users, items) / counts.sum()) / np.sqrt(np.outer(users, items))
    settings = CoClickSettings(rank=2, rounds=150)
    left, _, _ = np.linalg.svd(residual, full_matrices=False)
    scale = np.sqrt(items) / (items + settings.vector_strength)
    directions = residual.T @ left[:, :2] * scale[:, None]
    start = np.random.default_rng(1).standard_normal((ITEMS, 2)).astype(np.float32)
    found = CoClick(settings, ITEMS, seed=5, exposure=True).build(evidence, start)
    expected = align(directions, start.astype(np.float64))
    assert np.allclose(found.directions, expected, atol=1e-4 * np.abs(expected).max())
    assert np.allclose(found.rate, np.log((items + 1) / (counts.sum() + ITEMS)))


def test_who_met_what_tells_tastes_apart_only_where_exposure_follows_taste() -> None:
    group = np.arange(ITEMS) % 3
    same_taste = (group[:, None] == group) & ~np.eye(ITEMS, dtype=bool)
    likeness = []
    evidence = met_by_taste()
    shuffled = np.random.default_rng(0).permutation(evidence.item)
    for item in (evidence.item, shuffled):
        one = Evidence(item, evidence.label, evidence.start)
        built = CoClick(CoClickSettings(rank=2), ITEMS, seed=0, exposure=True).build(one)
        likeness.append(cosine(built.directions[:, None], built.directions[None]))
    assert likeness[0][same_taste].mean() > 0.8
    assert abs(likeness[1][same_taste].mean()) < 0.15


def test_items_of_one_taste_are_alike() -> None:
    construction = CoClick(CoClickSettings(rank=2), ITEMS, seed=0)
    vectors, _ = construction.build(planted()).shown()
    similar = cosine(vectors[:, None, :2], vectors[None, :, :2])
    group = np.arange(ITEMS) % 3
    alike = group[:, None] == group
    assert similar[alike].min() > 0.8
    assert similar[~alike].max() < 0.0


def test_labels_at_random_hold_no_tastes() -> None:
    evidence = planted()
    shuffled = np.random.default_rng(0).permutation(evidence.label)
    noise = Evidence(evidence.item, shuffled, evidence.start)
    built = CoClick(CoClickSettings(rank=2), ITEMS, seed=0).build(noise)
    similar = cosine(built.directions[:, None], built.directions[None])
    group = np.arange(ITEMS) % 3
    assert abs(similar[(group[:, None] == group) & ~np.eye(ITEMS, dtype=bool)].mean()) < 0.15


def test_no_events_support_nothing() -> None:
    construction = CoClick(CoClickSettings(), ITEMS, seed=0)
    vectors, supported = construction.build(NOTHING).shown()
    assert vectors.shape == (ITEMS, 9)
    assert not supported.any()
    assert not vectors.any()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=12
    )
)
def test_the_smallest_evidence_gives_finite_vectors(events: list[tuple[int, int, int]]) -> None:
    evidence = evidence_from(*np.array(events, np.int64).T)
    construction = CoClick(CoClickSettings(), items=5, seed=0)  # fewer items than directions
    built = construction.build(evidence)
    again = construction.build(evidence, built.directions.astype(np.float32))
    for one in (built, again):
        vectors, supported = one.shown()
        assert np.isfinite(vectors).all()
        assert np.isfinite(one.directions).all()
        assert set(np.flatnonzero(supported)) == {item for _, item, _ in events}
        assert np.abs(vectors).max() <= np.sqrt(5) + 1e-5


def test_one_event_repeated_is_more_of_the_same() -> None:
    once, twice = planted(300), planted(300)
    doubled = Evidence(np.repeat(twice.item, 2), np.repeat(twice.label, 2), twice.start * 2)
    construction = CoClick(CoClickSettings(rank=2), ITEMS, seed=0)
    one, two = construction.build(once), construction.build(doubled)
    assert (one.supported == two.supported).all()
    # Twice the events: rates are shrunk less, towards the same side.
    assert np.corrcoef(one.rate, two.rate)[0, 1] > 0.99
    assert two.rate.std() > one.rate.std()
    assert np.isfinite(two.directions).all()


def test_the_same_evidence_gives_the_same_bytes() -> None:
    first, second = (CoClick(CoClickSettings(), ITEMS, 7).build(planted()) for _ in range(2))
    other = CoClick(CoClickSettings(), ITEMS, 8).build(planted())
    assert first.directions.tobytes() == second.directions.tobytes()
    assert first.directions.tobytes() != other.directions.tobytes()


@pytest.fixture(scope="module")
def stationary(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    """What is shown in eight windows of a world in which nothing is born and nothing moves."""
    spec = SyntheticSpec(
        events=30_000,
        users=500,
        items=60,
        born_before=1.0,
        factors=3,
        drift=0.0,
        mood=0.0,
        position=0.0,
        exposure_skill=0.0,
        seed=1,
    )
    dataset = write_synthetic(spec, tmp_path_factory.mktemp("world") / "log")
    preferences = (PreferenceSpec("s", settings={"rank": 3}),)
    arms = (Arm("causal", "s"), Arm("leaked_crossfit", "s"), Arm("leaked", "s"))
    windows = plan_windows(dataset, WindowRule(count=8))
    builder = Builder(BuilderPlan(arms, preferences, windows, (0, 1), Horizon(0)), dataset)
    builder.start(0)
    return shown_by(builder)


@pytest.mark.parametrize("kind", ["causal", "leaked", "leaked_crossfit"])
def test_dimensions_mean_the_same_in_consecutive_windows(
    kind: str, stationary: list[Shown]
) -> None:
    seen = [shown[f"{kind}:s", 0].vectors for shown in stationary]
    likeness = [float(np.mean(cosine(a, b))) for a, b in pairwise(seen[4:])]
    assert min(likeness) > 0.9
