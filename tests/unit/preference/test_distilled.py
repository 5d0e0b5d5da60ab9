"""What content can express of preference data: its estimate, and whose events it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.arms import Arm
from lis_sim.errors import ConfigError
from lis_sim.hashing import fold_of
from lis_sim.preference import Builder, BuilderPlan, Horizon, PreferenceSpec, widths
from lis_sim.preference.builder import Shown
from lis_sim.preference.distilled import Distiller, taste_covariance
from lis_sim.preference.evidence import Evidence
from lis_sim.types import Float32, RepresentationTable
from tests.unit.preference.worlds import (
    FIRST_US,
    ITEMS,
    SMALL,
    USERS,
    Log,
    plan_of,
    random_log,
    same,
    shown_by,
    windows_of,
)

SPEC = PreferenceSpec("co_click", settings={**SMALL, "distil": "raw"})


def content(until_us: int | None = FIRST_US - 1, width: int = 6) -> RepresentationTable:
    """Return random content of all items but the last."""
    vectors = np.random.default_rng(5).standard_normal((ITEMS - 1, width)).astype(np.float32)
    return RepresentationTable("raw", np.arange(ITEMS - 1, dtype=np.int32), vectors, until_us)


def served(log: Log, plan: BuilderPlan, windows: int | None = None) -> list[Shown]:
    builder = Builder(plan, log.write(content()))
    builder.start(0)
    return shown_by(builder, 0, windows)


@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), window=st.integers(0, 4), fold=st.integers(0, 2))
def test_a_fold_is_not_shown_its_own_present_and_future(seed: int, window: int, fold: int) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), Horizon(None), (SPEC,))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan, window + 1)
    for replicate, fold_seed in enumerate(plan.seeds):
        own = fold_of(np.arange(USERS, dtype=np.int32), fold_seed, plan.folds) == fold
        garbled = served(log.garbled(own[log.user] & later), plan, window + 1)
        key = ("leaked_crossfit:co_click", replicate)
        for k in range(window + 1):
            before, after = truth[k][key].vectors[fold], garbled[k][key].vectors[fold]
            assert before.tobytes() == after.tobytes()


@settings(max_examples=4)
@given(seed=st.integers(0, 10**6), window=st.integers(0, 4))
def test_causal_does_not_see_the_window_it_serves(seed: int, window: int) -> None:
    log = random_log(seed)
    plan = plan_of(windows_of(log), Horizon(None), (SPEC,), (Arm("causal", "co_click"),))
    later = np.arange(len(log.user)) >= plan.windows[window].start_row
    truth = served(log, plan, window + 1)
    garbled = served(log.garbled(later, users=True), plan, window + 1)
    assert all(same(a, b) for a, b in zip(truth, garbled, strict=True))


def test_a_restored_builder_goes_on_to_the_same_bytes() -> None:
    log = random_log(4)
    plan = plan_of(windows_of(log), Horizon(None), (SPEC,))
    whole = served(log, plan)
    builder = Builder(plan, log.write(content()))
    builder.start(0)
    shown_by(builder, 0, 3)
    state = builder.snapshot()
    again = Builder(plan, log.write(content()))
    again.start(3, state)
    assert same(shown_by(again, 3)[-1], whole[-1])


def test_it_is_a_block_of_its_own_in_every_arm() -> None:
    log = random_log(8)
    plan = plan_of(windows_of(log), Horizon(0), (SPEC,))
    found = widths(plan, log.write(content()))
    assert found["leaked:co_click"] == (4, 4)  # rank 3 and the rate; at most tower_dim
    shown = served(log, plan)[-1]
    for (name, _), one in shown.items():
        assert one.blocks == found[name]
        assert one.dimensions == sum(one.blocks)
    crossfit = shown["leaked_crossfit:co_click", 0]
    assert not crossfit.vectors[:, -1, 4:].any(), "the last item has no content"
    assert crossfit.vectors[:, 0, 4:].any()


def planted(
    noise: bool, users: int = 1500, events: int = 20
) -> tuple[Evidence, Float32, Distiller]:
    """Return users who differ in their taste for the content's first direction, or coins."""
    draw = np.random.default_rng(0)
    vectors = draw.standard_normal((60, 5)).astype(np.float32)
    table = RepresentationTable("raw", np.arange(60, dtype=np.int32), vectors, None)
    taste = np.repeat(draw.standard_normal(users), events)
    item = draw.integers(0, 60, users * events).astype(np.int32)
    p = np.full(len(item), 0.5) if noise else 1.0 / (1.0 + np.exp(-taste * vectors[item, 0]))
    label = (draw.random(len(item)) < p).astype(np.float32)
    evidence = Evidence(item, label, np.arange(0, len(item) + 1, events))
    return evidence, label - np.float32(0.5), Distiller.of(table, 60, 3)


def test_the_direction_users_differ_in_is_found_and_noise_is_nearly_nothing() -> None:
    evidence, residual, distiller = planted(noise=False)
    root = distiller.root(evidence, residual, None)
    strength = np.square(root).sum(axis=1)
    assert strength[0] > 0.3
    assert strength[1:].max() < 0.05
    coins = planted(noise=True)
    assert np.square(distiller.root(*coins[:2], None)).sum(axis=1).max() < 0.02


def test_evidence_of_items_without_content_tells_nothing() -> None:
    draw = np.random.default_rng(1)
    table = RepresentationTable("raw", np.arange(3, dtype=np.int32), np.eye(3, dtype="f4"), None)
    item = draw.integers(3, 9, 40).astype(np.int32)
    evidence = Evidence(item, np.ones(40, np.float32), np.arange(0, 41, 4))
    residual = (draw.normal(size=40) / 4).astype(np.float32)
    distiller = Distiller.of(table, 9, 3)
    assert not distiller.root(evidence, residual, None).any()


def test_labels_that_were_expected_tell_nothing() -> None:
    evidence, residual, distiller = planted(noise=True)
    nothing = np.zeros_like(residual)
    assert not taste_covariance(distiller.content, evidence, nothing).any()
    assert not distiller.vectors(distiller.root(evidence, nothing, None)).any()


def test_data_known_by_category_are_distilled_by_the_categories_content() -> None:
    log = random_log(8)
    by_colour = PreferenceSpec("co_click", settings={**SMALL, "distil": "raw", "level": "colour"})
    plan = plan_of(windows_of(log), Horizon(0), (by_colour,))
    shown = served(log, plan)[-1]["leaked:co_click", 0]
    assert shown.blocks == (4, 4)
    own = shown.vectors[0, :, 4:]
    assert own[: ITEMS - 1].any(axis=1).all()
    # Items of one colour share the colour's vector, and differ in what their own content adds.
    assert (shown.vectors[0, 0, :4] == shown.vectors[0, 3, :4]).all()
    assert not np.allclose(own[0], own[3])


def test_what_cannot_be_distilled() -> None:
    plan = plan_of(windows_of(random_log(8)), Horizon(0), (SPEC,))
    late = content(FIRST_US + 10**6)
    with pytest.raises(ConfigError, match=r"'raw' was trained on events of.*as raw content"):
        widths(plan, random_log(8).write(late))
    with pytest.raises(ConfigError, match=r"distil is 3; accepted: the name"):
        PreferenceSpec("co_click", settings={"distil": 3})
