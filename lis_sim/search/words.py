"""What a search found, in sentences a person can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal[
    "better",
    "as good",
    "no better",
    "worse",
    "inconclusive",
    "mixed",  # this and the next: of several objectives
    "partly better",
    "baseline",
]
Paired = Mapping[str, Any]  # value, low, high, this_training_run_only: best less baseline

BASELINE = "the config as written"
TRY_AGAIN = (
    "the same command tries failed trials again and keeps the others; a config that has to change "
    "is another search: in a folder of its own, every trial played anew"
)
_WON = f"{BASELINE} is kept: no trial that came to the cut beat it in the search"
_WORDS: Mapping[str, str] = {
    "better": f"better than {BASELINE}",
    "worse": f"worse than {BASELINE}",
    "as good": f"as good as {BASELINE}",
    "no better": f"no better than {BASELINE}",
    "inconclusive": f"not clearly better or worse than {BASELINE}",
}


def judged(
    name: str, mode: str, difference: Paired, minimum_effect: float | None
) -> tuple[Verdict, str]:
    """Return a verdict and its words for one objective, from the paired interval of the gain.

    ``better`` and ``worse`` when the interval leaves 0 out. When it holds 0 and even its good end
    is below ``minimum_effect``, so that nobody who keeps the config as written loses more:
    ``as good``, or ``no better`` where the winner may be worse by that much. Else
    ``inconclusive``, and always so with one replicate, whose interval leaves out the luck of
    training. ``minimum_effect`` is None for scores that are no difference of AUCs.

    Args:
        name: The objective's name.
        mode: ``"max"``, or ``"min"`` where less is better.
        difference: ``value``, ``low``, ``high`` and ``this_training_run_only`` of best less
            baseline in the later windows.
        minimum_effect: The smallest gain worth having, in the objective's unit.

    >>> found = {"value": 0.0003, "low": -0.0002, "high": 0.0008, "this_training_run_only": False}
    >>> print(*judged("lis_crossfit", "max", found, 0.001), sep=" - ")
    as good - as good as the config as written: lis_crossfit +0.00030 [-0.00020, +0.00080]
    """
    verdict, why = _decided(mode, difference, minimum_effect)
    return verdict, f"{_WORDS[verdict]}: {name} {_number(difference)}{why}"


def other_kind(name: str, difference: Paired, settings: str) -> tuple[Verdict, str]:
    """Return the verdict on scores that cannot be judged against each other, and its words.

    ``settings`` are those that make them scores of another kind, as the comparison of the two
    runs says.

    >>> found = {"value": 0.02, "low": 0.01, "high": 0.03}
    >>> print(*other_kind("lis_crossfit", found, "horizon"), sep=" - ")
    inconclusive - not judged against the config as written: lis_crossfit +0.02000 \
[+0.01000, +0.03000], but the runs have another horizon, and so their scores are of another kind
    """
    return "inconclusive", (
        f"not judged against {BASELINE}: {name} {_number(difference)}, but the runs have another "
        f"{settings}, and so their scores are of another kind"
    )


def verdict_of(name: str, over_baseline: Mapping[str, Mapping[str, Any]]) -> tuple[Verdict, str]:
    """Return the verdict on one winner and why, from its objectives' ``verdict`` and ``because``.

    With several objectives: ``mixed`` when it is better in one and worse in another, ``partly
    better`` when it is better in one and may be worse in another, ``better`` when it is so in one
    and at least as good in all; else what is worst of what may be true of any of them.

    >>> said = {
    ...     "ais": {"verdict": "better", "because": "better than it: ais +0.00200"},
    ...     "auc:clean": {"verdict": "worse", "because": "worse than it: auc:clean -0.00100"},
    ... }
    >>> print(*verdict_of("best-1", said), sep=" - ")
    mixed - best-1 is better than it: ais +0.00200; worse than it: auc:clean -0.00100
    """
    verdicts = [one["verdict"] for one in over_baseline.values()]
    because = "; ".join(str(one["because"]) for one in over_baseline.values())
    return _joint(verdicts), f"{name} is {because}"


def baseline_won() -> tuple[Verdict, str]:
    """Return the verdict of a search whose winner is the config as written."""
    return "baseline", _WON


def headline(best: Sequence[Mapping[str, Any]], cut: Mapping[str, Any]) -> str:
    """Return the one sentence a search is summed up by: of its winner, on the later windows.

    >>> one = {"verdict": "better", "because": "the winner is better than ..."}
    >>> headline([one], {"windows": 10, "total": 20})
    'In windows 11 to 20, which the search did not see, the winner is better than ...'
    """
    windows = f"windows {cut['windows'] + 1} to {cut['total']}, which the search did not see"
    if len(best) == 1:
        return f"In {windows}, {best[0]['because']}"
    counts = {v: sum(one["verdict"] == v for one in best) for v in _COUNTED}
    told = ", ".join(f"{count} {_COUNTED[v]}" for v, count in counts.items() if count)
    return f"In {windows}, of {len(best)} configs on the front {told}; {_MANY_INTERVALS}"


_COUNTED: Mapping[Verdict, str] = {
    "better": f"better than {BASELINE}",
    "partly better": "better in one objective, not clear in another",
    "mixed": "better in one objective and worse in another",
    "as good": f"as good as {BASELINE}",
    "no better": f"no better than {BASELINE}",
    "inconclusive": f"not clearly better or worse than {BASELINE}",
    "worse": f"worse than {BASELINE}",
    "baseline": f"{BASELINE} itself",
}
_MANY_INTERVALS = (
    "each has intervals of its own, and the more of them, the likelier it is that one leaves 0 out "
    "by luck"
)


def _decided(mode: str, difference: Paired, minimum_effect: float | None) -> tuple[Verdict, str]:
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if value is None:
        return "inconclusive", ", because a score is undefined in one of the two"
    if low is None or high is None:
        return "inconclusive", ", a difference without an interval"
    if value == low == high == 0.0:
        return "as good", ", the same to the bit"
    if difference["this_training_run_only"]:
        return "inconclusive", " in these training runs; give the config more replicates to tell"
    # Turned so that more is better; the words keep the difference as it is.
    worst, most = (low, high) if mode == "max" else (-high, -low)
    if worst > 0.0 or most < 0.0:
        small = minimum_effect is not None and abs(value) < minimum_effect
        less = f", less than the minimum effect {minimum_effect:g}" if small else ""
        return ("better" if worst > 0.0 else "worse"), less
    if minimum_effect is not None and most < minimum_effect:
        return ("no better" if worst <= -minimum_effect else "as good"), ""
    return "inconclusive", "; a longer log or more replicates would tell"


def _joint(verdicts: Sequence[Verdict]) -> Verdict:
    found = set(verdicts)
    if "better" in found:
        if "worse" in found:
            return "mixed"
        return "partly better" if found & {"inconclusive", "no better"} else "better"
    for verdict in ("worse", "inconclusive", "no better"):
        if verdict in found:
            return verdict
    return "as good"


def _number(difference: Paired) -> str:
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if value is None:
        return "undefined"
    return f"{value:+.5f}" + ("" if low is None else f" [{low:+.5f}, {high:+.5f}]")
