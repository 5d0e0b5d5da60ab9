"""What makes a label: a column of 0 and 1, or a rule such as ``rating >= 4``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lis_sim.errors import ConfigError
from lis_sim.plain import shown

_RULE = re.compile(
    r"^\s*(?P<column>[^<>=!]+?)\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<value>\S+)\s*$"
)


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
