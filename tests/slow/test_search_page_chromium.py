"""The page of a search in a real browser: silent, nothing executed, nothing outside its drawing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import Browser, chromium
from lis_sim.report.search_html import render_search
from tests.unit.report.example_search import BEHAVIOUR, DIMENSIONS, rows, summary

PROGRAM = chromium()
HOSTILE = '<img src=x onerror="console.log(1)"><script>console.log(2)</script>'
LOOKS: list[dict[str, Any]] = [{}, {"dark": True}, {"width": 380, "height": 800}]
OBJECTIVES = ("lis_crossfit_over_placebo:my_preference_data", "auc:clean")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium (Debian: chromium)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a search whose names and values are markup, and long."""
    found, curves = rows(OBJECTIVES)
    for row in found:
        row["error"] = HOSTILE if row["error"] else None
        row[BEHAVIOUR] = HOSTILE if row[BEHAVIOUR] == "like >= 1" else row[BEHAVIOUR]
    changed = summary(OBJECTIVES, search=HOSTILE, headline=HOSTILE)
    changed["best"][0] |= {"because": HOSTILE, "notes": [HOSTILE]}
    choices = [None, "dwell >= 30", HOSTILE, {"name": "a whole group of settings", "rank": 8}]
    dimensions = [{"path": BEHAVIOUR, "choice": choices}, *DIMENSIONS[1:]]
    path = tmp_path_factory.mktemp("search") / "report.html"
    path.write_text(render_search(changed, found, dimensions, HOSTILE, curves))
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_silent_and_stays_within_the_screen_and_its_drawings(
    browser: Browser, page: Path, look: dict[str, Any]
) -> None:
    browser.complaints.clear()
    browser.look(**look)
    browser.open(page)
    assert browser.complaints == []
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    outside = browser.evaluate(
        "[...document.querySelectorAll('svg.chart text')].filter(t => {"
        " const a = t.getBoundingClientRect(), b = t.closest('svg.chart').getBoundingClientRect();"
        " return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1; })"
        ".map(t => t.textContent)"
    )
    assert outside == []


def test_names_are_text_and_charts_are_drawn(browser: Browser, page: Path) -> None:
    browser.look()
    browser.open(page)
    assert browser.evaluate("document.querySelectorAll('img, script').length") == 0
    assert HOSTILE in browser.evaluate("document.title")
    charts = browser.evaluate(
        "[...document.querySelectorAll('svg.chart')].map(s =>"
        " [s.getBoundingClientRect().height, s.getAttribute('aria-label'),"
        " s.querySelectorAll('path.m').length])"
    )
    # Parallel coordinates, a slice per setting and objective, the front, the stopping.
    assert len(charts) == 1 + 2 * len(DIMENSIONS) + 1 + 1
    assert all(height > 100 and name and marks for height, name, marks in charts)


def test_it_prints(browser: Browser, page: Path) -> None:
    browser.look(dark=True)
    browser.open(page)
    assert browser.pdf().startswith(b"%PDF")
