"""Several runs on one page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lis_sim.report import render_page
from lis_sim.report.run_records import RunRecords
from lis_sim.report.series import collect
from lis_sim.report.unfinished import so_far
from tests.unit.report.example import records, summary
from tests.unit.report.test_html import Page


def run(name: str, windows: int = 20, **changes: Any) -> RunRecords:
    return RunRecords(summary(run=name, **changes), collect(records(windows)), "seed: 7\n")


def unfinished(name: str) -> RunRecords:
    series = collect(records(9))
    return RunRecords(so_far(name, {}, {}, series.last), series, finished=False)


def test_runs_stand_in_columns_and_have_sections_of_their_own() -> None:
    page = render_page([run("first"), run("second", 12), unfinished("third")])
    parsed = Page(page)
    assert len(parsed.ids) == len(set(parsed.ids))
    used = set(re.findall(r'(?:href="#|labelledby=")([^")]+)', page))
    assert used <= set(parsed.ids)
    assert page.count("<article") == 3
    assert "unfinished, 9 windows" in page
    heads = '<th scope="col" class="word">first</th><th scope="col" class="word">second</th>'
    assert heads in page
    assert page.index("Side by side") < page.index("<article")
    assert "lis_crossfit of co_click, every run" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"horizon": "0"}, "These runs differ in horizon: their scores answer"),
        ({"form": "residual", "folds": 3}, "These runs differ in folds, form: their scores"),
        ({"content": "title"}, "These runs differ in over content: their scores"),
    ],
)
def test_settings_that_change_the_question_are_said_first(
    changes: dict[str, Any], said: str | None
) -> None:
    page = render_page([run("first"), run("second", **changes)])
    if said is None:
        assert "These runs differ" not in page
    else:
        assert page.index(said) < page.index("<table")
    assert ("≠ horizon" in page) == ("horizon" in changes)


def test_a_run_of_unknown_settings_differs_in_none() -> None:
    assert "These runs differ" not in render_page([run("first", content="title"), unfinished("x")])


def test_the_same_run_twice_and_odd_names_are_no_trouble() -> None:
    odd = '<b>"x"&'
    page = render_page([run(odd), run(odd)])
    parsed = Page(page)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert '<b>"x"' not in page


def test_many_runs_are_told_apart_by_more_than_colour() -> None:
    page = render_page([run(f"run {k}") for k in range(10)])
    chart = page[page.index("lis_crossfit of co_click, every run") :]
    chart = chart[: chart.index("</figure>")]
    found = re.findall(r'class="s \w+" stroke-width="1.7"([^>]*?) d="M', chart)
    assert len(found) == 20  # a line and its sample for each run
    assert len(set(found)) >= 8  # by their dashes alone, whatever the colours
