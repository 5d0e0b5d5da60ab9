"""Every choice and both ends of every range, checked as settings before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lis_sim.errors import ConfigError, LisSimError
from lis_sim.search.conditions import active
from lis_sim.search.dimension import Dimension
from lis_sim.search.space import Settings, Space


def candidates(space: Space, dimension: Dimension, edge: Any) -> list[Settings]:
    """Return settings that the search could try in which ``dimension`` has the value ``edge``.

    All else that is there in them has its first value, or its last: two settings that exclude
    each other at one end of the space may well go together at the other.

    >>> space = Space.parse({"stream.history": {"integer": [5, 50]}, "content": {"choice": [None]}})
    >>> candidates(space, space.dimensions[1], None)
    [{'stream.history': 5, 'content': None}, {'stream.history': 50, 'content': None}]
    """
    wanted = {**_parents(space, dimension), dimension.path: edge}
    found: list[Settings] = []
    for end in (0, -1):
        settings: dict[str, Any] = {}
        for one in space.dimensions:
            if active(one, settings):
                settings[one.path] = wanted.get(one.path, one.edges()[end])
        if settings not in found:
            found.append(settings)
    return found


def check_edges(space: Space, check: Callable[[Settings], object]) -> None:
    """Raise :class:`ConfigError` for the first edge that ``check`` takes in no candidate.

    ``check`` raises a :class:`LisSimError` for a candidate that no run would take.
    """
    problems: dict[str, LisSimError | None] = {}  # by candidate; they repeat
    for dimension in space.dimensions:
        for edge in dimension.edges():
            found = candidates(space, dimension, edge)
            for settings in found:
                key = repr(settings)
                if key not in problems:
                    problems[key] = _problem(check, settings)
            first = problems[repr(found[0])]
            if first is not None and all(problems[repr(settings)] for settings in found):
                raise ConfigError(_words(dimension, edge, found[0], first)) from first


def _problem(check: Callable[[Settings], object], settings: Settings) -> LisSimError | None:
    try:
        check(settings)
    except LisSimError as error:
        return error
    return None


def _words(dimension: Dimension, edge: Any, settings: Settings, error: LisSimError) -> str:
    others = ", ".join(f"{p} {v!r}" for p, v in settings.items() if p != dimension.path)
    beside = f", as beside {others}" if others else ""
    return f"search.space: {dimension.path} cannot be {edge!r}{beside}: {error}"


def _parents(space: Space, dimension: Dimension) -> dict[str, Any]:
    """Return the values of others with which ``dimension`` is there."""
    by_path = {one.path: one for one in space.dimensions}
    found: dict[str, Any] = {}
    for path, values in dimension.when.items():
        found |= {path: values[0], **_parents(space, by_path[path])}
    return found
