"""Describing looks at what the builder builds from, measures it rightly and names what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from lis_sim.data.dataset import Dataset
from lis_sim.data.future import FutureDoor
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.describe import describe, describe_all
from lis_sim.preference.evidence import evidence_of
from lis_sim.preference.gathered import gather
from lis_sim.preference.material import material_of
from lis_sim.preference.measures import spearman
from lis_sim.preference.reading import Moment, PastAndFuture
from tests.unit.preference.worlds import ITEMS, SMALL, random_log

WORLD = SyntheticSpec(
    events=16_000, users=300, items=120, seed=1, signals=("corrupt_50", "noise", "popularity")
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_synthetic(WORLD, Path(tmp_path_factory.mktemp("world")) / "log")


def spec_of(per_user: int = 2048, **settings: Any) -> PreferenceSpec:
    return PreferenceSpec("it", settings=settings, per_user=per_user)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "none"),
        ({"behaviour": "dwell >= 30"}, "none"),
        ({"behaviour": "exposure"}, "none"),
        ({"behaviour": "corrupt_50"}, "corrupted"),
        ({"behaviour": "noise"}, "corrupted"),
        ({"behaviour": "popularity"}, "popularity"),
        ({"until": 0.3}, "stale"),
        ({"users_share": 0.1}, "few users"),
        ({"events_share": 0.02}, "thin support"),
        ({"max_support": 10}, "low coverage"),
    ],
)
def test_the_planted_cause_is_named(
    world: Dataset, settings: dict[str, Any], expected: str
) -> None:
    profile = describe(world, spec_of(**settings))
    assert profile.cause == expected
    assert profile.sentence.endswith(".")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"behaviour": "seconds >= 30"},
        {"behaviour": "long", "users_share": 0.5},
        {"until": 0.5, "events_share": 0.5},
        {"min_support": 8},
        {"max_support": 9},
        {"per_user": 5},
        {"max_age": "0.00005s"},
        {"level": "colour", "behaviour": "exposure"},
    ],
    ids=str,
)
def test_it_looks_at_the_events_the_builder_is_given(settings: dict[str, Any]) -> None:
    dataset = random_log(seed=3).write()
    spec = spec_of(**settings)
    material = material_of(spec, FutureDoor(dataset), seed=9)
    reading = PastAndFuture(FutureDoor(dataset), [material.intake])
    reading.advance(Moment(dataset.end_us + 1, dataset.end_us + 1))
    store = reading.past[material.intake]
    expected = material.used(evidence_of(store, store), store)
    _, (found,) = gather(dataset, [spec], seed=9)
    evidence = found.evidence() if material.level is None else material.level.of(found.evidence())
    assert evidence.item.tolist() == expected.item.tolist()
    assert evidence.label.tolist() == expected.label.tolist()
    assert evidence.start.tolist() == expected.start.tolist()


def test_the_label_of_the_same_events_stands_beside_the_behaviour() -> None:
    log = random_log(seed=5)
    _, (found,) = gather(log.write(), [spec_of(behaviour="seconds >= 30")], seed=0)
    order = np.argsort(log.user, kind="stable")
    assert found.label.tolist() == log.label[order].tolist()
    assert found.engaged.tolist() == (log.seconds >= 30)[order].astype(float).tolist()
    assert found.time_us.tolist() == log.time_us[order].tolist()


def test_measures_of_a_small_log_are_those_counted_by_hand() -> None:
    log = random_log(seed=2)
    half = log.time_us[0] + round(0.5 * float(log.time_us[-1] + 1 - log.time_us[0]))
    seen = log.time_us < half
    profile = describe(log.write(), spec_of(until=0.5, **SMALL))
    engaged = np.bincount(log.item[seen], log.label[seen], ITEMS)
    met = np.isin(np.arange(ITEMS), log.item[seen])
    assert profile.coverage.items == met.mean()
    assert profile.coverage.impressions == pytest.approx(met[log.item].mean())
    assert profile.coverage.users == len(set(log.user[seen].tolist()))
    assert (profile.support.events, profile.support.engagements) == (seen.sum(), engaged.sum())
    weights = (engaged / (engaged + 5.0))[log.item]
    assert profile.support.weight == pytest.approx(weights.mean())
    assert profile.age is not None
    assert profile.age.newest_us == log.time_us[seen].max()
    assert profile.age.events_after == pytest.approx((~seen).mean())
    assert profile.concentration.items == engaged.max() / engaged.sum()
    shown = np.bincount(log.item, minlength=ITEMS)
    expected = spearmanr(engaged[met], shown[met]).statistic
    assert profile.popularity.impressions == pytest.approx(expected)


def test_overlaps_are_shares_of_engaged_pairs() -> None:
    log = random_log(seed=4)
    specs = [PreferenceSpec("label"), PreferenceSpec("long", settings={"behaviour": "long"})]
    first, second = describe_all(log.write(), specs)
    pairs = list(zip(log.user.tolist(), log.item.tolist(), strict=True))
    mine = {pair for pair, label in zip(pairs, log.label, strict=True) if label}
    theirs = {pair for pair, long in zip(pairs, log.seconds >= 30, strict=True) if long}
    (overlap,) = first.overlaps
    assert overlap.other == "long"
    assert overlap.shared == len(mine & theirs) / len(mine)
    assert overlap.jaccard == second.overlaps[0].jaccard == len(mine & theirs) / len(mine | theirs)


def test_ranks_share_ties() -> None:
    random = np.random.default_rng(0)
    left, right = random.integers(0, 4, (2, 50)).astype(np.float64)
    assert spearman(left, right) == pytest.approx(spearmanr(left, right).statistic)
    assert spearman(left, np.ones(50)) is None


def test_the_same_log_gives_the_same_record_and_json_holds_it(world: Dataset) -> None:
    spec = spec_of(behaviour="corrupt_50", users_share=0.5)
    one, other = describe(world, spec, seed=3), describe(world, spec, seed=3)
    assert one == other
    assert json.loads(json.dumps(one.record(), allow_nan=False))["causes"][0]["name"] == "corrupted"


def test_sparse_id_is_described_by_its_events(world: Dataset) -> None:
    settings: dict[str, Any] = {"behaviour": "corrupt_50", "until": 0.9}
    ours = describe(world, spec_of(**settings))
    theirs = describe(world, PreferenceSpec("it", "sparse_id", {**settings, "rank": 3}))
    assert theirs.kind == "sparse_id"
    assert (theirs.support, theirs.agreement) == (ours.support, ours.agreement)


def test_a_kind_without_events_is_refused(world: Dataset) -> None:
    table = PreferenceSpec("vectors", "table", {"tables": ["content"]})
    with pytest.raises(ConfigError, match=r"'vectors' is of kind 'table'.*accepted.*co_click"):
        describe(world, table)
