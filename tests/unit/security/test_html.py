"""A name is a name on every page, whatever is in it: nothing runs, loads or reads the wrong way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lis_sim.report import render_page
from lis_sim.report.run_records import RunRecords
from lis_sim.report.search_html import render_search
from lis_sim.report.series import collect
from tests.unit.report import example, example_drift, example_search
from tests.unit.report.test_html import Page
from tests.unit.report.test_preference import PROFILE

# Names of preference data, tables, runs, datasets, slices, settings, errors and reasons.
GIVEN = (
    *("co_click", "title_minilm", "kuairand", "cold", "title", "items", "lis_crossfit of"),
    *("odd", "Part of its", "halves share", "no window has", "search did not", "halves"),
    *("behaviour", "embedding_rate", "sparse_id", "tune-preference", "other"),
)
NASTY = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "</text></svg><iframe src='javascript:alert(1)'>",
    "&#60;script&#62;",
    "]]><!--",
    "javascript:alert(1)",
    "url(http://example.org/x)",
    "\u202egpj.exe",
    "\u2066hidden\u2069",
    "a\x00b\x1b[31m",
    "\ud800",
    "{0}{x}%s%(y)s$1",
    "\\u003cscript\\u003e",
    "@import 'x';",
)
PAGES = ("run", "live", "compare", "drift", "search")
# A policy of its own may come in another order; none may be weaker.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def renamed(value: Any, name: str) -> Any:
    """Return ``value`` with ``name`` put into every text that somebody may have chosen."""
    if isinstance(value, str):
        for given_name in GIVEN:
            if given_name in value:
                return value.replace(given_name, name)
        return value
    if isinstance(value, dict):
        return {renamed_key(key, name): renamed(one, name) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(renamed(one, name) for one in value)
    return value


def renamed_key(key: str, name: str) -> str:
    """Settings are keys too; those of our own records stay."""
    found: str = renamed(key, name) if "." in key else key
    return found


def page_of(kind: str, name: str) -> str:
    if kind == "search":
        found, curves = example_search.rows()
        dimensions = renamed(example_search.DIMENSIONS, name)
        summary = renamed(example_search.summary(), name)
        return render_search(summary, renamed(found, name), dimensions, f"a: {name}", curves)
    records: Any = example_drift.watched_records() if kind == "drift" else example.records()
    summary = renamed(example.summary(), name)
    run = RunRecords(
        summary,
        collect(renamed(records, name)),
        f"name: {name}\n",
        [renamed(PROFILE, name)],
    )
    return render_page([run, run] if kind == "compare" else [run], 10 if kind == "live" else None)


def structure(page: str) -> tuple[set[str], set[str]]:
    parsed = Page(page)
    for name, value in parsed.attributes:
        if name in ("href", "src", "xlink:href"):
            assert value is not None
            assert value.startswith("#"), value
        assert not name.startswith("on"), name
    return parsed.tags, {name for name, _ in parsed.attributes}


@pytest.fixture(scope="module")
def benign() -> dict[str, tuple[set[str], set[str]]]:
    return {kind: structure(page_of(kind, "plain")) for kind in PAGES}


def check(kind: str, name: str, benign: tuple[set[str], set[str]]) -> None:
    page = page_of(kind, name)
    tags, attributes = structure(page)
    assert tags <= benign[0], (kind, name)
    assert attributes <= benign[1], (kind, name)
    assert f'content="{POLICY}"' in page.replace("&#x27;", "'")
    assert not set(page) & set("\x00\x1b\u202e\u2066\u2069\ud800")
    page.encode("utf-8")


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("name", [" ".join(NASTY[:6]), " ".join(NASTY[6:])], ids=["a", "b"])
def test_no_name_adds_anything_to_a_page(
    kind: str, name: str, benign: dict[str, tuple[set[str], set[str]]]
) -> None:
    check(kind, name, benign[kind])


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(PAGES),
    name=st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), min_size=1, max_size=3),
)
def test_nor_does_any_other(
    benign: dict[str, tuple[set[str], set[str]]], kind: str, name: list[str]
) -> None:
    check(kind, "".join(name), benign[kind])


def test_the_names_are_there() -> None:
    """The test above would pass for a page that shows none of them."""
    for kind in PAGES:
        assert page_of(kind, "<b>&").count("&lt;b&gt;&amp;") >= 10, kind
