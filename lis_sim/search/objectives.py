"""``search.objective`` as a config writes it, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lis_sim.config import RunConfig
from lis_sim.errors import ConfigError, nearest
from lis_sim.scores.family import PREFERENCE_SCORES, REPRESENTATION_SCORES
from lis_sim.search.objective import (
    ACCEPTED,
    ALL,
    OF_ARMS,
    WITHOUT_INTERVAL,
    Objective,
    default_take,
)
from lis_sim.training.plan import SLICES

_KEYS = ("score", "preference", "representation", "arm", "slice", "take")
_EXAMPLE = "lis_crossfit, auc:clean, or {score: lis_crossfit, slice: cold, take: value}"


def parse_objectives(value: object, base: RunConfig) -> tuple[Objective, ...]:
    """Read ``search.objective``: one, or a list of those wanted at once."""
    values = value if isinstance(value, list | tuple) else [value]
    if not values:
        raise ConfigError(f"search.objective is empty; accepted: {_EXAMPLE}, or a list of these")
    found = tuple(parse_objective(one, base) for one in values)
    names = [one.name for one in found]
    same = [(one.score, one.source, one.slice) for one in found]
    if len(set(names)) < len(names) or len(set(same)) < len(same):
        raise ConfigError(
            f"search.objective has {', '.join(names)}: the same number twice; accepted: each once"
        )
    return found


def parse_objective(value: object, base: RunConfig) -> Objective:
    """Read one objective of a search over ``base``; :class:`ConfigError` says what is off.

    >>> raw = {"name": "a", "data": {"synthetic": {}}, "preferences": [{"name": "co_click"}]}
    >>> base = RunConfig.model_validate(raw)
    >>> found = parse_objective("lis_crossfit", base)
    >>> found.name, found.take, found.arms(base)
    ('lis_crossfit', 'low', ('clean', 'leaked_crossfit:co_click'))
    """
    given = _as_mapping(value)
    score = _one_of("score", given.get("score"), ACCEPTED)
    part = _one_of("slice", given.get("slice", ALL), (ALL, *SLICES))
    accepted = ("value",) if score in WITHOUT_INTERVAL else ("value", "low")
    take = _one_of("take", given.get("take", default_take(score)), accepted)
    if score in OF_ARMS:
        found = Objective(score, arm=_arm(score, given, base), slice=part, take=take)
    else:
        preference, representation = _source(score, given, base)
        found = Objective(score, preference, representation, None, part, take)
    if not given.keys() & {"of", "arm", "preference", "representation"}:
        return replace(found, name=found.called(None))
    return found


def _as_mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        score, colon, of = value.partition(":")
        return {"score": score, "of": of} if colon else {"score": score}
    if not isinstance(value, Mapping) or "score" not in value:
        raise ConfigError(f"search.objective is {value!r}; accepted: {_EXAMPLE}")
    for key in value:
        if key not in _KEYS:
            raise ConfigError(
                f"search.objective: {key} is not a setting{nearest(str(key), _KEYS)}; accepted: "
                f"{', '.join(_KEYS)}"
            )
    return {key: one for key, one in value.items() if one is not None}


def _one_of(key: str, value: object, accepted: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in accepted:
        raise ConfigError(
            f"search.objective: {key} is {value!r}; accepted: {', '.join(accepted)}"
            f"{nearest(str(value), accepted)}"
        )
    return value


def _arm(score: str, given: Mapping[str, Any], base: RunConfig) -> str:
    if odd := sorted(given.keys() & {"preference", "representation"}):
        raise ConfigError(
            f"search.objective: {score} is of an arm, but {odd[0]} is given; accepted: arm, as in "
            f"{score}:clean"
        )
    known = [str(arm) for arm in base.arm_list]
    asked = given.get("arm", given.get("of"))
    if asked not in known:
        got = "no arm is given" if asked is None else f"arm is {asked!r}"
        raise ConfigError(
            f"search.objective {score}: {got}; accepted: {', '.join(known)}, as in {score}:clean"
            f"{nearest(str(asked), known)}"
        )
    return str(asked)


def _source(score: str, given: Mapping[str, Any], base: RunConfig) -> tuple[str | None, str | None]:
    """Return the preference data set or the representation that a score is of."""
    if "arm" in given:
        raise ConfigError(
            f"search.objective: {score} is of preference data or a representation, but arm is "
            f"given; accepted with arm: {', '.join(OF_ARMS)}"
        )
    preferences = [p.name for p in base.preferences] if score in PREFERENCE_SCORES else []
    tables = list(base.representations) if score in REPRESENTATION_SCORES else []
    preferences = [] if "representation" in given else preferences
    tables = [] if "preference" in given else tables
    asked = given.get("of", given.get("preference", given.get("representation")))
    known = [*preferences, *tables]
    if asked is None and len(known) == 1:
        asked = known[0]
    if asked not in known:
        what = "preference data" if score in PREFERENCE_SCORES else "representation"
        got = f"of {asked!r}" if asked is not None else f"without a name, and {len(known)} it fits"
        raise ConfigError(
            f"search.objective is {score} {got}; accepted: {score}:NAME of the config's {what}: "
            f"{', '.join(known) or 'it declares none'}{nearest(str(asked), known)}"
        )
    return (asked, None) if asked in preferences else (None, asked)
