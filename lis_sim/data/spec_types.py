"""What the keys of an import spec may hold: YAML gives numbers, lists and groups anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lis_sim.errors import ConfigError
from lis_sim.plain import shown, why_not_plain

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("header", "drop_duplicates", "optional"), ((bool,), "true or false")),
    **dict.fromkeys(("files", "columns", "outcomes", "ignored"), ((str, list), "a list of names")),
    **dict.fromkeys(("categorical", "numeric"), ((list,), "a list of names, or of name: ..., m")),
    "representations": ((list,), "a list of groups"),
    "items": ((Mapping,), "a group with files, item, categorical, ..."),
    "joined": ((Mapping,), "a group with a list of columns for every name"),
    "negatives": ((Mapping,), "a group with per_positive, and seed"),
    **dict.fromkeys(("per_positive", "seed"), ((int,), "a whole number")),
    "slate": ((Mapping,), "a group with shown, and clicked or mark"),
    "missing": ((str, int, float), "a value that stands for none"),
}
_TEXT = ((str,), "text")
_MOST_NAMES = 10_000
_SHORT = (
    *("name", "user", "item", "time", "label", "label_time", "separator", "vector"),
    *("conversion_window", "request", "shown", "clicked"),
)
_LONGEST = {**dict.fromkeys(_SHORT, 1_000), "separator": 4}


def given(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the keys of ``settings`` that have a value, each of the type it may have.

    A key without a value counts as one that is not there.

    >>> given({"header": False, "items": None}, "mine.yaml")
    {'header': False}
    >>> given({"drop_duplicates": "false"}, "mine.yaml")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: mine.yaml: drop_duplicates is 'false'; accepted: true or false
    """
    if (reason := why_not_plain(_without_separators(settings))) is not None:
        raise ConfigError(f"{where}: {reason}")
    found = {key: value for key, value in settings.items() if value is not None}
    for key, value in found.items():
        kinds, accepted = _KINDS.get(key, _TEXT)
        listed = tuple(value) if isinstance(value, tuple) else value
        # True is an int to Python, and no number to anybody else.
        if not isinstance(listed, (*kinds, tuple) if list in kinds else kinds) or (
            isinstance(value, bool) and bool not in kinds
        ):
            raise ConfigError(f"{where}: {key} is {shown(value)}; accepted: {accepted}")
        _check_size(key, value, where)
    return found


def number(value: object, where: str) -> float:
    """Return the finite number that stands for a missing one."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or abs(found) > 3.4e38:
        raise ConfigError(
            f"{where}: missing is {shown(value)}; accepted: a finite number (float32)"
        )
    return found


def _without_separators(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``settings`` without what may be a control character; its length is checked."""
    found = {key: value for key, value in settings.items() if key != "separator"}
    for group in ("items", "slate"):
        if isinstance(within := found.get(group), Mapping):
            found[group] = {key: value for key, value in within.items() if key != "separator"}
    return found


def _check_size(key: str, value: Any, where: str) -> None:
    if isinstance(value, str) and not value and key != "missing":
        raise ConfigError(f"{where}: {key} is empty; accepted: text, or leave the key out")
    longest = _LONGEST.get(key)
    if isinstance(value, str) and longest is not None and len(value) > longest:
        raise ConfigError(
            f"{where}: {key} is {shown(value)}; accepted: {longest:,} characters at most"
        )
    if isinstance(value, list | tuple) and len(value) > _MOST_NAMES:
        raise ConfigError(
            f"{where}: {key} has {len(value):,} entries; accepted: {_MOST_NAMES:,} at most"
        )
