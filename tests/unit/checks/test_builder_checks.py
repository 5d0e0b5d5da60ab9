"""Every promise of a builder of preference data has one that breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lis_sim.checks import BUILDER_CHECKS, check
from lis_sim.errors import ConfigError
from tests.unit.checks import builders

WIDTH = {"dimensions": 3}
BROKEN: list[tuple[Callable[..., Any], str, str]] = [
    (builders.nothing, "returns_vectors_and_support", "none of 40 items is supported"),
    (builders.writes, "returns_vectors_and_support", r"read-only \(builders\.py, line"),
    (builders.needs_a_past, "works_with_little", "for item 0, dimension 0; accepted: finite"),
    (builders.short_times, "looks_at_times_as_differences", "OverflowError: a time is too"),
    (builders.unseeded, "same_events_same_bytes", "same arguments gave vectors up to"),
    (builders.global_numbers, "leaves_global_random_numbers_alone", "generator of NumPy"),
    (builders.remembers, "keeps_nothing_between_calls", "after another arm's gave"),
    (builders.past_only, "looks_at_the_future", "what it returns without"),
]


def path(function: Callable[..., Any]) -> str:
    return f"{builders.__name__}:{function.__name__}"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # one divides by zero
@pytest.mark.parametrize(
    ("function", "broken", "found"), BROKEN, ids=[one[0].__name__ for one in BROKEN]
)
def test_what_is_broken_is_found_by_its_own_check(
    function: Callable[..., Any], broken: str, found: str
) -> None:
    builders.CALLS.clear()
    report = check(path(function), WIDTH)
    (outcome,) = [one for one in report.outcomes if one.result == "failed"]
    assert outcome.check == broken
    assert outcome.to_do
    assert re.search(found, outcome.found), outcome.found


def test_every_check_can_fail() -> None:
    assert {broken for _, broken, _ in BROKEN} == {one.name for one in BUILDER_CHECKS}


def test_what_keeps_the_contract_passes_and_says_what_cannot_be_checked() -> None:
    report = check(path(builders.good), WIDTH)
    assert report.what == "preference"
    assert report.count("passed") == len(BUILDER_CHECKS)
    (skipped,) = [one for one in report.outcomes if one.result == "skipped"]
    assert "the platform cuts" in skipped.found


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (path(builders.good), {}, "dimensions is None; accepted: a whole number"),
        ("co_click", {}, "'co_click' is a kind of preference data of ours.*accepted: a policy"),
        (
            "depfm",
            {},
            "'depfm' is not known; accepted: package.module:C.*did you mean 'deepfm'",
        ),
        ("math:sqroot", {}, "to be checked is 'math:sqroot', but math has no 'sqroot'; did you"),
        ("deepfm", {"dims": 3}, "policy.dims is not a setting.*did you mean 'dim'"),
        (
            "tests.unit.checks.modules:NO_CLASS",
            WIDTH,
            "neither a class nor a function but of type",
        ),
    ],
)
def test_wrong_names_and_settings(name: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(name, given)
