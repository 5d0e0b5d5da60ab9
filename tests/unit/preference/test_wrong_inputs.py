"""Wrong settings and what is said about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lis_sim.arms import Arm, default_arms
from lis_sim.errors import ConfigError, DataError
from lis_sim.plain.duration import duration_us
from lis_sim.preference import BuilderPlan, Horizon, PreferenceSpec
from lis_sim.preference.table import StampedTables
from tests.unit.preference.worlds import plan_of, random_log, served, windows_of

HOUR_US = 3600 * 10**6


def co_click(**settings: Any) -> BuilderPlan:
    return BuilderPlan((), (PreferenceSpec("mine", settings=settings),), (), (0,))


def arm(name: str) -> BuilderPlan:
    return BuilderPlan((Arm.parse(name),), (PreferenceSpec("mine"),), (), (0,))


def tables(settings: dict[str, Any]) -> StampedTables:
    return StampedTables("mine", random_log(0).write(), settings, 4)


def made(negatives: str | None = None, **settings: Any) -> object:
    log = replace(random_log(0), negatives=negatives)
    plan = plan_of(windows_of(log), Horizon(0), (PreferenceSpec("mine", settings=settings),))
    return served(log, plan)


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: PreferenceSpec("mine", "co_clik"),
     "'mine' has kind 'co_clik'; accepted: co_click, .*:function; did you mean 'co_click'"),
    (lambda: PreferenceSpec("mine", per_user=0), "per_user is 0; accepted: 1 or more"),
    (lambda: co_click(rnak=4), "'rnak' is not a setting of co_click; did you mean 'rank'.*rounds"),
    (lambda: co_click(rank=0), r"co_click\.rank is 0; accepted: a whole number, 1 or more"),
    (lambda: co_click(rank="8"), r"co_click\.rank is '8'; accepted: a whole number"),
    (lambda: co_click(rounds=1.5), r"co_click\.rounds is 1\.5; accepted: a whole number"),
    (lambda: co_click(first_rounds=True), r"co_click\.first_rounds is True; accepted: a whole"),
    (lambda: co_click(extra=0), r"co_click\.extra is 0; accepted: a whole number, 1 or more"),
    (lambda: co_click(rate_strength=0), r"rate_strength is 0; accepted: a number above 0"),
    (lambda: co_click(user_strength=-1.0), r"user_strength is -1\.0; accepted: a number above"),
    (lambda: co_click(vector_strength=float("nan")), r"vector_strength is nan; accepted"),
    (lambda: co_click(vector_strength=float("inf")), r"vector_strength is inf; accepted"),
    (lambda: co_click(rate_strength="20"), r"rate_strength is '20'; accepted: a number"),
    (lambda: co_click(user_share=0.5), "'user_share' is not a setting.*did you mean 'users_share'"),
    (lambda: co_click(behaviour=""), r"co_click\.behaviour is ''; accepted: text"),
    (lambda: co_click(behaviour=1), r"co_click\.behaviour is 1; accepted: text"),
    (lambda: co_click(behaviour="dwell > long"), "the label rule 'dwell > long' compares with 'lo"),
    (lambda: co_click(users_share=0), r"users_share is 0; accepted: a number above 0, at most 1"),
    (lambda: co_click(users_share=1.5), r"users_share is 1\.5; accepted"),
    (lambda: co_click(events_share="half"), "events_share is 'half'; accepted: a number"),
    (lambda: co_click(events_share=True), "events_share is True; accepted: a number"),
    (lambda: co_click(events_share=float("nan")), "events_share is nan; accepted: a number"),
    (lambda: co_click(min_support=-1), "min_support is -1; accepted: a whole number, 0 or more"),
    (lambda: co_click(max_support=2.5), r"max_support is 2\.5; accepted: a whole number"),
    (lambda: co_click(min_support=5, max_support=4), "max_support is 4, below min_support 5"),
    (lambda: co_click(level=3), "level is 3; accepted: text"),
    (lambda: co_click(until=0.0), r"until is 0\.0; accepted: an ISO date such as .* at most 1"),
    (lambda: co_click(until=2), "until is 2; accepted: an ISO date"),
    (lambda: co_click(until=True), "until is True; accepted"),
    (lambda: co_click(until="yesterday"), "until is 'yesterday'; accepted: an ISO date"),
    (lambda: co_click(until=["2024-01-01"]), r"until is \['2024-01-01'\]; accepted"),
    (lambda: co_click(max_age="long"), r"co_click\.max_age is 'long'; accepted: a positive number"),
    (lambda: co_click(max_age=7), r"co_click\.max_age is '7'; accepted: .* a unit"),
    (lambda: made(behaviour="watched"), "no outcome column 'watched'; it has: seconds, long, rem"),
    (lambda: made(behaviour="second > 3"), "no outcome column 'second'; did you mean 'seconds'"),
    (lambda: made(behaviour="seconds"), r"row 0 of the log, column 'seconds': .*; accepted as a"),
    (lambda: made(behaviour="remark == 1"), "row 0 .*'remark'.*accepted: a column of type float64"),
    (lambda: made(behaviour="exposure", negatives="sampled negatives"),
     "'mine': behaviour is 'exposure', but events of .* are sampled negatives, which nobody was"),
    (lambda: made(level="color"), "'mine': level is 'color'.*accepted: item, colour.*did you mean"),
    (lambda: made(until="2001-01-01"), "until is '2001-01-01', and no event is before it"),
    (lambda: Horizon.parse("later"), "horizon is 'later'; accepted: 'all', 0 or a positive"),
    (lambda: Horizon.parse(3), r"horizon is '3'; accepted: 'all', 0 or .*\(s, m, h, d, w\)"),
    (lambda: Horizon.parse("-1d"), "horizon is '-1d'; accepted: 'all', 0 or"),
    (lambda: Horizon(-5), "horizon is -5 us; accepted: 0 or more"),
    (lambda: duration_us("0h", "window"), "window is '0h'; accepted: a positive number and a unit"),
    (lambda: duration_us("0.0000001s", "window"), "window is '0.0000001s'; accepted: a positive"),
    (lambda: duration_us("12", "window"), "window is '12'; accepted: .* as in '12h'"),
    (lambda: duration_us("1y", "window"), "window is '1y'; accepted"),
    (lambda: duration_us("nan h", "window"), "window is 'nan h'; accepted"),
    (lambda: duration_us("", "window"), "window is ''; accepted"),
    (lambda: BuilderPlan((), (), (), (0,), folds=0), "folds is 0; accepted: 1 or more"),
    (lambda: BuilderPlan((), (), (), (0,), tower_dim=0), "tower_dim is 0; accepted: 1 or more"),
    (lambda: arm("aligned:mine"), "arm 'aligned:mine': 'mine' is preference data; accepted: leak"),
    (lambda: arm("causal:other"), "'other' is not declared preference data; accepted: aligned, pl"),
    (lambda: tables({}), r"of kind table got \{\}; accepted: tables: \[NAME, \.\.\.\]"),
    (lambda: tables({"tables": []}), r"got \{'tables': \[\]\}; accepted"),
    (lambda: tables({"tables": "old"}), "got {'tables': 'old'}; accepted"),
    (lambda: tables({"tables": ["a"], "rank": 2}), "got .*'rank': 2.*; accepted"),
    (lambda: Arm.parse(""), "arm '' is not known; accepted: clean, or one of leaked, "),
    (lambda: Arm.parse("leeked:s"), "arm 'leeked:s' is not known.*did you mean 'leaked'"),
    (lambda: Arm.parse("clean:s"), "arm 'clean:s': 'clean' takes no name"),
    (lambda: Arm.parse("clean:"), "arm 'clean:': 'clean' takes no name"),
    (lambda: Arm.parse("leaked"), "arm 'leaked'.*every other arm needs one, as in 'leaked:co_"),
    (lambda: Arm.parse("leaked:"), "arm 'leaked:'.*every other arm needs one"),
    (lambda: Arm.parse("Leaked:s"), "arm 'Leaked:s' is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[m[:40] for _, m in WRONG])
def test_what_is_wrong_is_named(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        wrong()


@pytest.mark.parametrize(
    ("text", "us"),
    [("all", None), (" all ", None), ("0", 0), (0, 0), ("90m", 1.5 * HOUR_US),
     ("12h", 12 * HOUR_US),
     ("2d", 48 * HOUR_US), ("1w", 168 * HOUR_US), ("0.1s", 100_000), ("1.1 h", 3_960_000_000)],
)  # fmt: skip
def test_horizons(text: str | int, us: int | None) -> None:
    assert Horizon.parse(text).us == us


def test_how_far_horizons_reach() -> None:
    assert Horizon(None).reach_us(50, 70) == 71
    assert Horizon(0).reach_us(50, 70) == 50
    assert Horizon(9).reach_us(50, 70) == 59


@pytest.mark.parametrize(
    ("name", "kind", "source"),
    [("clean", "clean", None), ("leaked:s", "leaked", "s"), ("causal:a.b-c", "causal", "a.b-c"),
     ("leaked_crossfit:s", "leaked_crossfit", "s"), ("placebo:s", "placebo", "s"),
     ("aligned:title:v2", "aligned", "title:v2")],
)  # fmt: skip
def test_arms_are_named_as_they_are_written(name: str, kind: str, source: str | None) -> None:
    assert Arm.parse(name) == Arm(kind, source)
    assert str(Arm.parse(name)) == name


def test_all_arms_that_verdicts_need() -> None:
    arms = [str(arm) for arm in default_arms(["s"], ["r"])]
    assert arms == [
        "clean", "leaked:s", "leaked_crossfit:s", "causal:s", "placebo:s", "aligned:r", "placebo:r",
    ]  # fmt: skip
    assert [str(arm) for arm in default_arms([], [])] == ["clean"]
