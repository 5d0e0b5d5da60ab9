"""Which preference data and representations of two runs belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.scores.plan import FamilyPlan

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NamePairs:
    """Names of the first run, each with the name of the second run it is compared with."""

    preferences: Pairs
    representations: Pairs

    def record(self) -> dict[str, Any]:
        """Return plain lists of ``[name in the first run, name in the second run]``."""
        return {
            "preferences": [list(pair) for pair in self.preferences],
            "representations": [list(pair) for pair in self.representations],
        }


def pair_names(
    first: FamilyPlan, second: FamilyPlan, renamed: Mapping[str, str], only_renamed: bool = False
) -> NamePairs:
    """Return what is compared with what: equal names, and A with B where ``renamed[A]`` is B.

    A name that ``renamed`` uses is compared with nothing else; ``only_renamed`` leaves all others
    out. Raises :class:`ConfigError` for a name that its run lacks, a second name used twice, or
    preference data against a representation.

    >>> one = FamilyPlan(("clean",), 1, 0, preferences=("a", "b"), form="joint")
    >>> other = FamilyPlan(("clean",), 1, 0, preferences=("b", "c"), form="joint")
    >>> pair_names(one, other, {}).preferences
    (('b', 'b'),)
    >>> pair_names(one, other, {"a": "c"}).preferences
    (('a', 'c'), ('b', 'b'))
    """
    _check(first, second, renamed)
    tables = [[one.name for one in plan.representations] for plan in (first, second)]
    return NamePairs(
        _pairs(first.preferences, second.preferences, renamed, only_renamed),
        _pairs(tables[0], tables[1], renamed, only_renamed),
    )


def _pairs(
    first: Sequence[str], second: Sequence[str], renamed: Mapping[str, str], only_renamed: bool
) -> Pairs:
    taken = {*renamed, *renamed.values()}
    found = []
    for name in first:
        if name in renamed:
            found.append((name, renamed[name]))
        elif name in second and name not in taken and not only_renamed:
            found.append((name, name))
    return tuple(found)


def _check(first: FamilyPlan, second: FamilyPlan, renamed: Mapping[str, str]) -> None:
    if len(set(renamed.values())) < len(renamed):
        raise ConfigError(
            f"got {_shown(renamed)}; accepted: each name of the second run once; drop one"
        )
    ours, theirs = _sorts(first), _sorts(second)
    for a, b in renamed.items():
        for name, known, run in ((a, ours, "first"), (b, theirs, "second")):
            if name not in known:
                raise ConfigError(
                    f"{a}={b}: the {run} run has no preference data or representation {name!r}; "
                    f"accepted: {', '.join(known) or 'none, it has neither'}{nearest(name, known)}"
                )
        if ours[a] != theirs[b]:
            raise ConfigError(
                f"{a}={b}: {a!r} is {ours[a]}, {b!r} is {theirs[b]}; accepted: two of the same "
                "sort; what a representation reached of preference data is the score realised"
            )


def _sorts(plan: FamilyPlan) -> dict[str, str]:
    return {
        **dict.fromkeys(plan.preferences, "preference data"),
        **{one.name: "a representation" for one in plan.representations},
    }


def _shown(renamed: Mapping[str, str]) -> str:
    return ", ".join(f"{a}={b}" for a, b in renamed.items())
