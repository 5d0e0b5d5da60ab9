"""The page of a search: whole, self-contained, escaped, and the later numbers first."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lis_sim.report.search_html import render_search
from tests.unit.report.example_search import BEHAVIOUR, DIMENSIONS, rows, summary
from tests.unit.report.test_html import Page

TWO = ("lis_crossfit", "auc:clean")


def rendered(objectives: tuple[str, ...] = ("lis_crossfit",), **changes: Any) -> str:
    found, curves = rows(objectives)
    return render_search(summary(objectives, **changes), found, DIMENSIONS, "seed: 0\n", curves)


@pytest.fixture(scope="module")
def page() -> str:
    return rendered()


@pytest.mark.parametrize("objectives", [("lis_crossfit",), TWO, (*TWO, "log_loss:clean")])
def test_it_is_well_formed_and_loads_nothing_from_outside(objectives: tuple[str, ...]) -> None:
    page = rendered(objectives)
    parsed = Page(page)
    assert not parsed.tags & {"script", "link", "iframe", "img", "object"}
    assert len(parsed.ids) == len(set(parsed.ids))
    links = [value for name, value in parsed.attributes if name in ("src", "href")]
    assert set(links) == {f"#{one}" for one in parsed.ids if not one.endswith("-title")}
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "http://" not in page


def test_the_same_search_gives_the_same_bytes(page: str) -> None:
    assert rendered() == page


def test_what_holds_after_the_cut_comes_first_and_with_its_optimism(page: str) -> None:
    assert page.index("The search found better settings") < page.index("<table")
    first = page.index("lis_crossfit after the cut: +0.02802 [+0.02502, +0.03102]")
    assert first < page.index("optimism +0.00310") < page.index("<table")
    assert page.index("Gain over the config as written") < page.index("Trials, best first")
    assert page.index("Trials, best first") < page.index('id="limits"')


def test_every_trial_has_a_row_winners_first_and_failures_last_with_their_error(page: str) -> None:
    table = page[page.index("Trials, best first") :]
    found = re.findall(r"<tr[^>]*><td>(\d+)</td><td class=\"word\">([a-z, ]+)</td>", table)
    assert sorted(int(trial) for trial, _ in found) == list(range(25))
    assert found[0] == ("21", "finished, winner")
    assert found[-1] == ("9", "failed")
    assert "RunError: no window has both labels &lt;b&gt;" in table
    kinds = [status.partition(",")[0] for _, status in found]
    assert kinds == sorted(kinds, key=["finished", "stopped", "failed"].index)


def test_charts_of_every_setting_and_of_the_front(page: str) -> None:
    # Parallel coordinates, one slice a setting, the stopping.
    assert page.count('role="img"') == 1 + len(DIMENSIONS) + 1
    both = rendered(TWO)
    assert both.count('role="img"') == 1 + 2 * len(DIMENSIONS) + 1 + 1
    assert "auc:clean against lis_crossfit" in both
    assert "Two objectives" not in page


def test_the_kinds_of_trials_are_told_apart_by_shape(page: str) -> None:
    """The marks of stopped trials are other shapes, not the others in another colour."""
    of = {
        colour: set(re.findall(rf'<path class="m {colour}" d="M[\d. -]+(m[^M"]+)', page))
        for colour in ("blue", "grey", "ink", "vermillion")
    }
    assert all(len(shapes) == 1 for shapes in of.values())
    assert len(set.union(*of.values())) == 4


def test_a_lower_bound_is_said_to_be_one() -> None:
    found, curves = rows()
    bound = summary() | {
        "objectives": [{"objective": "lis_crossfit", "mode": "max", "take": "low"}]
    }
    page = render_search(bound, found, DIMENSIONS, None, curves)
    assert "lis_crossfit: lower bound of the 95% interval" in page
    assert "lis_crossfit, lower bound against rank" in page


def test_names_and_errors_are_escaped_wherever_they_appear() -> None:
    odd = '<b>"x"&</b>'
    found, curves = rows()
    for row in found:
        row[odd] = odd
        row["error"] = odd
    changed = summary(search=odd)
    changed["best"][0] |= {"because": odd, "notes": [odd], "settings": {odd: odd}}
    page = render_search(changed, found, [{"path": odd, "choice": [odd]}], odd, curves)
    Page(page)
    assert odd not in page
    assert page.count("<b>") == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_small_searches_have_a_page_too(count: int) -> None:
    found, curves = rows(count=count)
    page = render_search(summary(count=count), found, DIMENSIONS, None, curves)
    Page(page)
    assert not re.search(r"[>\s\"(]nan[<\s,\]]", page, re.IGNORECASE)


def test_a_search_that_the_baseline_won_has_no_gains() -> None:
    entry = summary()["baseline"] | {"settings": {}, "verdict": "baseline", "because": "it won"}
    page = rendered(best=[entry])
    assert "No trial did better than the config as written" in page
    assert "Gain over" not in page


def test_undefined_numbers_are_words() -> None:
    changed = summary()
    nothing = {"value": None, "low": None, "high": None}
    changed["best"][0] |= {
        "later": {"lis_crossfit": nothing},
        "optimism": {"lis_crossfit": None},
        "over_baseline": {"lis_crossfit": nothing | {"search": None, "optimism": None}},
    }
    page = render_search(changed, rows()[0], DIMENSIONS)
    assert "lis_crossfit after the cut: undefined -" in page
    assert "None" not in page


def test_many_trials_stay_a_small_page() -> None:
    found, curves = rows(count=1_000)
    page = render_search(summary(count=1_000), found, DIMENSIONS, None, curves)
    assert len(page) < 6_000_000
    assert "501 more are in trials.parquet" in page


def test_many_settings_get_further_drawings() -> None:
    more: list[dict[str, Any]] = [
        {"path": f"policy.settings.s{k}", "uniform": [0, 1]} for k in range(9)
    ]
    found, curves = rows()
    for row in found:
        row.update({str(one["path"]): 0.1 * k for k, one in enumerate(more)})
    page = render_search(summary(), found, [*DIMENSIONS, *more], None, curves)
    assert "Parallel coordinates, 2 of 2" in page
    assert BEHAVIOUR.rpartition(".")[2] in page
