"""What limits a comparison is said beside it."""

from __future__ import annotations

from typing import Any

import pytest

from lis_sim.report.compare_words import comparison_notes


def comparison(clean: float = 0.0, **changes: Any) -> dict[str, Any]:
    return {
        "slices": ["all", "cold", "warm"],
        "replicates": 3,
        "not_compared": {"of_first": [], "of_second": [], "other_windows": []},
        "arms": [
            {
                "slice": "all",
                "first": {"arm": "clean"},
                "second": {"arm": "clean"},
                "difference": {"value": clean, "low": clean, "high": clean},
            }
        ],
    } | changes


def left(**changes: Any) -> dict[str, Any]:
    return {"not_compared": comparison()["not_compared"] | changes}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (comparison(clean=0.003), "The clean arms differ"),
        (comparison(slices=["all"]), "another stream.cold_support"),
        (comparison(replicates=1), "these training runs only"),
        (comparison(**left(of_first=["a", "b"])), "Not compared, of the first run: a, b."),
        (comparison(**left(of_second=["c"])), "`--as A=B` compares"),
        (comparison(**left(other_windows=[["r", "q"]])), "r and q: not compared, because"),
        (comparison(**left(other_windows=[["r", "r"]])), "r: not compared, because"),
    ],
)
def test_each_limit_has_its_sentence(found: dict[str, Any], expected: str) -> None:
    (note,) = comparison_notes(found)
    assert expected in note


def test_nothing_is_said_where_nothing_limits() -> None:
    assert comparison_notes(comparison()) == []
