"""The winner is the best trial that reached the cut, the front what nothing beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lis_sim.errors import RunError
from lis_sim.search.ledger import TrialRecord
from lis_sim.search.pareto import winners


@dataclass(frozen=True)
class Wanted:
    name: str
    mode: str = "max"


A, B, LESS = Wanted("a"), Wanted("b"), Wanted("less", "min")
SCORES = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 1.0])  # few values: many ties


def trials(*scores: dict[str, Any], **changes: Any) -> list[TrialRecord]:
    return [
        TrialRecord(number, {"x": number} if number else {}, **({"status": "finished"} | changes),
                    objective=objective)
        for number, objective in enumerate(scores)
    ]  # fmt: skip


def chosen(records: list[TrialRecord], *objectives: Wanted) -> list[int]:
    return [one.trial for one in winners(records, objectives)]


@given(st.lists(st.tuples(SCORES, SCORES, SCORES), min_size=1, max_size=12), st.randoms())
def test_the_front_is_what_nothing_beats(scores: list[tuple[float, ...]], random: Any) -> None:
    records = trials(*({"a": a, "b": b, "less": c} for a, b, c in scores))
    random.shuffle(records)

    def beaten(one: int, by: int) -> bool:
        """The definition, trial by trial; of equal trials the earlier stands."""
        turned = [(a, b, -c) for a, b, c in scores]
        at_least = all(x >= y for x, y in zip(turned[by], turned[one], strict=True))
        return at_least and (turned[by] != turned[one] or by < one)

    numbers = range(len(scores))
    expected = {one for one in numbers if not any(beaten(one, by) for by in numbers)}
    front = chosen(records, A, B, LESS)
    assert set(front) == expected
    assert [scores[one][0] for one in front] == sorted((scores[o][0] for o in front), reverse=True)
    (best,) = chosen(records, LESS)
    assert best == min(numbers, key=lambda one: (scores[one][2], one))


def test_only_trials_that_reached_the_cut_count() -> None:
    (half_way,) = trials({"a": 9.0}, status="stopped")
    (broken,) = trials({"a": 9.0}, status="failed", error="boom")
    (undefined,) = trials({"b": 9.0})
    (no_number,) = trials({"a": float("nan")})
    (whole,) = trials({"a": 0.1})
    assert winners([half_way, broken, undefined, no_number, whole], [A]) == [whole]
    with pytest.raises(
        RunError, match=r"none of 4 trials .* a and b defined \(1 failed\).*boom.* another search"
    ):
        winners([half_way, broken, undefined, no_number], [A, B])
