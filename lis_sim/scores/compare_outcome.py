"""Which of two brings more, in words, from the paired interval of their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def outcome(
    difference: Mapping[str, Any],
    score: str,
    names: tuple[str, str],
    minimum_effect: float,
    other_kind: Sequence[str] = (),
) -> dict[str, Any]:
    """Return ``outcome`` and ``because`` for a difference, second less first.

    ``difference`` has ``value``, ``low``, ``high`` and ``this_training_run_only``; ``names`` are
    those of the first and the second run. The outcome is ``equal`` (the same scores to the bit),
    ``second`` or ``first`` (that one brings more), ``alike`` (any difference is smaller than
    ``minimum_effect``) or ``inconclusive``. One replicate is always inconclusive, because its
    interval leaves out the luck of training. Where horizon, folds or form differ, which
    ``other_kind`` names, the two are other scores and the outcome is ``not-judged``.

    >>> found = {"value": 0.002, "low": 0.001, "high": 0.003, "this_training_run_only": False}
    >>> said = outcome(found, "lis_crossfit", ("co_click", "co_click"), 0.001)
    >>> print(said["outcome"], "-", said["because"])
    second - co_click: the second brings more: lis_crossfit, second less first, is +0.00200 \
[+0.00100, +0.00300]
    """
    found = "not-judged" if other_kind else _decided(difference, minimum_effect)
    words = _WORDS[found].format(
        score=score,
        number=_number(difference),
        minimum=f"{minimum_effect:g}",
        settings=" and ".join(other_kind),
    )
    if found == "inconclusive" and difference["this_training_run_only"]:
        words = _ONE_REPLICATE.format(score=score, number=_number(difference))
    elif found in ("first", "second") and abs(difference["value"]) < minimum_effect:
        words += f", less than the minimum effect {minimum_effect:g}"
    return {"score": score, "outcome": found, "because": f"{_subject(names)}: {words}"}


_WORDS = {
    "not-judged": (
        "not judged: {score}, second less first, is {number}, but the runs have another "
        "{settings}, and so their scores are of another kind"
    ),
    "undefined": "cannot be compared: {score} is undefined in one of the runs",
    "equal": "equal: {score} is the same to the bit",
    "second": "the second brings more: {score}, second less first, is {number}",
    "first": "the first brings more: {score}, second less first, is {number}",
    "alike": (
        "alike: {score}, second less first, is {number}, inside the minimum effect {minimum} "
        "either way"
    ),
    "inconclusive": (
        "inconclusive: {score}, second less first, is {number}; either could be the better one"
    ),
}
_ONE_REPLICATE = (
    "inconclusive: {score}, second less first, is {number} in these training runs; others may "
    "differ otherwise: give both runs more replicates"
)


def _decided(difference: Mapping[str, Any], minimum_effect: float) -> str:
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "undefined" if value is None else "inconclusive"
    if value == low == high == 0.0:
        return "equal"
    if difference["this_training_run_only"]:
        return "inconclusive"
    if low > 0.0:
        return "second"
    if high < 0.0:
        return "first"
    return "alike" if -minimum_effect < low and high < minimum_effect else "inconclusive"


def _number(difference: Mapping[str, Any]) -> str:
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if value is None:
        return ""
    return f"{value:+.5f}" + ("" if low is None else f" [{low:+.5f}, {high:+.5f}]")


def _subject(names: tuple[str, str]) -> str:
    first, second = names
    return first if first == second else f"{first} (first) and {second} (second)"
