"""What counts as engagement: the label, an outcome, a rule on one, or being shown at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lis_sim.data.label_rule import LabelRule, Outcome
from lis_sim.errors import DataError
from lis_sim.types import EventBlock

Int8 = NDArray[np.int8]

LABEL = "label"
EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Which events are engagements; ``rule`` is None for the label and for exposure.

    >>> Behaviour.parse("dwell >= 30").column
    'dwell'
    >>> Behaviour.parse("label").column is None, Behaviour.parse("exposure").exposure
    (True, True)
    """

    rule: LabelRule | None = None
    exposure: bool = False

    @classmethod
    def parse(cls, text: str) -> Behaviour:
        """Read ``label``, ``exposure``, ``COLUMN`` or ``COLUMN >= NUMBER``.

        The two words mean what they say even where an outcome column has the same name.
        """
        if text.strip() in (LABEL, EXPOSURE):
            return cls(None, text.strip() == EXPOSURE)
        return cls(LabelRule.parse(text))

    @property
    def column(self) -> str | None:
        """The outcome column it is read from; None: no outcome is needed."""
        return None if self.rule is None else self.rule.column

    def engaged(self, block: EventBlock) -> Int8:
        """Return 1 for the events of ``block`` that are engagements, int8 ``(n,)``."""
        if self.exposure:
            return np.ones(len(block), np.int8)
        if self.rule is None:
            return block.label.astype(np.int8)
        values = block.outcomes[self.rule.column]
        if self.rule.operator is None:
            _check_binary(self.rule.column, values, block.first_row)
        return self.rule.holds(values).astype(np.int8)


def _check_binary(column: str, values: Outcome, first_row: int) -> None:
    other = (values != 0) & (values != 1)
    if other.any():
        at = int(np.argmax(other))
        raise DataError(
            f"row {first_row + at:,} of the log, column {column!r}: {values[at].item()!r}; "
            f"accepted as a behaviour: 0 or 1, or a rule on the column such as '{column} >= 1'"
        )
