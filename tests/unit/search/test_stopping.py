"""Ray's rules, as the search uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lis_sim.search.stopping import PlayAll, StoppingRule, asha, median

MAKERS: list[Callable[[], StoppingRule]] = [lambda: asha(2, 2.0, 9), lambda: median(2, 9)]


def told(rule: StoppingRule, trials: int = 6) -> list[str]:
    """Tell the rule of trials of which every one is worse; return what it said of each."""
    found = []
    for trial in range(1, trials + 1):
        said = "go on"
        for scored in range(1, 10):
            said = rule.report(trial, scored, 1.0 - 0.1 * trial)
            if said != "go on":
                break
        found.append(f"{said} {scored}")
    return found


@pytest.mark.parametrize("make", MAKERS)
def test_the_worse_are_stopped_and_not_before_the_first_decision(
    make: Callable[[], StoppingRule],
) -> None:
    found = told(make())
    assert found[0] == "go on 9"
    assert found[-1] == "stop 2"


@pytest.mark.parametrize("make", MAKERS)
def test_a_rule_that_is_told_again_says_the_same(make: Callable[[], StoppingRule]) -> None:
    rule = make()
    first = told(rule)
    assert told(make()) == first
    assert [said.split()[0] for said in told(rule)] == [said.split()[0] for said in first]
    assert [rule.decision(trial) for trial in range(1, 7)] == [said[:-2] for said in first]


@pytest.mark.parametrize("make", MAKERS)
def test_the_better_are_never_stopped(make: Callable[[], StoppingRule]) -> None:
    rule = make()
    for trial in range(1, 7):
        for scored in range(1, 10):
            assert rule.report(trial, scored, 0.1 * trial) == "go on"
    rule.left(1)
    assert rule.decision(1) == "go on"


def test_asha_has_its_rungs_at_scored_windows() -> None:
    rule = asha(1, 3.0, 9)
    stopped: dict[int, int] = {}
    for scored in range(1, 10):
        for trial in range(1, 10):
            if trial not in stopped and rule.report(trial, scored, -trial) == "stop":
                stopped[trial] = scored
    assert set(stopped.values()) <= {1, 3}


@pytest.mark.parametrize("rule", [asha(9, 3.0, 9), median(9, 9), PlayAll()])
def test_a_first_decision_at_the_end_is_none(rule: StoppingRule) -> None:
    assert isinstance(rule, PlayAll)
    assert told(rule) == ["go on 9"] * 6
