"""The space of a search: its dimensions, and every way to walk through it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from lis_sim.errors import ConfigError, nearest
from lis_sim.plain import shown
from lis_sim.search.conditions import active, check_condition, ordered
from lis_sim.search.dimension import Dimension, OptunaTrial
from lis_sim.search.dimension_reading import read_dimension
from lis_sim.search.plain import text_of

Settings: TypeAlias = Mapping[str, Any]
"""Dotted path -> plain value, of the dimensions that are there; ``{}`` is the baseline."""

LARGEST_GRID = 10_000
MOST_DIMENSIONS = 100


@dataclass(frozen=True, slots=True)
class Space:
    """The dimensions of a search, those that others depend on first.

    A dimension with ``when`` is there only where another one has the value it names; without it
    the setting stays as the config has it.

    >>> space = Space.parse(
    ...     {
    ...         "policy.name": {"choice": ["deepfm", "popularity"]},
    ...         "policy.settings.dim": {"integer": [4, 6], "when": {"policy.name": "deepfm"}},
    ...     }
    ... )
    >>> for settings in space.grid():
    ...     print(*settings.values())
    deepfm 4
    deepfm 5
    deepfm 6
    popularity
    >>> space.size
    4
    """

    dimensions: tuple[Dimension, ...]

    @classmethod
    def parse(cls, space: object) -> Space:
        """Read ``search.space``; :class:`ConfigError` says what is off.

        Which settings the paths lead to is not looked at here.
        """
        if not isinstance(space, Mapping) or not space:
            raise ConfigError(
                f"search.space is {shown(space)}; accepted: settings and how they are drawn, as in "
                "{preferences.co_click.settings.rank: {integer: [2, 32]}}"
            )
        if len(space) > MOST_DIMENSIONS:
            raise ConfigError(
                f"search.space has {len(space):,} settings; accepted: {MOST_DIMENSIONS} at most"
            )
        read = {str(path): read_dimension(str(path), how) for path, how in space.items()}
        for dimension in read.values():
            check_condition(dimension, read)
        return cls(tuple(ordered(read)))

    @property
    def size(self) -> int | None:
        """How many settings there are; None where a range has no steps."""
        if any(dimension.size is None for dimension in self.dimensions):
            return None
        return self._count(0, {})

    def draw(self, rng: np.random.Generator) -> Settings:
        """Draw settings: every dimension that is there on its own."""
        settings: dict[str, Any] = {}
        for dimension in self.dimensions:
            if active(dimension, settings):
                settings[dimension.path] = dimension.draw(rng)
        return settings

    def grid(self) -> list[Settings]:
        """Return all settings, each once, the last dimension running fastest.

        Raises :class:`ConfigError` for a range without steps, and for more of them than anybody
        would run.
        """
        for dimension in self.dimensions:
            if dimension.size is None:
                dimension.values()  # says why there are none
        found = list(islice(self._walk(0, {}), LARGEST_GRID + 1))
        if len(found) > LARGEST_GRID:
            raise ConfigError(
                f"search.space has {self.size:,} settings, and a grid runs all of them; accepted: "
                f"{LARGEST_GRID:,} at most; or take algorithm optuna or random"
            )
        return found

    def define(self, trial: OptunaTrial) -> None:
        """Ask an Optuna trial for every dimension that is there: a define-by-run function."""
        settings: dict[str, Any] = {}
        for dimension in self.dimensions:
            if active(dimension, settings):
                settings[dimension.path] = dimension.suggest(trial)

    def encode(self, settings: Settings) -> dict[str, Any]:
        """Return what Optuna calls these settings, for points to evaluate.

        Raises :class:`ConfigError` for settings that are not of this space.
        """
        self.check(settings)
        return {
            dimension.path: dimension.encode(settings[dimension.path])
            for dimension in self.dimensions
            if dimension.path in settings
        }

    def decode(self, params: Mapping[str, Any]) -> Settings:
        """Return the settings that Optuna calls ``params``.

        >>> space = Space.parse({"policy.settings.hidden": {"choice": [[8], [16, 8]]}})
        >>> params = space.encode({"policy.settings.hidden": [16, 8]})
        >>> params, space.decode(params)
        ({'policy.settings.hidden': '[16, 8]'}, {'policy.settings.hidden': [16, 8]})
        """
        return {
            dimension.path: dimension.decode(params[dimension.path])
            for dimension in self.dimensions
            if dimension.path in params
        }

    def check(self, settings: Settings) -> None:
        """Raise :class:`ConfigError` unless ``settings`` are one candidate of this space."""
        expected = {one.path for one in self.dimensions if active(one, settings)}
        if expected != set(settings):
            odd = sorted(expected ^ set(settings))[0]
            known = [one.path for one in self.dimensions]
            raise ConfigError(
                f"settings {shown(dict(settings))} are not of this space: {odd[:100]} "
                f"{'is missing' if odd in expected else 'is not there'}{nearest(odd, known)}"
            )
        for one in self.dimensions:
            if one.path in settings and not one.holds(settings[one.path]):
                raise ConfigError(
                    f"{one.path} is {shown(settings[one.path])}, which is not of this space; "
                    f"accepted: {dict(one.definition)}"
                )

    def _walk(self, at: int, settings: Settings) -> Iterator[Settings]:
        if at == len(self.dimensions):
            yield settings
            return
        dimension = self.dimensions[at]
        if not active(dimension, settings):
            yield from self._walk(at + 1, settings)
            return
        for value in dimension.values():
            yield from self._walk(at + 1, {**settings, dimension.path: value})

    def _count(self, at: int, settings: Settings) -> int:
        """Count what :meth:`_walk` yields; only values that others depend on are gone through."""
        if at == len(self.dimensions):
            return 1
        dimension = self.dimensions[at]
        if not active(dimension, settings):
            return self._count(at + 1, settings)
        if not any(dimension.path in later.when for later in self.dimensions[at:]):
            return (dimension.size or 0) * self._count(at + 1, settings)
        # Values that nothing depends on are all alike: one stands for them.
        asked = {
            text_of(v) for one in self.dimensions[at:] for v in one.when.get(dimension.path, ())
        }
        named = [json.loads(text) for text in asked]
        other = next((v for v in dimension.values() if text_of(v) not in asked), None)
        found = sum(self._count(at + 1, {**settings, dimension.path: value}) for value in named)
        if len(named) == dimension.size:
            return found
        rest = (dimension.size or 0) - len(named)
        return found + rest * self._count(at + 1, {**settings, dimension.path: other})
