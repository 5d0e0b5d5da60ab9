"""A number that a command sets out to prove, with its interval and its target."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lis_sim.scores.student import student_quantile

_TARGET = re.compile(r"(>=|<=) (-?[0-9.]+)|([0-9.]+) to ([0-9.]+)")
_NORMAL = 1e9  # degrees of freedom at which a t quantile is the normal one


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a study; ``target`` is ``">= x"``, ``"<= x"``, ``"x to y"`` or empty.

    >>> Figure("null_coverage", 0.95, 0.94, 0.96, "0.93 to 0.97").met
    True
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    target: str = ""
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value reaches the target; None without a target or a value."""
        if not self.target or self.value is None:
            return None
        match = _TARGET.fullmatch(self.target)
        assert match is not None, self.target
        relation, bound, least, most = match.groups()
        if relation is None:
            return float(least) <= self.value <= float(most)
        return self.value >= float(bound) if relation == ">=" else self.value <= float(bound)

    def record(self) -> dict[str, Any]:
        """Return the figure as the ``--json`` output has it."""
        return asdict(self) | {"met": self.met}


def proportion(name: str, hits: int, of: int, target: str = "", detail: str = "") -> Figure:
    """Return the share ``hits / of`` with Wilson's 95 % interval; undefined for none.

    >>> figure = proportion("heads", 5, 10)
    >>> figure.value, round(figure.low, 4), round(figure.high, 4)
    (0.5, 0.2366, 0.7634)

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if of == 0:
        return Figure(name, None, None, None, target, detail or "no cases")
    z = student_quantile(0.975, _NORMAL)
    share = hits / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    # Exactly 0 and 1 at the ends, where rounding leaves a little on the wrong side.
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == of else centre + half
    return Figure(name, share, low, high, target, detail or f"{hits} of {of}")


def mean(
    name: str, values: Sequence[float], target: str = "", detail: str = "", level: float = 0.95
) -> Figure:
    """Return the mean of ``values`` with Student's interval; undefined for none or NaN.

    >>> figure = mean("cost", [-0.002, 0.0, 0.002])
    >>> figure.value, round(figure.high, 5)
    (0.0, 0.00497)
    """
    if not values:
        return Figure(name, None, None, None, target, detail or "no cases")
    value = math.fsum(values) / len(values)
    if math.isnan(value):
        return Figure(name, None, None, None, target, "a case is undefined")
    if len(values) < 2:
        return Figure(name, value, None, None, target, detail or "1 case")
    square = math.fsum((one - value) ** 2 for one in values) / (len(values) - 1)
    quantile = student_quantile(0.5 + level / 2, len(values) - 1)
    half = quantile * math.sqrt(square / len(values))
    return Figure(name, value, value - half, value + half, target, detail or f"{len(values)} cases")
