"""Reports in a real browser: nothing to complain about, everything drawn, nothing executed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import Browser, chromium
from benchmarks.made_run import MadeRun
from lis_sim.report import read_run, render_page, write_report

PROGRAM = chromium()
HOSTILE = '<img src=x onerror="console.log(1)"><script>console.log(2)</script>'
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run whose every name is markup, as is the folder's own."""
    parent = tmp_path_factory.mktemp("reports")
    made = MadeRun(
        f"run {HOSTILE}", preferences=(HOSTILE, "dwell"), representations=(f"table {HOSTILE}",)
    )
    written = made.write(parent / '<b onclick="x">&amp; #run?')
    (written / "config.yaml").write_text(f"name: '{HOSTILE}'\n")
    return written


@pytest.fixture(scope="module")
def page(folder: Path) -> Path:
    return write_report(folder)


def opened(browser: Browser, path: Path, **look: Any) -> Browser:
    browser.complaints.clear()
    browser.look(**look)
    browser.open(path)
    return browser


@pytest.mark.parametrize("look", [{}, {"dark": True}, {"width": 380, "height": 800}])
def test_the_console_is_silent_and_nothing_leaves_the_page(
    browser: Browser, page: Path, look: dict[str, Any]
) -> None:
    opened(browser, page, **look)
    assert browser.complaints == []
    # What is wider than the screen scrolls by itself; the page does not.
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_names_are_text_and_never_elements(browser: Browser, page: Path) -> None:
    opened(browser, page)
    assert browser.evaluate("document.querySelectorAll('img, script, b[onclick]').length") == 0
    assert HOSTILE in browser.evaluate("document.title")
    assert HOSTILE in browser.evaluate("document.body.innerText")


def test_every_chart_has_a_size_a_name_and_lines(browser: Browser, page: Path) -> None:
    opened(browser, page)
    charts = browser.evaluate(
        "[...document.querySelectorAll('svg.chart')].filter(s => !s.closest('details'))"
        ".map(s => [s.getBoundingClientRect().height, s.getAttribute('aria-label'),"
        " s.querySelectorAll('path.s').length])"
    )
    # Per preference data: so far, recent, steps, slices; two for the table; drift; arms.
    assert len(charts) == 4 + 4 + 2 + 1 + 3 + 3
    assert all(height > 100 and name and drawn for height, name, drawn in charts)


def test_text_does_not_leave_its_drawing(browser: Browser, page: Path) -> None:
    opened(browser, page)
    outside = browser.evaluate(
        "[...document.querySelectorAll('svg.chart text')].filter(t => {"
        " if (t.closest('details')) return false;"
        " const a = t.getBoundingClientRect(), b = t.closest('svg.chart').getBoundingClientRect();"
        " return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1; })"
        ".map(t => t.textContent)"
    )
    assert outside == []


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(browser: Browser, page: Path, dark: bool) -> None:
    """Every colour of text is told from the paper by a contrast of 4.5 (WCAG AA)."""
    opened(browser, page, dark=dark)
    colours = browser.evaluate(
        "(() => { const style = getComputedStyle(document.documentElement);"
        " const of = name => style.getPropertyValue(name).trim();"
        " return ['--paper', '--wash', '--ink', '--soft', '--link'].map(of); })()"
    )
    paper, wash, *texts = map(luminance, colours)
    for text in texts:
        for ground in (paper, wash):
            assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of ``#rgb`` or ``#rrggbb``."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_keyboard_reaches_links_tables_and_folded_parts(browser: Browser, page: Path) -> None:
    opened(browser, page)
    reached = []
    for _ in range(200):
        for kind in ("keyDown", "keyUp"):
            key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            browser.ask("Input.dispatchKeyEvent", type=kind, **key)
        reached.append(browser.evaluate("document.activeElement.tagName"))
        if reached[-1] == "BODY":
            break
    assert {"A", "DIV", "SUMMARY"} <= set(reached)
    wanted = browser.evaluate("document.querySelectorAll('a, summary, [tabindex]').length")
    hidden = browser.evaluate("document.querySelectorAll('details [tabindex]').length")
    assert len(reached) - 1 == wanted - hidden


def test_it_prints(browser: Browser, page: Path) -> None:
    opened(browser, page, dark=True)
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    browser.ask("Emulation.setEmulatedMedia", media="print", features=[])
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])


def test_an_unfinished_run_beside_a_finished_one(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    other = MadeRun("other", windows=20, finished=False, seed=5).write(tmp_path / "other")
    both = tmp_path / "both.html"
    both.write_text(render_page([read_run(folder), read_run(other)]))
    opened(browser, both)
    assert browser.complaints == []
    assert browser.evaluate("document.querySelectorAll('article').length") == 2


def test_an_open_tab_shows_the_newer_page(browser: Browser, tmp_path: Path) -> None:
    other = MadeRun("other", windows=15, finished=False).write(tmp_path / "other")
    page = tmp_path / "page.html"
    page.write_text(render_page([read_run(other)], refresh_seconds=1))
    opened(browser, page)
    assert browser.evaluate("document.body.innerText.includes('15 windows so far')")
    longer = MadeRun("other", windows=17, finished=False).write(tmp_path / "longer")
    page.write_text(render_page([read_run(longer)], refresh_seconds=1))
    browser.wait_for("Page.loadEventFired")
    assert browser.evaluate("document.body.innerText.includes('17 windows so far')")
    assert browser.complaints == []
