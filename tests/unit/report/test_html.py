"""The page: whole, self-contained, escaped, and the same bytes for the same records."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import matplotlib as mpl
import pytest

from lis_sim.report import render_report
from tests.unit.report.example import arm, records, score, summary

VOID = {"meta", "br"}


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
    # Namespaces and the figures' own metadata name addresses; nothing fetches them.
    links = [value for name, value in parsed.attributes if name in ("src", "href", "xlink:href")]
    assert links
    assert all(value and value.startswith("#") for value in links)
    assert "@import" not in page
    assert "url(http" not in page


def test_ids_of_the_figures_do_not_collide(page: str) -> None:
    ids = Page(page).ids
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', page))
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
    assert page.count('role="img"') == 2


def test_the_same_records_give_the_same_bytes_whatever_matplotlib_is_set_to(page: str) -> None:
    with mpl.rc_context({"lines.linewidth": 9, "svg.hashsalt": "other", "font.size": 30}):
        again = render_report(summary(), iter(records()), "seed: 7\n")
        assert mpl.rcParams["lines.linewidth"] == 9  # left as it was found
    assert again == page


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
    page = render_report(summary(), records(5_000))
    assert len(page) < 400_000


def test_a_score_that_was_never_defined_is_a_row_and_not_a_number() -> None:
    page = render_report(summary(scores=[score("lis", None)], verdicts=[]), [])
    assert "<td>undefined</td>" in page
    assert not re.search(r"[>\s]nan[<\s,\]]", page, re.IGNORECASE)
