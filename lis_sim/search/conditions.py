"""Dimensions that are there only where another one has a certain value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lis_sim.errors import ConfigError, nearest
from lis_sim.search.dimension import Dimension
from lis_sim.search.plain import text_of


def active(dimension: Dimension, settings: Mapping[str, Any]) -> bool:
    """Return whether a dimension is there, given those that it depends on."""
    return all(
        other in settings and text_of(settings[other]) in map(text_of, wanted)
        for other, wanted in dimension.when.items()
    )


def check_condition(dimension: Dimension, known: Mapping[str, Dimension]) -> None:
    """Raise :class:`ConfigError` for a ``when`` that no other dimension can fulfil."""
    where = f"search.space: {dimension.path}: when"
    for path, wanted in dimension.when.items():
        if path not in known or path == dimension.path:
            others = [other for other in known if other != dimension.path]
            raise ConfigError(
                f"{where} names {path}, which is no other dimension of the space"
                f"{nearest(path, others)}; accepted: {', '.join(others) or 'none is there'}"
            )
        other = known[path]
        if other.size is None:
            raise ConfigError(
                f"{where} names {path}, which is {other.kind}: hardly ever has it a certain "
                "value; accepted: a choice or an integer"
            )
        for value in wanted:
            if not other.holds(value):
                raise ConfigError(
                    f"{where} wants {path} to be {value!r}, which it never is; accepted: "
                    f"{_shown(other)}"
                )


def _shown(dimension: Dimension) -> str:
    if dimension.kind == "choice":
        return ", ".join(dimension.labels())
    return f"{dimension.low} to {dimension.high}"


def ordered(known: Mapping[str, Dimension]) -> Sequence[Dimension]:
    """Return the dimensions as the config has them, but each after those it depends on."""
    found: dict[str, Dimension] = {}
    waiting = dict(known)
    while waiting:
        ready = next((one for one in waiting.values() if one.when.keys() <= found.keys()), None)
        if ready is None:
            raise ConfigError(
                f"search.space: {', '.join(sorted(waiting))} wait for each other in a circle; "
                "accepted: a `when` that leads to a dimension without one"
            )
        found[ready.path] = waiting.pop(ready.path)
    return list(found.values())
