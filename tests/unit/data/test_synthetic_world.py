"""Every knob of the synthetic world does what it claims, measured on the events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lis_sim.data.world import DAY_US, START_US, TasteWalk, World, make_world
from lis_sim.data.world_content import content_tables
from lis_sim.data.world_events import Events, draw_events, sigmoid
from lis_sim.data.world_outcomes import outcome_columns
from lis_sim.data.world_spec import SyntheticSpec
from lis_sim.errors import ConfigError
from lis_sim.types import Float64

SIGNALS = (
    "corrupt_0",
    "corrupt_50",
    "corrupt_100",
    "noise",
    "noise_1",
    "popularity",
    "category_taste",
)
DEFAULT = SyntheticSpec(signals=SIGNALS)
FLAT = SyntheticSpec(
    events=60_000,
    taste=0.0,
    quality=0.0,
    context=0.0,
    position=0.0,
    mood=0.0,
    exposure_skill=0.0,
)
Drawn = tuple[World, Events]


def drawn_from(spec: SyntheticSpec) -> Drawn:
    world = make_world(spec)
    (events,) = draw_events(spec, world)
    return world, events


@pytest.fixture(scope="module")
def default() -> Drawn:
    return drawn_from(DEFAULT)


@pytest.fixture(scope="module")
def outcomes(default: Drawn) -> dict[str, Float64]:
    columns = outcome_columns(DEFAULT, *default, rate=0.45)
    return {name: values.astype(np.float64) for name, values in columns.items()}


def correlation(left: Float64, right: Float64) -> float:
    return float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


@settings(max_examples=20, deadline=None)
@given(
    events=st.integers(1, 300),
    users=st.integers(1, 20),
    items=st.integers(1, 20),
    days=st.integers(1, 60),
    session_events=st.floats(1.0, 500.0),
    exposure_skill=st.floats(0.0, 1.0),
    recency=st.floats(0.0, 100.0),
    new_days=st.floats(0.0, 90.0),
    born_before=st.floats(0.01, 1.0),
    seed=st.integers(0, 50),
)
def test_every_log_is_one_that_could_be(
    events: int, users: int, items: int, days: int, seed: int, **knobs: float
) -> None:
    knobs["session_events"] = min(knobs["session_events"], 16.0 * days)
    spec = SyntheticSpec(events=events, users=users, items=items, days=days, seed=seed, **knobs)  # type: ignore[arg-type]
    world, drawn = drawn_from(spec)
    assert len(drawn.label) == events
    assert (np.diff(drawn.time_us) >= 0).all()
    assert drawn.time_us[0] >= START_US
    assert drawn.time_us[-1] < START_US + days * DAY_US
    assert (drawn.time_us >= world.born_us[drawn.item]).all()
    assert (drawn.user < users).all()
    for session in np.unique(drawn.session):
        assert len(np.unique(drawn.user[drawn.session == session])) == 1


def test_the_best_possible_auc_leaves_room_and_is_not_certain(default: Drawn) -> None:
    _, events = default
    assert 0.75 < roc_auc_score(events.label, events.logit) < 0.80
    assert 0.4 < events.label.mean() < 0.5


def test_the_truth_is_calibrated(default: Drawn) -> None:
    _, events = default
    for part in np.array_split(np.argsort(events.logit), 20):
        expected = events.probability[part]
        deviation = np.sqrt((expected * (1 - expected)).sum()) / len(part)
        assert events.label[part].mean() == pytest.approx(expected.mean(), abs=4 * deviation)


def top_tenth(spec: SyntheticSpec) -> float:
    _, events = drawn_from(spec)
    per_user = np.sort(np.bincount(events.user, minlength=spec.users))[::-1]
    return float(per_user[: spec.users // 10].sum() / spec.events)


def test_the_tail_of_activity_goes_from_few_heavy_to_many_equal_users() -> None:
    small = SyntheticSpec(events=50_000, users=500)
    tails = [top_tenth(replace(small, activity_tail=tail)) for tail in (1.05, 1.5, 3.0, 100.0)]
    assert tails == sorted(tails, reverse=True)
    assert tails[0] > 0.5
    assert tails[-1] < 0.16


def test_a_taste_forgets_itself_at_the_rate_of_the_drift() -> None:
    spec = SyntheticSpec(users=4_000, drift=0.05)
    walk = TasteWalk(spec, make_world(spec))
    first = walk.on(0)
    for day in (1, 7, 21):
        assert correlation(first, walk.on(day)) == pytest.approx(np.exp(-0.05 * day), abs=0.02)
        assert walk.on(day).std() == pytest.approx(1.0, abs=0.02)
    assert (walk.on(0) == first).all()


def test_what_a_user_liked_says_less_of_later_days_when_tastes_drift() -> None:
    likeness = []
    for drift in (0.0, 0.2):
        spec = SyntheticSpec(events=20_000, users=100, drift=drift)
        world, events = drawn_from(spec)
        late = events.time_us > START_US + 20 * DAY_US
        likeness.append(correlation(events.taste[late], world.taste[events.user[late]]))
    assert likeness[0] == pytest.approx(1.0)
    assert likeness[1] < 0.1


def test_labels_of_a_session_agree_by_their_mood() -> None:
    for mood, least, most in ((0.0, -0.02, 0.02), (1.5, 0.15, 0.35)):
        _, events = drawn_from(replace(FLAT, mood=mood, session_events=3.0))
        order = np.argsort(events.session, kind="stable")
        session, label = events.session[order], events.label[order]
        together = np.diff(session) == 0
        assert least < correlation(label[:-1][together], label[1:][together]) < most
        assert abs(correlation(label[:-1][~together], label[1:][~together])) < 0.02


def test_sessions_are_as_long_as_told_and_short_in_time() -> None:
    spec = SyntheticSpec(events=50_000, session_events=4.0)
    _, events = drawn_from(spec)
    lengths = np.bincount(events.session)
    assert lengths.mean() == pytest.approx(4.0, abs=0.1)
    begin = np.full(len(lengths), np.iinfo(np.int64).max)
    end = np.zeros(len(lengths), dtype=np.int64)
    np.minimum.at(begin, events.session, events.time_us)
    np.maximum.at(end, events.session, events.time_us)
    assert (end - begin).mean() == pytest.approx(3 * 650e6, rel=0.1)


def test_sessions_at_their_longest_do_not_pile_up_at_the_end() -> None:
    _, events = drawn_from(SyntheticSpec(events=50_000, days=1, session_events=16.0))
    assert np.unique(events.time_us, return_counts=True)[1].max() < 50
    hours = np.bincount((events.time_us - START_US) // (DAY_US // 24), minlength=24)
    assert hours[-1] < 1.2 * hours.mean()


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"days": 1, "session_events": 50.0}, "50, .* 200,000 events in days = 1; .* most 16.61"),
        ({"session_events": 500.0}, "500, .* days = 28; accepted: at most 465.23, or more days"),
        ({"session_events": 100.0, "events": 2_000_000}, "100, .* most 58.15"),
        ({"session_events": 2.0, "events": 10**9}, "2, .* 1,000,000,000 events .* most 1"),
    ],
)
def test_sessions_must_be_short_beside_the_log(settings: dict[str, Any], most: str) -> None:
    with pytest.raises(ConfigError, match=f"session_events is {most}"):
        SyntheticSpec(**settings)


def test_a_skilled_policy_shows_better_matches() -> None:
    means = []
    for skill in (0.0, 0.5, 1.0):
        _, events = drawn_from(SyntheticSpec(events=30_000, exposure_skill=skill))
        means.append(events.match.mean())
    assert means[0] == pytest.approx(0.0, abs=0.05)
    # The best of four standard normals is 1.03 on average.
    assert means[1] == pytest.approx(0.5, abs=0.1)
    assert means[2] == pytest.approx(1.0, abs=0.15)


def test_new_items_are_shown_more_often_by_the_recency() -> None:
    spec = replace(FLAT, popularity=0.0, recency=3.0)
    world, events = drawn_from(spec)
    since = events.time_us - world.born_us[events.item]
    new = (since <= spec.new_days * DAY_US) & (world.born_us[events.item] > START_US)
    live = np.searchsorted(world.born_us, events.time_us, side="right")
    oldest = np.searchsorted(world.born_us, events.time_us - int(spec.new_days * DAY_US))
    oldest = np.maximum(oldest, np.searchsorted(world.born_us, START_US, side="right"))
    share = (live - oldest) / live
    expected = (4.0 * share / (1.0 + 3.0 * share)).mean()
    assert new.mean() == pytest.approx(expected, abs=0.01)


def test_lower_positions_engage_less() -> None:
    spec = replace(FLAT, position=0.8)
    world, events = drawn_from(spec)
    assert world.position_effect.mean() == pytest.approx(0.0)
    for at, effect in enumerate(world.position_effect):
        rate = events.label[events.position == at].mean()
        assert rate == pytest.approx(sigmoid(np.array(spec.bias + effect)), abs=0.03)
    assert world.position_effect[0] - world.position_effect[9] == pytest.approx(0.8 * np.log(10))


def test_dwell_is_longer_when_engaged_and_when_it_matches(
    default: Drawn, outcomes: dict[str, Float64]
) -> None:
    _, events = default
    seconds, engaged = outcomes["dwell"], events.label == 1
    assert (seconds > 0).all()
    assert np.median(seconds[engaged]) > 5 * np.median(seconds[~engaged])
    # As docs/worlds.md has it.
    for group, mean, deviation in ((engaged, 3.49, 1.06), (~engaged, 0.75, 0.67)):
        assert np.log(seconds[group]).mean() == pytest.approx(mean, abs=0.02)
        assert np.log(seconds[group]).std() == pytest.approx(deviation, abs=0.02)
    for group in (engaged, ~engaged):
        assert correlation(np.log(seconds[group]), events.match[group]) > 0.2


def test_conversions_are_rare_and_follow_engagement(
    default: Drawn, outcomes: dict[str, Float64]
) -> None:
    world, events = default
    converted = outcomes["conversion"] == 1
    assert (events.label[converted] == 1).all()
    assert 0.02 < converted.sum() / events.label.sum() < 0.05
    others = (events.label == 1) & ~converted
    assert events.match[converted].mean() > events.match[others].mean() + 0.3
    quality = world.quality[events.item]
    assert quality[converted].mean() > quality[others].mean() + 0.1


def test_signals_know_what_their_names_say(default: Drawn, outcomes: dict[str, Float64]) -> None:
    world, events = default
    label, quality = events.label, world.quality[events.item]
    assert (outcomes["corrupt_0"] == label).all()
    assert correlation(outcomes["corrupt_50"], label) == pytest.approx(0.5, abs=0.02)
    for name in ("corrupt_100", "noise", "noise_1"):
        assert outcomes[name].mean() == pytest.approx(0.45, abs=0.005)
        assert abs(correlation(outcomes[name], label)) < 0.01
    assert abs(correlation(outcomes["noise"], outcomes["noise_1"])) < 0.01
    assert correlation(outcomes["popularity"], quality) > 0.2
    assert abs(correlation(outcomes["popularity"], events.match)) < 0.02
    assert (
        0.05
        < correlation(outcomes["category_taste"], events.match)
        < correlation(label, events.match)
    )


def test_signals_do_not_depend_on_each_other(default: Drawn) -> None:
    one = outcome_columns(replace(DEFAULT, signals=("category_taste",)), *default, rate=0.45)
    many = outcome_columns(DEFAULT, *default, rate=0.45)
    assert (one["category_taste"] == many["category_taste"]).all()


def test_content_is_the_factors_seen_through_noise() -> None:
    spec = SyntheticSpec(
        items=200, content_noise=0.0, image_noise=0.0, text_noise=0.0, modality_overlap=0.0
    )
    world = make_world(spec)
    tables = {t.name: t for t in content_tables(spec, world, np.arange(200))}
    seen = {"content": world.factors, "image": world.factors[:, :4], "text": world.factors[:, 4:]}
    for name, factors in seen.items():
        vectors = tables[name].vectors
        # A rotation keeps every inner product.
        assert vectors @ vectors.T == pytest.approx(factors @ factors.T, abs=1e-3)
        assert tables[name].trained_until_us == START_US


@pytest.mark.parametrize("dimensions", [24, 96])
def test_noise_on_content_is_per_factor_whatever_the_dimensions(dimensions: int) -> None:
    spec = SyntheticSpec(items=2_000, image_dimensions=dimensions, image_noise=2.0)
    quiet = replace(spec, image_noise=0.0)
    world = make_world(spec)
    noisy, clear = (
        {t.name: t for t in content_tables(s, world, np.arange(2_000))}["image"].vectors
        for s in (spec, quiet)
    )
    assert np.square(noisy - clear).sum(axis=1).mean() == pytest.approx(8 * 2.0**2, rel=0.05)
