"""Aligned tables: stamped, of the past only, for every item with content, turned together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.alignment import align, align_rolling, aligned_versions, parse_cut
from lis_sim.data.dataset import Dataset
from lis_sim.data.synthetic import SyntheticSpec, write_synthetic
from lis_sim.errors import ConfigError, LeakageError, LisSimError
from lis_sim.preference import PreferenceSpec
from lis_sim.preference.past import past_events, past_evidence
from lis_sim.types import RepresentationTable
from tests.unit.preference.worlds import CO_CLICK, ITEMS, SMALL, Log, random_log

# So small a log makes nobody sure.
CREDULOUS: Mapping[str, dict[str, Any]] = {
    "ridge": {"dimensions": 3, "rank": 3, "folds": 2, "sureness": 1e-9},
    "contrastive": {"dimensions": 3, "epochs": 2, "folds": 2, "sureness": 1e-9, "passed": 2},
}
SPECS = [
    CO_CLICK,
    PreferenceSpec("co_click", settings={**SMALL, "behaviour": "seconds >= 20"}, per_user=6),
]


def content_of(items: int = ITEMS, cut_us: int | None = None) -> RepresentationTable:
    vectors = np.random.default_rng(0).standard_normal((items, 4)).astype(np.float32)
    return RepresentationTable("content", np.arange(items, dtype=np.int32), vectors, cut_us)


def log_of_tastes(seed: int) -> Log:
    """Return a log in which users of odd numbers like what those of even numbers do not."""
    log = random_log(seed)
    liked = (content_of().vectors[log.item, 0] > 0) == (log.user % 2 == 1)
    coin = np.random.default_rng(seed).random(len(log.user)) < 0.1
    label = (liked != coin).astype(np.float32)
    return replace(log, label=label, seconds=np.where(label > 0, 40.0, 10.0))


@pytest.mark.parametrize("spec", SPECS, ids=["label", "outcome"])
@pytest.mark.parametrize("method", ["ridge", "contrastive"])
@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), row=st.integers(60, 170))
def test_what_comes_after_the_cut_changes_nothing(
    seed: int, row: int, method: str, spec: PreferenceSpec
) -> None:
    log = log_of_tastes(seed)
    cut_us = int(log.time_us[row])
    tables = [
        align(one.write(), content_of(), spec, cut_us, method, settings=CREDULOUS[method])
        for one in (log, log.garbled(log.time_us > cut_us, users=True))
    ]
    assert tables[0].vectors.tobytes() == tables[1].vectors.tobytes()
    assert tables[0].trained_until_us == tables[1].trained_until_us == cut_us


@pytest.mark.parametrize("method", ["ridge", "contrastive"])
def test_what_comes_before_the_cut_does(method: str) -> None:
    """Or else the test above would hold of tables of zeros."""
    changed = 0
    for seed in range(6):
        log = log_of_tastes(seed)
        cut_us = int(log.time_us[170])
        tables = [
            align(one.write(), content_of(), CO_CLICK, cut_us, method, settings=CREDULOUS[method])
            for one in (log, log.garbled(np.arange(180) < 60, users=True))
        ]
        changed += tables[0].vectors.tobytes() != tables[1].vectors.tobytes()
    assert changed >= 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    spec = SyntheticSpec(events=9_000, users=200, items=120, taste=2.5, signals=("noise",))
    return write_synthetic(spec, tmp_path_factory.mktemp("aligned") / "world")


@pytest.mark.parametrize("method", ["ridge", "contrastive"])
def test_items_nobody_has_met_get_vectors(world: Dataset, method: str) -> None:
    cut_us = parse_cut("0.5", world)
    (found,) = aligned_versions(
        world, world.representation("content"), PreferenceSpec("co_click"), [cut_us], method
    )
    met = past_events(world, cut_us) > 0
    assert found.dimensions >= 1
    assert not met.all()
    assert found.table.item.tolist() == list(range(120))
    assert np.abs(found.table.vectors[~met]).sum(axis=1).min() > 0.0


@pytest.mark.parametrize("method", ["ridge", "contrastive"])
def test_noise_gives_zeros(world: Dataset, method: str) -> None:
    noise = PreferenceSpec("noise", settings={"behaviour": "noise"})
    table = align(world, world.representation("content"), noise, world.end_us, method)
    assert not table.vectors.any()


def test_versions_are_turned_onto_each_other(world: Dataset) -> None:
    content, spec = world.representation("content"), PreferenceSpec("co_click")
    cuts_us = [parse_cut(share, world) for share in ("0.5", "0.7", "0.9")]
    versions = align_rolling(world, content, spec, cuts_us, name="mine")
    assert [one.name for one in versions] == ["mine_0", "mine_1", "mine_2"]
    assert [one.trained_until_us for one in versions] == cuts_us
    alone = align(world, content, spec, cuts_us[0])
    assert alone.vectors.tobytes() == versions[0].vectors.tobytes()
    for before, after in pairwise(versions):
        inner = after.vectors.T.astype(np.float64) @ before.vectors
        np.testing.assert_allclose(inner, inner.T, atol=1e-4)  # Procrustes: nothing left to turn


def test_past_evidence_is_that_of_the_log() -> None:
    log = random_log(5)
    cut_us = int(log.time_us[100])
    spec = PreferenceSpec("co_click", settings={**SMALL, "min_support": 6})
    past = past_evidence(log.write(), spec, cut_us)
    seen = log.time_us <= cut_us
    engaged = np.bincount(log.item[seen], weights=log.label[seen], minlength=ITEMS)
    seen &= engaged[log.item] >= 6
    user = np.repeat(past.user, np.diff(past.evidence.start))
    order = np.argsort(log.user[seen], kind="stable")
    assert user.tolist() == log.user[seen][order].tolist()
    assert past.evidence.item.tolist() == log.item[seen][order].tolist()
    assert past.evidence.label.tolist() == log.label[seen][order].tolist()


def aligned(log: Log, spec: PreferenceSpec = CO_CLICK, **given: Any) -> object:
    dataset = log.write()
    content = given.pop("content", content_of())
    cuts_us = given.pop("cuts_us", [dataset.end_us])
    return list(aligned_versions(dataset, content, spec, cuts_us, **given))


def co_click(**given: Any) -> PreferenceSpec:
    return PreferenceSpec("mine", settings={**SMALL, **given})


LOG = random_log(0)
TABLE = PreferenceSpec("mine", "table", {"tables": ["x"]})
END_US = int(LOG.time_us[-1])
WRONG: list[tuple[Callable[[], object], type[LisSimError], str]] = [
    (lambda: aligned(LOG, method="rigde"), ConfigError, "did you mean 'ridge'"),
    (lambda: aligned(LOG, settings={"fold": 3}), ConfigError, "did you mean 'folds'"),
    (lambda: aligned(LOG, cuts_us=[]), ConfigError, "one or more, increasing"),
    (lambda: aligned(LOG, cuts_us=[END_US, END_US]), ConfigError, "one or more, increasing"),
    (lambda: aligned(LOG, cuts_us=[7]), ConfigError, "before the first event"),
    (
        lambda: aligned(LOG, content=content_of(cut_us=END_US + 1)),
        LeakageError,
        "was trained until",
    ),
    (
        lambda: aligned(LOG, co_click(behaviour="exposure"), method="contrastive"),
        ConfigError,
        "nothing was passed over",
    ),
    (
        lambda: aligned(LOG, co_click(level="colour"), method="contrastive"),
        ConfigError,
        "choices are among items",
    ),
    (
        lambda: aligned(LOG, TABLE, method="contrastive"),
        ConfigError,
        "holds no choices",
    ),
    (lambda: parse_cut("1.5", LOG.write()), ConfigError, "a share of the log's events above 0"),
    (lambda: parse_cut("nan", LOG.write()), ConfigError, "a share of the log's events above 0"),
    (lambda: parse_cut("someday", LOG.write()), ConfigError, "an ISO date"),
    (lambda: parse_cut("1999-01-01", LOG.write()), ConfigError, "a time within it"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "error", "said"), WRONG, ids=[one[2] for one in WRONG])
def test_wrong_inputs(wrong: Callable[[], object], error: type[LisSimError], said: str) -> None:
    with pytest.raises(error, match=said):
        wrong()


def test_a_share_cuts_where_windows_of_equal_count_do(tmp_path: Path) -> None:
    spec = SyntheticSpec(events=1000, users=50, items=40)
    log = write_synthetic(spec, tmp_path / "world")
    seen = np.concatenate(list(log.times())) <= parse_cut("0.4", log)
    assert seen.sum() == 400
