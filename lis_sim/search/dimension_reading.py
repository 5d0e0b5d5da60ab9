"""A dimension as a config writes it, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import shown
from lis_sim.search.dimension import KINDS, Dimension, Kind
from lis_sim.search.plain import plain, text_of

MOST_CHOICES = 1_000  # each is checked before anything runs
LARGEST_END = 2**53  # what lies between is drawn as a float


def read_dimension(path: str, definition: object) -> Dimension:
    """Read how the setting at ``path`` is drawn; :class:`ConfigError` says what is off.

    >>> rank = read_dimension("policy.settings.dim", {"integer": [2, 32], "log": True})
    >>> rank.kind, rank.low, rank.high, rank.log
    ('integer', 2, 32, True)
    """
    where = f"search.space: {path}"
    given = _definition(where, definition)
    kind = _kind(where, given)
    log = _log(where, kind, given)
    when = {
        other: tuple(value) if isinstance(value, list) else (value,)
        for other, value in _when(where, given).items()
    }
    if kind == "choice":
        choices = _choices(where, given[kind])
        return Dimension(path, kind, choices, when=when, definition=given)
    low, high = _ends(where, kind, given[kind], log)
    return Dimension(path, kind, low=low, high=high, log=log, when=when, definition=given)


def _definition(where: str, definition: object) -> dict[str, Any]:
    if not isinstance(definition, Mapping):
        raise ConfigError(
            f"{where} is {shown(definition)}; accepted: how it is drawn, as in {{choice: [1, 2]}}, "
            "{integer: [2, 32], log: true}, {uniform: [0, 1]} or {log_uniform: [0.01, 1]}"
        )
    return dict(plain(definition, where))


def _kind(where: str, given: Mapping[str, Any]) -> Kind:
    accepted = (*KINDS, "log", "when")
    for key in given:
        if key not in accepted:
            raise ConfigError(
                f"{where}: '{key}' is no way to draw a setting{nearest(key, accepted)}; "
                f"accepted: one of {', '.join(KINDS)}; beside integer log; and when"
            )
    found = [kind for kind in KINDS if kind in given]
    if len(found) != 1:
        raise ConfigError(
            f"{where} has {' and '.join(found) or 'no way to draw it'}; accepted: exactly one of "
            f"{', '.join(KINDS)}"
        )
    return found[0]


def _log(where: str, kind: Kind, given: Mapping[str, Any]) -> bool:
    log = given.get("log", False)
    if not isinstance(log, bool):
        raise ConfigError(f"{where}: log is {shown(log)}; accepted: true or false")
    if "log" in given and kind != "integer":
        instead = "; take log_uniform instead" if kind == "uniform" else "; leave it out"
        raise ConfigError(f"{where}: log is given with {kind}; accepted with integer{instead}")
    return log or kind == "log_uniform"


def _when(where: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    when = given.get("when", {})
    if not isinstance(when, Mapping) or ("when" in given and not when):
        raise ConfigError(
            f"{where}: when is {shown(when)}; accepted: another dimension's path and a value of it "
            "or a list of them, as in {preferences.co_click.kind: sparse_id}"
        )
    return when


def _choices(where: str, values: object) -> tuple[Any, ...]:
    if not isinstance(values, list) or not values:
        raise ConfigError(
            f"{where}: choice is {shown(values)}; accepted: a list of values, as in [null, 8]"
        )
    if len(values) > MOST_CHOICES:
        raise ConfigError(
            f"{where}: choice has {len(values):,} values; accepted: {MOST_CHOICES:,} at most, or "
            "an integer range"
        )
    texts = [text_of(value) for value in values]
    if twice := sorted({text for text in texts if texts.count(text) > 1}):
        raise ConfigError(f"{where}: choice has {twice[0]} twice; accepted: distinct values")
    return tuple(values)


def _ends(where: str, kind: Kind, ends: object, log: bool) -> tuple[float, float]:
    whole = kind == "integer"
    example = "[2, 32]" if whole else "[0.01, 0.4]"
    found = _two_numbers(ends, whole)
    if found is None or found[0] >= found[1]:
        raise ConfigError(
            f"{where}: {kind} is {shown(ends)}; accepted: two {'whole ' * whole}numbers, the "
            f"smaller one first, as in {example}"
        )
    if whole and max(abs(end) for end in found) > LARGEST_END:
        raise ConfigError(
            f"{where}: {kind} is {shown(ends)}; accepted: whole numbers up to {LARGEST_END:,}"
        )
    if log and found[0] <= 0:
        raise ConfigError(
            f"{where}: {kind} is {shown(ends)}, but 0 and what is below it have no logarithm; "
            "accepted: numbers above 0"
        )
    return found


def _two_numbers(ends: object, whole: bool) -> tuple[float, float] | None:
    if not isinstance(ends, list) or len(ends) != 2 or any(isinstance(e, bool) for e in ends):
        return None
    kinds = int if whole else (int, float)
    if not all(isinstance(end, kinds) for end in ends):
        return None
    # What is drawn between 5 and 50 is no whole number, and so must not look like one here.
    return (ends[0], ends[1]) if whole else (float(ends[0]), float(ends[1]))
