"""The charts: what is drawn, and what must not be."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from lis_sim.report.arm_charts import auc_charts
from lis_sim.report.line_chart import Line, LineChart
from lis_sim.report.run_records import RunRecords
from lis_sim.report.score_charts import score_charts
from lis_sim.report.series import collect
from lis_sim.report.slices_chart import slices_chart
from lis_sim.report.styles import ARMS, CYCLE, SCORES, Style, another
from lis_sim.report.waterfall import waterfall
from tests.unit.report.example import records, score, summary
from tests.unit.report.example_drift import event, watched_records

LINE = SCORES["lis_crossfit"]


def run(**changes: Any) -> RunRecords:
    return RunRecords(summary(**changes), collect(records()))


@pytest.mark.parametrize("windows", [0, 1, 2, 50])
@pytest.mark.parametrize("value", [float("nan"), 0.0, -3.0])
def test_no_chart_writes_what_is_not_a_number(windows: int, value: float) -> None:
    values = np.full(windows, value)
    lines = [Line("flat", LINE, values, (values, values), (values, values))]
    drawn = LineChart("t", np.arange(windows, dtype=np.int64), level=0.0).draw(lines)
    assert not re.search(r"\b(nan|inf|None)\b", drawn)
    assert "flat" in drawn


def test_a_gap_breaks_the_line_and_a_lone_window_is_a_dot() -> None:
    values = np.array([1.0, 2.0, np.nan, 3.0, np.nan])
    drawn = LineChart("t", np.arange(5, dtype=np.int64)).draw([Line("x", LINE, values)])
    path = re.findall(r'class="s blue"[^>]* d="([^"]+)"', drawn)[0]
    assert path.count("M") == 2
    assert path.endswith("h.1")


def test_early_intervals_do_not_flatten_the_lines() -> None:
    end_us = np.arange(100, dtype=np.int64)
    width = np.where(end_us < 5, 100.0, 0.01)
    value = np.full(100, 0.02)
    line = Line("lis", LINE, value, (value - width, value + width))
    drawn = LineChart("t", end_us, signed=True).draw([line])
    ticks = [float(one) for one in re.findall(r'class="tick" text-anchor="end">([^<]+)<', drawn)]
    assert max(ticks) < 0.1


def test_styles_differ_in_more_than_their_colour() -> None:
    for styles in (ARMS.values(), CYCLE, [another(SCORES["ais"], k) for k in range(5)]):
        plain = [(style.dash, style.mark) for style in styles]
        assert len(set(plain)) == len(plain)
    assert isinstance(CYCLE[0], Style)


def test_the_waterfall_goes_from_clean_over_history_and_crossfit_to_naive() -> None:
    drawn = waterfall(run(), "co_click")
    assert drawn is not None
    names = re.findall(r'class="label strong"[^>]*>([^<]+)<', drawn)
    assert names == ["clean", "history", "crossfit", "naive", "ais"]
    # The steps: history, crossfit less history, lis less crossfit, and ais from clean.
    steps = re.findall(r'class="label">([+-][0-9.]+)<', drawn)
    assert steps == ["-0.0007", "+0.0030", "+0.0162", "+0.0011"]
    assert "AUC 0.6900" in drawn


def test_a_waterfall_needs_two_steps() -> None:
    assert waterfall(run(scores=[score("lis", 0.01)]), "co_click") is None
    assert waterfall(run(scores=[score("lis", None), score("history", 0.1)]), "co_click") is None


def test_slices_show_every_defined_slice_on_one_scale() -> None:
    both = [score("lis_crossfit", 0.002), score("lis_crossfit", 0.03, "cold")]
    over = score("lis_crossfit_over_placebo", 0.004)
    drawn = slices_chart(run(scores=[*both, over, score("lis_crossfit", None, "warm")]), "co_click")
    assert drawn is not None
    assert re.findall(r'class="label strong">([^<]+)<', drawn) == ["all", "cold"]
    assert "+0.0040" in drawn  # over its placebo where there is one
    assert "+0.0300" in drawn
    assert slices_chart(run(scores=[score("lis_crossfit", None)]), "co_click") is None


def test_drift_of_an_arm_is_marked_where_its_line_is() -> None:
    given = watched_records()
    given[14]["drift"] = [event(series="auc", arm="leaked:co_click", preference=None, words="fell")]
    drawn = auc_charts(collect(given))
    assert drawn.count("<title>fell</title>") == 1
    assert "Triangles mark drift events." in drawn


def test_ais_stands_beside_lis_and_its_drift_is_marked() -> None:
    given = watched_records()
    for k, record in enumerate(given):
        table: dict[str, Any] = {"preference": None, "representation": "title_minilm"}
        record["scores"].append(score("ais", 0.001 if k >= 5 else None, **table))
    drawn = score_charts(RunRecords(summary(), collect(given)), "co_click")
    assert "ais title_minilm" in drawn
    assert drawn.count('class="event"') == 1
    assert "fell from +0.0023 to +0.0012 since window 12" in drawn
    assert "The dots are single windows" in drawn
