"""One dimension of a search: a setting, how its values are drawn and when it is there at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from lis_sim.errors import ConfigError
from lis_sim.search.plain import text_of

Kind = Literal["choice", "integer", "uniform", "log_uniform"]
KINDS: tuple[Kind, ...] = ("choice", "integer", "uniform", "log_uniform")


class OptunaTrial(Protocol):
    """What is used of ``optuna.trial.Trial`` and of what Ray wraps around it."""

    def suggest_categorical(self, name: str, choices: list[str]) -> Any: ...
    def suggest_int(self, name: str, low: int, high: int, *, log: bool) -> Any: ...
    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> Any: ...


@dataclass(frozen=True, slots=True)
class Dimension:
    """A setting that is searched over.

    Attributes:
        path: Dotted path of the setting.
        kind: ``choice``, ``integer``, ``uniform`` or ``log_uniform``.
        choices: The values of a choice, plain; empty otherwise.
        low, high: Both ends of a range, which belong to it; 0 for a choice.
        log: Is a range drawn evenly on the logarithm?
        when: Other dimensions' paths and the values of theirs with which this one is there.
        definition: All this as the config has it.

    >>> rank = Dimension("policy.settings.dim", "integer", low=2, high=32, log=True)
    >>> rank.draw(np.random.default_rng(0)), rank.size
    (11, 31)
    """

    path: str
    kind: Kind
    choices: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    log: bool = False
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        """How many values it has; None: a range without steps."""
        if self.kind == "choice":
            return len(self.choices)
        return int(self.high) - int(self.low) + 1 if self.kind == "integer" else None

    def values(self) -> Sequence[Any]:
        """Return all values, in order; of a dimension that has a :attr:`size` only."""
        if self.kind == "choice":
            return self.choices
        if self.size is None:
            raise ConfigError(
                f"search.space: {self.path} is {self.kind}, which a grid has no values of; "
                "accepted with algorithm grid: choice and integer; or take optuna or random"
            )
        return range(int(self.low), int(self.high) + 1)

    def edges(self) -> list[Any]:
        """Return what is checked before anything runs: every choice, or both ends of a range."""
        return list(self.choices) if self.kind == "choice" else [self.low, self.high]

    def holds(self, value: object) -> bool:
        """Whether ``value`` is one of this dimension."""
        if self.kind == "choice":
            return text_of(value) in map(text_of, self.choices)
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = whole if self.kind == "integer" else whole or isinstance(value, float)
        return fits and self.low <= float(str(value)) <= self.high

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw one value."""
        if self.kind == "choice":
            return self.choices[int(rng.integers(len(self.choices)))]
        if self.kind == "integer":
            return self._whole(rng)
        if not self.log:
            return float(rng.uniform(self.low, self.high))
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, float(self.low)), float(self.high))

    def suggest(self, trial: OptunaTrial) -> Any:
        """Ask an Optuna trial for a value. Choices are told to it as texts: they may be groups."""
        if self.kind == "choice":
            return self.decode(trial.suggest_categorical(self.path, self.labels()))
        if self.kind == "integer":
            found = trial.suggest_int(self.path, int(self.low), int(self.high), log=self.log)
            return self.decode(found)
        return self.decode(trial.suggest_float(self.path, self.low, self.high, log=self.log))

    def labels(self) -> list[str]:
        """Return the texts that Optuna knows the choices by."""
        return [text_of(value) for value in self.choices]

    def encode(self, value: object) -> Any:
        """Return what Optuna calls ``value``."""
        return text_of(value) if self.kind == "choice" else value

    def decode(self, value: Any) -> Any:
        """Return the value that Optuna calls ``value``."""
        if self.kind == "choice":
            return json.loads(value)
        return int(value) if self.kind == "integer" else float(value)

    def record(self) -> dict[str, Any]:
        """Return the dimension as plain values: its path and its definition in the config."""
        return {"path": self.path, **self.definition}

    def _whole(self, rng: np.random.Generator) -> int:
        low, high = int(self.low), int(self.high)
        if not self.log:
            return int(rng.integers(low, high + 1))
        # Every number has the part of the logarithm that rounds to it, the two ends as well.
        drawn = math.exp(rng.uniform(math.log(low - 0.5), math.log(high + 0.5)))
        return min(max(round(drawn), low), high)
