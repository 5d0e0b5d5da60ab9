"""The page: whole, self-contained, escaped, and the same bytes for the same records."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from lis_sim.report import render_page, render_report
from lis_sim.report.run_records import RunRecords
from lis_sim.report.series import collect
from tests.unit.report.example import arm, records, score, summary

VOID = {"meta", "wbr"}


class Page(HTMLParser):
    """Collects tags and ids, and fails where an element is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(summary(), records(), "seed: 7\n")


def test_it_is_well_formed_and_loads_nothing_from_outside(page: str) -> None:
    parsed = Page(page)
    assert not parsed.tags & {"script", "link", "iframe", "img", "object"}
    links = [value for name, value in parsed.attributes if name in ("src", "href", "xlink:href")]
    assert links
    assert all(value and value.startswith("#") for value in links)
    assert "@import" not in page
    assert "url(" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_ids_of_the_figures_do_not_collide(page: str) -> None:
    ids = Page(page).ids
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:href="#|labelledby=")([^")]+)', page))
    assert used
    assert used <= set(ids)


def test_the_verdict_comes_before_every_number_table(page: str) -> None:
    verdict = page.index("This preference data is worth aligning a model on")
    assert verdict < page.index("<table")
    assert page.index("lis_crossfit - placebo is +0.00430") < page.index("<table")
    assert page.index("<table") < page.index("What these numbers do not tell")


def test_scores_arms_and_settings_are_there(page: str) -> None:
    for text in ("+0.00230", "[+0.00120, +0.00340]", "0.00042", "0.00037", "0.6900", "5f0e3c"):
        assert text in page
    assert "<dt>seed</dt><dd>7</dd>" in page
    assert "0 (15 undefined)" in page
    # Scores so far and recent, the waterfall, the slices, AUC; no record has a calibration.
    assert page.count('role="img"') == 5


def test_the_same_records_give_the_same_bytes(page: str) -> None:
    assert render_report(summary(), iter(records()), "seed: 7\n") == page


def test_only_a_page_that_is_written_again_refreshes_itself(page: str) -> None:
    assert 'http-equiv="refresh"' not in page
    live = render_page([RunRecords(summary(), collect(records()))], refresh_seconds=15)
    assert live.count('<meta http-equiv="refresh" content="15">') == 1
    assert "loads it again every 15 s" in live


def test_a_browser_is_forbidden_to_fetch_or_run_anything(page: str) -> None:
    assert "default-src 'none'" in page
    assert "script-src" not in page


def test_names_are_escaped_wherever_they_appear() -> None:
    odd = '<b>"x"&$_</b>'
    shown = summary(
        run=odd,
        arms=[arm(odd, 0.7)],
        scores=[score("lis", 0.01, preference=odd, representation=odd, trained_until=odd)],
        verdicts=[{"preference": odd, "representation": odd, "verdict": odd, "because": odd}],
    )
    windows = records(3, 0)
    for record in windows:
        record["arms"][0]["arm"] = odd
        record["scores"][0]["preference"] = odd
    page = render_report(shown, windows, odd)
    Page(page)
    assert odd not in page
    assert page.count("&lt;b&gt;") >= 9
    assert page.count("<b>") == 0


@pytest.mark.parametrize("windows", [0, 1, 2, 6])
def test_short_runs_have_a_page_too(windows: int) -> None:
    Page(render_report(summary(), records(windows)))


def test_a_run_of_many_windows_stays_a_small_page() -> None:
    page = render_report(summary(), records(2_300))
    assert len(page) < 1_000_000
    assert page.count("<tr><td>") == 2_000
    assert "The 300 windows before these are in windows.jsonl." in page


def test_every_window_has_a_row_the_newest_first(page: str) -> None:
    rows = re.findall(r"<tr><td>(\d+)( w)?</td><td>([^<]+)</td>", page)
    assert [int(number) for number, _, _ in rows] == list(range(19, -1, -1))
    assert [bool(warming) for _, warming, _ in rows] == [False] * 15 + [True] * 5
    assert rows[-1][2] == "2023-11-15 04:13"
    assert "<td>–</td>" in page  # window 7 has one class only


def test_what_is_wider_than_a_screen_can_be_scrolled_from_the_keyboard(page: str) -> None:
    scrolled = re.findall(r'<div class="scroll"([^>]*)>', page)
    assert len(scrolled) == page.count("<table") + page.count("<figure>")
    assert all('tabindex="0"' in one and "aria-label=" in one for one in scrolled)


def test_a_score_that_was_never_defined_is_a_row_and_not_a_number() -> None:
    page = render_report(summary(scores=[score("lis", None)], verdicts=[]), [])
    assert "<td>undefined</td>" in page
    assert not re.search(r"[>\s]nan[<\s,\]]", page, re.IGNORECASE)
