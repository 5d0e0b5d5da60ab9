"""What a scrape returns, read back by the Prometheus parser and linted by promtool."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from lis_sim.monitoring import RunAccount
from lis_sim.monitoring.collector import RunCollector
from lis_sim.monitoring.drift_tally import DriftTally
from lis_sim.monitoring.text import exposition
from lis_sim.monitoring.wall_times import WallTimes
from tests.unit.monitoring.records import arm, drift_event, record, watched
from tests.unit.monitoring.scraped import labels, samples, scrape


def account(*records: dict[str, Any], **changes: Any) -> RunAccount:
    drift, times = DriftTally(), WallTimes()
    for one in records:
        drift.add(one)
        times.add({"seconds": 0.3, "stages": {"train": 0.2}, "waited_for_builder": 0.05})
    newest = max((one["window"] for one in records), default=-1)
    return RunAccount(newest, drift, times, **changes)


def test_a_record_becomes_counters_gauges_and_bounds() -> None:
    found = scrape(record(4, windows_undefined=1))
    clean = labels(arm="clean", slice="all")
    lis = labels(score="lis", preference="co_click", representation="", slice="all")
    ais = labels(score="ais", preference="co_click", representation="title_minilm", slice="all")
    cold = labels(score="lis_crossfit", preference="co_click", representation="", slice="cold")
    assert found["lis_sim_events_total", labels()] == 500
    assert found["lis_sim_windows_total", labels()] == 5
    assert found["lis_sim_windows_undefined_total", labels()] == 1
    assert found["lis_sim_stream_clock_seconds", labels()] == 5.0
    assert found["lis_sim_auc", clean] == 0.71
    assert found["lis_sim_auc_low", clean] == pytest.approx(0.70)
    assert found["lis_sim_auc_high", clean] == pytest.approx(0.72)
    assert found["lis_sim_window_calibration_ratio", clean] == 1.02
    assert found["lis_sim_window_events", labels()] == 100
    assert found["lis_sim_window_label_rate", labels()] == 0.4
    assert found["lis_sim_score", lis] == 0.04
    assert found["lis_sim_score_low", ais] == pytest.approx(0.009)
    assert found["lis_sim_score", cold] == -0.002  # signed, never clipped


def test_series_and_measures_have_values_and_what_they_are_compared_with() -> None:
    found = scrape(watched(9))
    auc = labels(series="auc", arm="clean", preference="", representation="")
    lis = labels(series="lis_crossfit", arm="", preference="co_click", representation="")
    psi = labels(measure="psi", of="items")
    assert found["lis_sim_window_value", auc] == 0.71
    assert ("lis_sim_window_reference", auc) not in found  # the reference is being taken
    assert found["lis_sim_window_value", lis] == 0.01
    assert found["lis_sim_window_standard_error", lis] == 0.002
    assert found["lis_sim_window_reference", lis] == 0.03
    assert found["lis_sim_window_reference_standard_error", lis] == 0.001
    assert found["lis_sim_window_z", lis] == -8.9
    assert found["lis_sim_measure_value", psi] == 0.05
    assert found["lis_sim_measure_reference", psi] == 0.01
    assert found["lis_sim_measure_threshold", psi] == 0.2
    undefined = labels(measure="ks", of="feature:age")
    assert ("lis_sim_measure_value", undefined) not in found
    assert found["lis_sim_measure_threshold", undefined] == 0.1


def test_drift_events_are_counted_from_zero_and_in_force_until_the_cool_down_is_over() -> None:
    told = [watched(k, drift=[drift_event()] if k == 3 else []) for k in range(7)]
    counted = labels(kind="series", series="lis_crossfit", measure="", points_to="preference-data")
    event = labels(
        kind="series",
        series="lis_crossfit",
        measure="",
        of="",
        arm="",
        preference="co_click",
        representation="",
        direction="down",
        points_to="preference-data",
    )
    seen = []
    for end in range(1, 8):
        found = scrape(
            told[end - 1], account=lambda end=end: account(*told[:end]), cooldown_windows=2
        )
        active = found.get(("lis_sim_drift_active", event))
        seen.append((found["lis_sim_drift_events_total", counted], active))
    assert seen == [(0, None)] * 3 + [(1, 1)] * 3 + [(1, 0)]
    assert found["lis_sim_drift_change", event] == -0.02
    assert found["lis_sim_drift_since_seconds", event] == 2.0
    psi = labels(kind="measure", series="", measure="psi", points_to="data")
    assert found["lis_sim_drift_events_total", psi] == 0


def test_a_run_without_drift_has_no_such_metric() -> None:
    found = scrape(record(9), account=lambda: account(record(9)))
    assert not [name for name, _ in found if "drift" in name or "measure" in name]


def test_progress_age_and_wall_times() -> None:
    told = account(record(0), record(1), committed_s=1000.5, finished=True)
    found = scrape(record(1), account=lambda: told, newest_us=lambda: 7_500_000)
    assert found["lis_sim_run_finished", labels()] == 1
    assert found["lis_sim_last_commit_timestamp_seconds", labels()] == 1000.5
    assert found["lis_sim_score_age_seconds", labels()] == 5.5
    assert found["lis_sim_waited_for_builder_seconds_total", labels()] == pytest.approx(0.1)
    assert found["lis_sim_window_seconds_count", labels()] == 2
    assert found["lis_sim_window_seconds_sum", labels()] == pytest.approx(0.6)
    assert found["lis_sim_window_seconds_bucket", labels(le="0.25")] == 0
    assert found["lis_sim_window_seconds_bucket", labels(le="0.5")] == 2
    assert found["lis_sim_window_seconds_bucket", labels(le="+Inf")] == 2


@pytest.mark.parametrize(("newest_us", "age"), [(None, None), (1_000_000, 0.0)])
def test_an_age_is_never_negative_and_may_be_unknown(newest_us: int | None, age: float) -> None:
    found = scrape(record(1), newest_us=lambda: newest_us)
    assert found.get(("lis_sim_score_age_seconds", labels())) == age


def test_an_undefined_value_has_no_sample() -> None:
    found = scrape(record(0, arms=[arm("clean", None), arm("causal:co_click", 0.7)], scores=[]))
    arms = {dict(part)["arm"] for name, part in found if name == "lis_sim_auc"}
    assert arms == {"causal:co_click"}
    assert not [name for name, _ in found if name.startswith("lis_sim_score")]


def test_before_the_first_window_there_are_only_the_settings_and_that_it_goes_on() -> None:
    found = scrape(None, info={"horizon": "all", "folds": 5}, account=RunAccount)
    assert found == {
        ("lis_sim_run_info", labels(horizon="all", folds="5")): 1.0,
        ("lis_sim_run_finished", labels()): 0.0,
    }


def test_counters_never_go_back_while_a_resumed_run_catches_up() -> None:
    windows = iter([record(5), record(2), record(6)])
    seconds = iter([{"train": 9.0}, {"train": 3.0}, {"train": 11.0}])
    collector = RunCollector("demo", lambda: next(windows), lambda: next(seconds))
    seen = [samples(exposition(collector).decode()) for _ in range(3)]
    assert [scrape["lis_sim_events_total", labels()] for scrape in seen] == [600, 600, 700]
    train = labels(stage="train")
    assert [scrape["lis_sim_stage_seconds_total", train] for scrape in seen] == [9.0, 9.0, 11.0]


def test_awkward_names_survive_the_text_format() -> None:
    name = 'leaked:a"b\\c\nd é'
    found = scrape(record(0, arms=[arm(name, 0.5)], scores=[]))
    assert found["lis_sim_auc", labels(arm=name, slice="all")] == 0.5


def test_promtool_finds_nothing_to_complain_about() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    told = watched(3, drift=[drift_event()])
    collector = RunCollector(
        "demo",
        lambda: told,
        lambda: {"train": 1.5, "read": 0.1},
        {"horizon": "all"},
        account=lambda: account(told, committed_s=1.0),
        newest_us=lambda: 9_000_000,
    )
    lint = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposition(collector).decode(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, "")
