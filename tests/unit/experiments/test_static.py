"""The static evaluation is a fair one, and the three rankings are compared as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lis_sim.data.blocks import concatenate
from lis_sim.data.synthetic import SyntheticSpec
from lis_sim.data.windows import WindowRule, plan_windows
from lis_sim.data.world import DAY_US, START_US
from lis_sim.experiments import gains as ways
from lis_sim.experiments.data_sets import FAMILY
from lis_sim.experiments.gains import (
    REPLICATES,
    STREAM_WARMUP,
    WINDOWS,
    cut_evenly,
    family_spec,
    first_half,
    reached_gains,
    stream_gains,
)
from lis_sim.experiments.log_parts import part_of
from lis_sim.experiments.part import Task
from lis_sim.experiments.playing import Played, play, temporary_world
from lis_sim.experiments.static import (
    COMPARED,
    FIGURES,
    LEFT_OUT,
    POPULATIONS,
    STALE,
    StaticPart,
    compared,
)
from lis_sim.experiments.static_split import split_log, static_aucs, training_rows
from lis_sim.experiments.tables import noise_table, tables_of, truth_table
from lis_sim.plain.duration import duration_us
from lis_sim.preference import PreferenceSpec

PART = StaticPart()
NAMES = ["corrupt_0", "noise", "stale_30", "high_support"]
TINY = {"events": 600, "users": 30, "items": 25}
SPEC = SyntheticSpec(events=1500, users=40, items=25, seed=5, signals=("noise",))


@pytest.mark.parametrize("case", ["slow-static", "fast-stream", "slow-truth_0"])
def test_a_tiny_world_gives_every_data_set_a_gain(case: str) -> None:
    task = Task("static", case, 3, {"world": TINY, "family": NAMES})
    gains = PART.play(task)["gains"]
    assert list(gains) == NAMES
    assert np.isfinite(list(gains.values())).all()


def test_a_data_set_without_a_vector_brings_nothing() -> None:
    # No item has 60 engagements in so short a log.
    short = TINY | {"events": 200}
    task = Task(
        "static", "fast-truth_1", 3, {"world": short, "family": ["corrupt_0", "high_support"]}
    )
    gains = PART.play(task)["gains"]
    assert gains["high_support"] == 0.0


def test_every_world_is_asked_all_ways() -> None:
    tasks = PART.tasks(True)
    assert len({task.seed for task in tasks}) >= 2
    assert len(tasks) == len({task.seed for task in tasks}) * (2 + POPULATIONS)


def results(gains: dict[str, Any]) -> dict[str, Any]:
    cases = ["static", "stream", *(f"truth_{one}" for one in range(POPULATIONS))]
    return {f"static/fast-{case}/100": {"gains": gains[case.split("_")[0]]} for case in cases}


def test_rankings_are_compared_with_the_truth() -> None:
    truth = {"corrupt_0": 0.3, "exposure": 0.2, "stale_30": 0.1, "stale_60": 0.05, "noise": 0.0}
    backwards = {name: -gain for name, gain in truth.items()}
    made_up = results({"static": backwards, "stream": truth, "truth": truth})
    every = {one.name: one.value for one in PART.figures(made_up, True)}
    assert {name: every[f"{name}_fast"] for name in FIGURES} == {n: every[n] for n in FIGURES}
    assert all(every[f"{name}_slow"] is None for name in FIGURES)
    found = {name: every[name] for name in FIGURES}
    assert found == {
        "static_rank_correlation": pytest.approx(-1.0),
        "stream_rank_correlation": pytest.approx(1.0),
        "truth_rank_correlation": pytest.approx(1.0),
        "static_worst_case": 1.0,
        "stream_worst_case": 0.0,
        "truth_worst_case": 0.0,
    }


def test_a_world_of_which_a_task_is_missing_is_left_out() -> None:
    truth = {"corrupt_0": 0.3, "stale_30": 0.1, "noise": 0.0}
    made_up = results({"static": truth, "stream": truth, "truth": truth})
    del made_up["static/fast-stream/100"]
    assert all(one.value is None for one in PART.figures(made_up, True))


@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=8, unique=True))
def test_only_the_order_of_the_gains_counts(gains: list[int]) -> None:
    names = ["stale_30", *(f"set_{one}" for one in range(len(gains) - 1))]
    truth = dict(zip(names, (float(one) for one in gains), strict=True))
    stretched = {name: gain**3 - 5.0 for name, gain in truth.items()}
    assert compared({"static": stretched, "stream": truth, "truth_0": truth, "truth_1": truth}) == {
        name: pytest.approx(1.0 if "rank" in name else 0.0) for name in FIGURES
    }


def test_the_truth_is_the_mean_of_the_populations() -> None:
    one = {"corrupt_0": 0.3, "stale_30": 0.0, "noise": 0.1}
    other = {"corrupt_0": 0.1, "stale_30": 0.0, "noise": 0.2}
    mean = {"corrupt_0": 0.2, "stale_30": 0.0, "noise": 0.15}
    world = {"static": mean, "stream": mean, "truth_0": one, "truth_1": other}
    assert compared(world)["static_rank_correlation"] == pytest.approx(1.0)
    assert compared(world)["truth_rank_correlation"] == pytest.approx(0.5)
    assert compared(world)["truth_worst_case"] == 0.0


def test_the_truth_has_a_worst_case_of_its_own() -> None:
    # Alone, the first population puts the stale set above noise; the other two below.
    one = {"corrupt_0": 0.3, "stale_30": 0.2, "noise": 0.1}
    other = {"corrupt_0": 0.3, "stale_30": 0.0, "noise": 0.15}
    truths = {"truth_0": one, "truth_1": other, "truth_2": other}
    found = compared({"static": other, "stream": other, **truths})
    # The mean of any two still has it below, so only the first misorders, one pair of two.
    assert found["truth_worst_case"] == pytest.approx(0.5 / 3)


def test_all_but_two_members_are_compared() -> None:
    assert set(COMPARED) | set(LEFT_OUT) == set(FAMILY)
    assert len(COMPARED) == len(FAMILY) - 2 >= 24
    assert all(task.settings["family"] == list(COMPARED) for task in PART.tasks(False))


def test_the_first_half_is_the_first_half_of_the_time() -> None:
    spec = family_spec(5, TINY, NAMES)
    assert spec.signals == ("noise",)
    with temporary_world(spec) as whole, first_half(spec) as half:
        events = concatenate(list(half.blocks()))
        before = concatenate(list(whole.blocks(0, half.rows)))
        np.testing.assert_array_equal(events.item, before.item)
        middle = START_US + spec.days * DAY_US // 2
        assert half.end_us < middle <= concatenate(list(whole.blocks(half.rows))).time_us[0]


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_window_starts_right_after_the_cut_for_every_population(population: int) -> None:
    spec = replace(SPEC, users=20, events=400, population_seed=population, days=7)
    eighth_us = duration_us(cut_evenly(spec.days, 0.5)["window"]["duration"], "test")
    with first_half(replace(spec, population_seed=None)) as half, temporary_world(spec) as log:
        windows = plan_windows(log, WindowRule(duration_us=eighth_us))
        assert len(windows) == WINDOWS
        after = [window for window in windows if window.start_us > half.end_us]
        assert after[0].index == WINDOWS // 2
        # Not scored of the second half: as much as passed before this population's first event.
        idle_us = after[0].start_us - (START_US + spec.days * DAY_US // 2)
        assert idle_us == log.start_us - START_US


def test_stale_sets_have_ended_when_the_stream_is_scored() -> None:
    spec = family_spec(5, TINY, NAMES)
    share = max(float(FAMILY[name].settings["until"]) for name in STALE)
    with first_half(spec) as half:
        each = cut_evenly(spec.days / 2, STREAM_WARMUP)["window"]["duration"]
        each_us = duration_us(each, "test")
        windows = plan_windows(half, WindowRule(duration_us=each_us))
        first = windows[round(STREAM_WARMUP * len(windows))]
        assert len(windows) == WINDOWS
        assert first.start_us > half.start_us + share * (half.end_us + 1 - half.start_us)


def test_scored_windows_and_arms_are_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Played] = []

    def kept(*asked: Any) -> Played:
        played.append(play(*asked))
        return played[-1]

    spec = family_spec(5, TINY, NAMES)
    monkeypatch.setattr(ways, "play", kept)
    with first_half(spec) as half:
        stream_gains(half, NAMES, spec)
        reached_gains(half, NAMES, spec, 0)
    stream, truth = (one.plan.family for one in played)
    assert (stream.warmup, truth.warmup) == (5, 4)
    assert stream.replicates == REPLICATES
    assert {f"placebo:{name}" for name in NAMES} < set(stream.arms)
    assert {one.first_window for one in truth.representations} == {4}


def test_a_part_of_a_log_keeps_indices_and_outcomes(tmp_path: Path) -> None:
    with temporary_world(SPEC) as log:
        rows = np.arange(log.rows) % 3 == 0
        part = part_of(log, rows, tmp_path / "part")
        events, whole = (concatenate(list(one.blocks())) for one in (part, log))
        np.testing.assert_array_equal(events.item, whole.item[rows])
        np.testing.assert_array_equal(events.time_us, whole.time_us[rows])
        assert part.schema == log.schema
        assert part.record.outcomes == log.record.outcomes
        assert part.fingerprint != log.fingerprint
        assert tables_of(part, [PreferenceSpec("n", settings={"behaviour": "noise"})])[
            "n"
        ].item.any()


def test_a_split_shows_no_test_label_to_the_history() -> None:
    with temporary_world(SPEC) as log:
        training = training_rows(log.rows, 1)
        split = split_log(log, training)
        events = concatenate(list(log.blocks()))
        assert 0.7 < training.mean() < 0.9
        assert len(split.train) + len(split.test) == log.rows
        engaged = training & (events.label > 0)
        known = set(zip(events.user[engaged], events.item[engaged], strict=True))
        for batch in (split.train, split.test):
            for user, items in zip(batch.user, batch.history, strict=True):
                assert all((user, item) in known for item in items if item >= 0)


def test_a_static_evaluation_tells_truth_from_noise_and_repeats_itself() -> None:
    # Random vectors of a few items would tell them apart, and help.
    spec = replace(SPEC, events=6000, items=400, taste=3.0)
    with temporary_world(spec) as log:
        split = split_log(log, training_rows(log.rows, 1))
        tables = {"truth": truth_table("truth", spec, log), "noise": noise_table("noise", log, 1)}
        found = static_aucs(split, tables, 1)
        assert found["truth"] > found["noise"] + 0.01
        assert found["truth"] > found["clean"] + 0.01
        assert found == static_aucs(split, tables, 1)
