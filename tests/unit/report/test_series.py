"""From committed records to lines over time."""

from __future__ import annotations

import numpy as np

from lis_sim.report.series import collect
from tests.unit.report.example import START_US, VALUES, records


def test_lines_hold_the_records_in_order_with_gaps_where_undefined() -> None:
    given = records(9, 3)
    series = collect(iter(given))
    assert series.end_us.tolist() == [record["end_us"] for record in given]
    assert series.end_us[0] > START_US
    assert set(series.scores["co_click"]) == set(VALUES)
    lis = series.scores["co_click"]["lis"]
    assert np.isnan(lis.value[:3]).all()
    assert np.isfinite(lis.value[3:]).all()
    assert (lis.low[3:] < lis.value[3:]).all()
    assert lis.anytime_low is not None
    assert lis.anytime_high is not None
    assert (lis.anytime_low[3:] < lis.low[3:]).all()
    assert (lis.anytime_high[3:] > lis.high[3:]).all()
    assert np.isnan(series.auc["clean"]).nonzero()[0].tolist() == [7]
    assert series.warmup_end_us == given[2]["end_us"]


def test_recent_scores_calibration_and_sizes_are_lines_too() -> None:
    given = records(9, 3)
    for k, record in enumerate(given):
        record |= {"window": k + 5, "events": 100 + k, "positives": 40}
        record["arms"][0]["calibration"] = 1.0 + k / 100
    series = collect(given)
    recent = series.recent["co_click"]["lis"]
    assert recent.anytime_low is None
    assert np.isfinite(recent.value[3:]).all()
    assert series.calibration["clean"][8] == 1.08
    assert series.window.tolist() == list(range(5, 14))
    assert series.events[8] == 108
    assert series.drift is None
    assert series.last == given[-1]


def test_a_line_that_starts_late_is_padded_and_slices_are_left_out() -> None:
    first, second = records(2, 0)
    second["arms"].append({"arm": "aligned:title", "slice": "all", "auc_mean": 0.75})
    second["arms"].append({"arm": "clean", "slice": "cold", "auc_mean": 0.1})
    series = collect([first, second])
    assert np.isnan(series.auc["aligned:title"][0])
    assert series.auc["aligned:title"][1] == 0.75
    assert 0.1 not in series.auc["clean"]


def test_a_representation_has_lines_of_its_own() -> None:
    (record,) = records(1, 0)
    table = {"representation": "title", "preference": None}
    record["scores"] += [record["scores"][0] | table | {"score": "ais"}]
    record["scores"] += [record["scores"][0] | {"score": "realised", "representation": "title"}]
    scores = collect([record]).scores
    assert set(scores["title"]) == {"ais"}
    assert set(scores["co_click"]) == set(VALUES) | {"realised title"}
