"""Where a setting's value stands on its axis: numbers, numbers by their logarithm, choices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lis_sim.report.search_words import same_value, value_text
from lis_sim.report.ticks import value_ticks

_RANGES = ("uniform", "log_uniform", "integer")
_MANY = 9  # choices; of more, only some are named


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of one dimension; a choice's values stand in the order in which they are given.

    ``kind`` is ``linear``, ``log`` or ``choice``; ``low`` and ``high`` are those of a range.
    """

    path: str
    label: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[Any, ...] = ()

    def place(self, value: Any) -> float | None:
        """Return where ``value`` stands, 0 to 1; None where it is no value of this dimension.

        >>> axis = axis_of({"path": "a.rank", "integer": [2, 32], "log": True}, "rank", [])
        >>> axis.place(2), round(axis.place(8), 9), axis.place(32), axis.place(None)
        (0.0, 0.5, 1.0, None)
        """
        if self.kind == "choice":
            number = _number_of(value, self.choices)
            return None if number is None else (number + 0.5) / len(self.choices)
        if not _is_number(value) or (self.kind == "log" and value <= 0):
            return None
        if self.high == self.low:
            return 0.5
        at = self._scaled(float(value)) - self._scaled(self.low)
        return at / (self._scaled(self.high) - self._scaled(self.low))

    def place_in(self, settings: Mapping[str, Any]) -> float | None:
        """Return where a trial stands; None where it does not have this setting.

        >>> axis = axis_of({"path": "a", "choice": [None, 8]}, "a", [])
        >>> axis.place_in({"a": "null"}), axis.place_in({})
        (0.25, None)
        """
        return self.place(settings[self.path]) if self.path in settings else None

    def ticks(self, most: int = 6) -> list[tuple[float, str]]:
        """Return places and what is written there."""
        if self.kind == "choice":
            step = -(-len(self.choices) // _MANY)
            shown = range(0, len(self.choices), step)
            return [((k + 0.5) / len(self.choices), value_text(self.choices[k])) for k in shown]
        values = self._log_ticks(most) if self.kind == "log" else self._linear_ticks(most)
        placed = ((self.place(value), value) for value in values)
        return [(at, f"{value:.4g}") for at, value in placed if at is not None]

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.kind == "log" else value

    def _linear_ticks(self, most: int) -> list[float]:
        return value_ticks(self.low, self.high, most)

    def _log_ticks(self, most: int) -> list[float]:
        first, last = (math.floor(math.log10(end)) for end in (self.low, self.high))
        for steps in ((1, 2, 5), (1, 3), (1,)):
            values = [n * 10.0**power for power in range(first, last + 1) for n in steps]
            within = [one for one in values if self.low <= one * (1 + 1e-9) <= self.high * 1.001]
            if len(within) <= most:
                break
        else:
            within = within[:: -(-len(within) // most)]
        return within if len(within) > 1 else [self.low, self.high]


def axis_of(dimension: Mapping[str, Any], label: str, values: Iterable[Any]) -> Axis:
    """Return the axis of a dimension, wide enough for ``values`` that lie outside it.

    Parameters:
        dimension: ``path`` and how it is drawn, as the config has it.
        label: its short name.
        values: what the trials have there; the config as written may lie outside the range.

    >>> axis_of({"path": "a", "uniform": [0, 1]}, "a", [0.5, 2.0]).high
    2.0
    >>> axis_of({"path": "a", "choice": [None, "dwell >= 30"]}, "a", []).ticks()
    [(0.25, 'null'), (0.75, 'dwell >= 30')]
    """
    path = str(dimension["path"])
    kind = next((one for one in _RANGES if one in dimension), None)
    seen = list(values)
    if kind is None:
        return Axis(path, label, "choice", choices=_choices(dimension.get("choice", ()), seen))
    low, high = (float(end) for end in dimension[kind])
    log = kind == "log_uniform" or bool(dimension.get("log"))
    numbers = [float(one) for one in seen if _is_number(one) and (one > 0 or not log)]
    ends = min([low, *numbers]), max([high, *numbers])
    return Axis(path, label, "log" if log else "linear", *ends)


def _choices(given: Sequence[Any], seen: Sequence[Any]) -> tuple[Any, ...]:
    """Return the choices, and values of the config as written that are none of them.

    A null that is no choice says that the dimension is not there.
    """
    found = list(given)
    for value in seen:
        if value is not None and not any(same_value(one, value) for one in found):
            found.append(value)
    return tuple(found)


def _number_of(value: Any, choices: Sequence[Any]) -> int | None:
    """Return which choice ``value`` is; first of all the very same one: a text may be JSON too."""
    same = (k for k, one in enumerate(choices) if type(one) is type(value) and one == value)
    read = (k for k, one in enumerate(choices) if same_value(one, value))
    return next(same, next(read, None))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
