"""What makes a label: a column of 0 and 1, or a rule such as ``rating >= 4``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lis_sim.errors import ConfigError
from lis_sim.plain import shown
from lis_sim.types import Bool, Float32, Float64

Outcome: TypeAlias = Float32 | Float64

_RULE = re.compile(
    r"^\s*(?P<column>[^<>=!]+?)\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<value>\S+)\s*$"
)
_OPERATORS: Mapping[str, Callable[[Outcome, float], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "==": np.equal,
    "!=": np.not_equal,
}


@dataclass(frozen=True, slots=True)
class LabelRule:
    """``column`` alone (``operator`` None), or ``column operator value``.

    >>> LabelRule.parse("rating >= 4")
    LabelRule(column='rating', operator='>=', value=4.0)
    >>> LabelRule.parse("is_click")
    LabelRule(column='is_click', operator=None, value=None)
    >>> LabelRule.parse("rating >= good")
    Traceback (most recent call last):
    lis_sim.errors.ConfigError: the label rule 'rating >= good' compares with 'good'; \
accepted: COLUMN, or COLUMN >=|>|<=|<|==|!= NUMBER, such as 'rating >= 4'
    """

    column: str
    operator: str | None = None
    value: float | None = None

    @classmethod
    def parse(cls, text: str) -> LabelRule:
        """Read a rule; :class:`ConfigError` when it is not one."""
        accepted = "accepted: COLUMN, or COLUMN >=|>|<=|<|==|!= NUMBER, such as 'rating >= 4'"
        if not text.strip():
            raise ConfigError(f"the label rule is empty; {accepted}")
        match = _RULE.match(text)
        if match is None:
            if re.search(r"[<>=!]", text):
                raise ConfigError(f"the label rule {shown(text)} cannot be read; {accepted}")
            return cls(text.strip())
        try:
            value = float(match["value"])
        except ValueError:
            value = float("nan")
        if value != value or abs(value) == float("inf"):
            raise ConfigError(
                f"the label rule {shown(text)} compares with {shown(match['value'])}; {accepted}"
            )
        return cls(match["column"], match["operator"], value)

    def holds(self, values: Outcome) -> Bool:
        """Return for which of ``values`` (n,), as they are stored, the rule holds.

        Without an operator: which are 1; whoever calls has checked that the others are 0.

        >>> LabelRule.parse("rating >= 4").holds(np.array([3.5, 4.0])).tolist()
        [False, True]
        """
        if self.operator is None or self.value is None:
            return np.asarray(values == 1)
        with np.errstate(over="ignore"):  # a number beyond the column's range is beyond them all
            number = float(values.dtype.type(self.value))
        found: Bool = _OPERATORS[self.operator](values, number)
        return found

    def __str__(self) -> str:
        """Return the rule as it may be written, the same for all ways to write it.

        >>> str(LabelRule.parse("dwell>=30.0")), str(LabelRule.parse(" is_like "))
        ('dwell >= 30', 'is_like')
        """
        if self.value is None:
            return self.column
        return f"{self.column} {self.operator} {repr(self.value).removesuffix('.0')}"
